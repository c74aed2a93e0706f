import { type Command, InvalidArgumentError } from 'commander'
import { RETENTION_MS, vacuum } from '../../lake/write/vacuum.ts'
import { type CommandContext, withContext } from '../context.ts'
import { openForMaintenance } from '../stored-lake.ts'
import { filesBar } from '../terminal/progress-bar.ts'
import { bytes, count } from '../terminal/table.ts'

interface VacuumCommandOptions {
  readonly retentionDays: number
  readonly dryRun?: true
}

const DAY_MS = 86_400_000

export function registerVacuum(program: Command, signal: AbortSignal): void {
  program
    .command('vacuum')
    .description('delete files that the log replaced longer ago than a retention, and nothing else')
    .option('--retention-days <days>', 'keep what was replaced since', daysOption, RETENTION_MS / DAY_MS)
    .option('--dry-run', 'say what would be deleted, and delete nothing')
    .addHelpText(
      'after',
      `
A program that opened the lake longer ago than the retention may then miss files.

Examples:
  optionlake vacuum --dry-run
  optionlake vacuum --retention-days 1`,
    )
    .action((options: VacuumCommandOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: VacuumCommandOptions): Promise<void> {
  const lake = await openForMaintenance(context)
  const dryRun = options.dryRun === true
  const bar = filesBar('vacuum', context.interactive)
  const report = await vacuum(lake, {
    retentionMs: options.retentionDays * DAY_MS,
    dryRun,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.stop)
  if (context.json) context.print(JSON.stringify({ lake: lake.layout.root, dryRun, ...report }))
  else {
    const done = dryRun ? 'would be deleted' : 'deleted'
    const { deleted, kept } = report
    context.print(
      `${count(deleted.length)} files ${done}, ${bytes(report.bytes)}; ${count(kept)} replaced files kept`,
    )
  }
}

function daysOption(text: string): number {
  const days = Number(text)
  if (text.trim() === '' || !Number.isFinite(days) || days < 0) {
    throw new InvalidArgumentError('it is a number of days, 0 or more')
  }
  return days
}
