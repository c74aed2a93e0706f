import { resolve } from 'node:path'
import type { Command } from 'commander'
import { lakeFolderOf } from '../../config/lake-folder.ts'
import { type RestoreBackupReport, restoreBackup, sourceOfBackup } from '../../lake/backup/restore-backup.ts'
import type { Lake } from '../../lake/open.ts'
import { type RestoreVersionReport, restoreVersion } from '../../lake/write/restore-version.ts'
import { systemClock } from '../../market/clock.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { RestoreBackupAnswer } from '../../schemas/maintenance/backup.ts'
import type { RestoreVersionAnswer } from '../../schemas/maintenance/restore-version.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseAsOf } from '../option-values.ts'
import { isoTime, printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { openForMaintenance } from '../stored-lake.ts'
import { amount, bytes, count, dateAndTime } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { describeVersions } from './backup.ts'

interface RestoreOptions {
  readonly from?: string
  readonly asOf?: string
  readonly dryRun?: true
  readonly copy?: true
  readonly replaceDamaged?: true
}

export function registerRestore(program: Command, signal: AbortSignal): void {
  program
    .command('restore')
    .description('bring a lost lake back from a backup, or go back to an older version of the lake')
    .option('--from <backup>', 'folder that optionlake backup made')
    .option('--copy', 'with --from: copy every file, even where the file system allows hard links')
    .option('--replace-damaged', 'with --from: move a damaged lake aside, to .state/replaced in its folder')
    .option(
      '--as-of <version|time>',
      'this version of option_snapshots, or the newest at this time, or at the end of this New York date',
    )
    .option('--dry-run', 'with --as-of: show what would change, and change nothing')
    .addHelpText(
      'after',
      `
--from restores into a new or empty folder and never overwrites a lake. Every file is checked against its checksum.
An interrupted restore is continued by running it again; until then no program opens the lake. Stop the daemon first.

--as-of brings every table back to what it was, as new commits. Nothing is deleted: until optionlake vacuum, the newest
version can be restored in the same way. It is refused if vacuum has deleted a file that the version needs. Slots stored
since then are missing in the ledger, with the reason "restored".

Examples:
  optionlake restore --from /mnt/backup/optionlake
  optionlake restore --from /mnt/backup/optionlake --lake /srv/lake/ib && optionlake verify --lake /srv/lake/ib
  optionlake restore --as-of 2026-11-20 --dry-run`,
    )
    .action((options: RestoreOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: RestoreOptions): Promise<void> {
  const { from, asOf } = options
  checkTogether(options)
  if (from !== undefined) await restoreFrom(context, from, options)
  else if (asOf !== undefined) await restoreAsOf(context, asOf, options.dryRun === true)
}

/** @throws Failure EXIT.usage when the options do not belong together. */
function checkTogether({ from, asOf, copy, replaceDamaged, dryRun }: RestoreOptions): void {
  const wrong =
    from !== undefined && asOf !== undefined
      ? '--from and --as-of cannot be used together: give one of them'
      : from === undefined && asOf === undefined
        ? 'nothing to restore: give --from BACKUP, or --as-of VERSION or TIME'
        : from === undefined && (copy || replaceDamaged)
          ? `--${copy ? 'copy' : 'replace-damaged'} is for --from: leave it out`
          : asOf === undefined && dryRun
            ? '--dry-run is for --as-of: leave it out'
            : null
  if (wrong !== null) throw new Failure(EXIT.usage, wrong)
}

async function restoreAsOf(context: CommandContext, asOf: string, dryRun: boolean): Promise<void> {
  const to = parseAsOf(asOf)
  const lake = await openForMaintenance(context)
  const bar = openProgressBar('restore', context.interactive)
  const report = await restoreVersion(lake, {
    to,
    dryRun,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) {
    const { version, committedAt, ...rest } = report
    const as_of = { version, committed_at: isoTime(committedAt) }
    printJson<RestoreVersionAnswer>(context, { lake: resolve(lake.layout.root), as_of, ...snakeCased(rest) })
  } else describeVersion(context, lake, report)
}

function describeVersion({ print }: CommandContext, lake: Lake, report: RestoreVersionReport): void {
  const { dryRun, version, tables, slotsRemoved, slotsReverted } = report
  const verb = dryRun ? 'would be restored' : 'restored'
  const committed = dateAndTime(epochMs(report.committedAt))
  print(`${lake.layout.root} ${verb} to version ${version}, committed ${committed} New York`)
  print(
    formatTable(tables, [
      { title: 'table', value: ({ table }) => table },
      { title: 'to version', align: 'right', value: ({ toVersion }) => count(toVersion) },
      { title: 'as version', leaveOut: 1, align: 'right', value: ({ newVersion }) => count(newVersion) },
      { title: 'files added', align: 'right', value: ({ filesAdded }) => count(filesAdded) },
      { title: 'files removed', align: 'right', value: ({ filesRemoved }) => count(filesRemoved) },
    ]),
  )
  print(
    `ledger: ${amount(slotsRemoved, 'entry', 'entries')} now missing, ${count(slotsReverted)} as they were`,
  )
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
  if (context.json) {
    const { movedTo, ...others } = report
    const moved_to = movedTo && resolve(movedTo)
    printJson<RestoreBackupAnswer>(context, {
      lake: resolve(lake),
      backup: resolve(from),
      ...others,
      moved_to,
    })
  } else describeRestored(context, lake, report)
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
