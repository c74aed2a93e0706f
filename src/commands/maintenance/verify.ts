import type { Command } from 'commander'
import type { Finding, Verification } from '../../lake/check/findings.ts'
import { verify } from '../../lake/check/verify/verify.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { folderForReading } from '../stored-lake.ts'
import { filesBar } from '../terminal/progress-bar.ts'
import { bytes, count, formatTable } from '../terminal/table.ts'

/** Findings shown without --json. */
const SHOWN = 20

export function registerVerify(program: Command, signal: AbortSignal): void {
  program
    .command('verify')
    .description('read every byte of the lake again and hold it against checksums, row counts and ledger')
    .addHelpText(
      'after',
      `
Changes nothing and needs no lock. Exit code 0: sound; 74: findings, which optionlake repair takes care of.

Examples:
  optionlake verify
  optionlake verify --lake /var/lib/optionlake/ib --json`,
    )
    .action((_: unknown, command: Command) => withContext(command, signal, run))
}

async function run(context: CommandContext): Promise<void> {
  const folder = folderForReading(context.config)
  const bar = filesBar('verify', context.interactive)
  const verified = await verify(folder, {
    clock: systemClock,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.stop)
  if (context.json) context.print(JSON.stringify({ lake: folder, ...verified }))
  else describe(context, verified)
  const { findings } = verified
  if (findings.length === 0) return
  throw new Failure(
    EXIT.io,
    `${folder}: ${count(findings.length)} findings; see: optionlake repair --dry-run`,
  )
}

function describe({ print }: CommandContext, verified: Verification): void {
  const { files, commits, rows, unproven, findings } = verified
  print(
    `${count(files)} files, ${bytes(verified.bytes)}, ${count(rows)} rows, ${count(commits)} commits read`,
  )
  if (unproven > 0)
    print(`${count(unproven)} files were written by another program: nothing proves their contents`)
  if (findings.length === 0) print('no findings')
  else print(findingsTable(findings))
}

/** The first findings, one a line. */
export function findingsTable(findings: readonly Finding[]): string {
  const table = formatTable(findings.slice(0, SHOWN), [
    { title: 'finding', value: ({ kind }) => kind },
    { title: 'where', value: ({ path }) => path },
    { title: 'what', value: ({ detail }) => detail },
  ])
  return findings.length > SHOWN ? `${table}\n… ${count(findings.length - SHOWN)} more: --json` : table
}
