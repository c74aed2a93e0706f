import type { Command } from 'commander'
import { lakeFolderOf } from '../../config/lake-folder.ts'
import { type RestoreBackupReport, restoreBackup, sourceOfBackup } from '../../lake/backup/restore-backup.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { amount, bytes, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { describeVersions } from './backup.ts'

interface RestoreOptions {
  readonly from?: string
  readonly copy?: true
  readonly replaceDamaged?: true
}

export function registerRestore(program: Command, signal: AbortSignal): void {
  program
    .command('restore')
    .description('bring a lost lake back from a backup')
    .option('--from <backup>', 'folder that optionlake backup made')
    .option('--copy', 'with --from: copy every file, even where the file system allows hard links')
    .option('--replace-damaged', 'with --from: move a damaged lake aside, to .state/replaced in its folder')
    .addHelpText(
      'after',
      `
--from restores into a new or empty folder and never overwrites a lake. Every file is checked against its checksum.
An interrupted restore is continued by running it again; until then no program opens the lake. Stop the daemon first.

Examples:
  optionlake restore --from /mnt/backup/optionlake
  optionlake restore --from /mnt/backup/optionlake --lake /srv/lake/ib && optionlake verify --lake /srv/lake/ib`,
    )
    .action((options: RestoreOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: RestoreOptions): Promise<void> {
  if (options.from === undefined)
    throw new Failure(EXIT.usage, 'what to restore is missing: give --from BACKUP')
  await restoreFrom(context, options.from, options)
}

async function restoreFrom(context: CommandContext, from: string, options: RestoreOptions): Promise<void> {
  const lake = lakeFolderOf(context.config, await sourceOfBackup(from))
  const bar = openProgressBar('restore', context.interactive)
  const report = await restoreBackup(from, lake, {
    clock: systemClock,
    copy: options.copy === true,
    replaceDamaged: options.replaceDamaged === true,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) context.print(JSON.stringify({ lake, backup: from, ...report }))
  else describeRestored(context, lake, report)
}

function describeRestored({ print }: CommandContext, lake: string, report: RestoreBackupReport): void {
  const { linked, copied, unchanged, verified, unproven, movedTo } = report
  print(
    `${lake}: ${amount(report.files, 'file')}, ${bytes(report.bytes)}: ${count(copied.files)} copied, ` +
      `${count(linked.files)} linked, ${count(unchanged.files)} restored before; ${count(verified)} verified`,
  )
  print(`versions: ${describeVersions(report.versions)}`)
  if (unproven > 0) print(`${amount(unproven, 'file')} of other programs have no checksum`)
  if (movedTo !== null) print(`the damaged lake is now in ${movedTo}`)
}
