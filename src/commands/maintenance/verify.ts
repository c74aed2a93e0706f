import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Verification } from '../../lake/check/findings.ts'
import { verify } from '../../lake/check/verify/verify.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { VerifyAnswer } from '../../schemas/maintenance/verify.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { storedLakeFolder } from '../stored-lake.ts'
import { amount, bytes, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { findingsTable } from './findings.ts'

export function registerVerify(program: Command, signal: AbortSignal): void {
  program
    .command('verify')
    .description('read every byte of the lake and check it against checksums, row counts and the ledger')
    .addHelpText(
      'after',
      `
Changes nothing and needs no lock. Exit code 0: sound; 74: there are findings (see optionlake repair).

Examples:
  optionlake verify
  optionlake verify --lake /var/lib/optionlake/ib --json`,
    )
    .action((_: unknown, command: Command) => withContext(command, signal, run))
}

async function run(context: CommandContext): Promise<void> {
  const folder = storedLakeFolder(context.config)
  const bar = openProgressBar('verify', context.interactive)
  const verified = await verify(folder, {
    clock: systemClock,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) printJson<VerifyAnswer>(context, { lake: resolve(folder), ...verified })
  else describe(context, verified)
  const { findings } = verified
  if (findings.length === 0) return
  throw new Failure(
    EXIT.io,
    `${folder}: ${amount(findings.length, 'finding')}; see optionlake repair --dry-run`,
  )
}

function describe({ print }: CommandContext, verified: Verification): void {
  const { files, commits, rows, unproven, findings } = verified
  print(
    `${amount(files, 'file')}, ${bytes(verified.bytes)}, ${amount(rows, 'row')}, ${amount(commits, 'commit')} read`,
  )
  if (unproven > 0) print(`${count(unproven)} files were written by another program and have no checksum`)
  if (findings.length === 0) print('no findings')
  else print(findingsTable(findings))
}
