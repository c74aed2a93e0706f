import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { RepairReport } from '../../lake/check/findings.ts'
import { checkRepaired, repair } from '../../lake/check/repair/repair.ts'
import { systemClock } from '../../market/clock.ts'
import type { RepairAnswer } from '../../schemas/maintenance/repair.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { storedLakeFolder } from '../stored-lake.ts'
import { count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { findingsTable } from './findings.ts'

interface RepairOptions {
  readonly dryRun?: true
  readonly unknownFiles?: true
}

/** Repairs shown without --json. */
const SHOWN = 40

export function registerRepair(program: Command, signal: AbortSignal): void {
  program
    .command('repair')
    .description(
      'restore what the surviving files prove, move damaged files aside, and correct log and ledger',
    )
    .option('--dry-run', 'show what would be done, and do nothing')
    .option(
      '--unknown-files',
      'also move aside files of other programs that no commit names, if older than a day',
    )
    .addHelpText(
      'after',
      `
Nothing is deleted: damaged files and files that are not needed are moved to .state/quarantine in the lake.
Stop the daemon first.

Examples:
  optionlake repair --dry-run
  optionlake repair && optionlake verify`,
    )
    .action((options: RepairOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: RepairOptions): Promise<void> {
  const folder = storedLakeFolder(context.config)
  const bar = openProgressBar('repair', context.interactive)
  const report = await repair(folder, {
    clock: systemClock,
    signal: context.signal,
    dryRun: options.dryRun === true,
    unknownFiles: options.unknownFiles === true,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) printJson<RepairAnswer>(context, { lake: resolve(folder), ...snakeCased(report) })
  else describe(context, report)
  checkRepaired(report)
}

function describe({ print }: CommandContext, { dryRun, repairs, findings }: RepairReport): void {
  if (repairs.length === 0) print('nothing to repair')
  else {
    print(
      formatTable(repairs.slice(0, SHOWN), [
        { title: dryRun ? 'would be' : 'repair', value: ({ kind }) => kind },
        { title: 'where', shortenTo: 24, value: ({ path }) => path },
        { title: 'what', wraps: true, value: ({ detail }) => detail },
      ]),
    )
    if (repairs.length > SHOWN) print(`… ${count(repairs.length - SHOWN)} more: --json`)
  }
  if (!dryRun && findings.length > 0) print(`not repaired:\n${findingsTable(findings)}`)
}
