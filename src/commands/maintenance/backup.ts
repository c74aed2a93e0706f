import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type BackupReport, backup } from '../../lake/backup/backup.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { BackupAnswer } from '../../schemas/maintenance/backup.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { storedLakeFolder } from '../stored-lake.ts'
import { amount, bytes, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { findingsTable } from './findings.ts'

interface BackupOptions {
  readonly copy?: true
  readonly verify?: true
  readonly prune?: true
}

export function registerBackup(program: Command, signal: AbortSignal): void {
  program
    .command('backup <folder>')
    .description('bring a copy of the whole lake up to date, verified, while the daemon may continue')
    .option('--copy', 'copy every file, even where the file system allows hard links')
    .option('--verify', 'read the whole backup again: check every byte, and replace damaged files')
    .option('--prune', 'delete files from the backup that the lake has deleted')
    .addHelpText(
      'after',
      `
Only new files are copied. On the file system of the lake they are hard links, which need no space and protect from
deletion, but not from a failing disk or a flipped bit: use another disk, or --copy. A killed backup has its former
state or the new one; run it again. The backup can be read like a lake: optionlake stats --lake <folder>.

Examples:
  optionlake backup /mnt/backup/optionlake
  optionlake backup /mnt/backup/optionlake --verify --json`,
    )
    .action((folder: string, options: BackupOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, folder, options)),
    )
}

async function run(context: CommandContext, folder: string, options: BackupOptions): Promise<void> {
  const lake = storedLakeFolder(context.config)
  const bar = openProgressBar('backup', context.interactive)
  const report = await backup(lake, folder, {
    clock: systemClock,
    copy: options.copy === true,
    verify: options.verify === true,
    prune: options.prune === true,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json)
    printJson<BackupAnswer>(context, { lake: resolve(lake), backup: resolve(folder), ...report })
  else describe(context, report)
  const findings = report.findings ?? []
  if (findings.length > 0) throw new Failure(EXIT.io, `${folder}: ${amount(findings.length, 'finding')}`)
}

function describe({ print, printStatus }: CommandContext, report: BackupReport): void {
  const { linked, copied, unchanged, verified, unproven, kept, pruned, findings } = report
  print(
    `${amount(report.files, 'file')}, ${bytes(report.bytes)}: ${count(copied.files)} copied, ` +
      `${count(linked.files)} linked, ${count(unchanged.files)} unchanged; ${count(verified)} verified`,
  )
  print(`versions: ${describeVersions(report.versions)}`)
  if (unproven > 0) print(`${amount(unproven, 'file')} of other programs have no checksum`)
  if (kept.files > 0)
    print(`${amount(kept.files, 'file')} that the lake has deleted, ${bytes(kept.bytes)}: see --prune`)
  if (pruned.files > 0) print(`${amount(pruned.files, 'file')} deleted, ${bytes(pruned.bytes)}`)
  if (findings !== null) print(findings.length === 0 ? 'no findings' : findingsTable(findings))
  if (linked.files > 0) {
    printStatus(
      'linked files are the same bytes on the same disk: for a failing disk use another one, or --copy',
    )
  }
}

/** "option_snapshots 12, slots 1". */
export function describeVersions(versions: Readonly<Record<string, number>>): string {
  return Object.entries(versions)
    .map(([table, version]) => `${table} ${version}`)
    .join(', ')
}
