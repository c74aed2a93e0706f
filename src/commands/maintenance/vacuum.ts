import { resolve } from 'node:path'
import type { Command } from 'commander'
import { RETENTION_MS, vacuum } from '../../lake/write/vacuum.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { VacuumAnswer } from '../../schemas/maintenance/vacuum.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { openForMaintenance } from '../stored-lake.ts'
import { amount, bytes } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface VacuumOptions {
  readonly retentionDays: string
  readonly dryRun?: true
}

const DAY_MS = 86_400_000

export function registerVacuum(program: Command, signal: AbortSignal): void {
  program
    .command('vacuum')
    .description('delete files that were replaced longer ago than the retention, and nothing else')
    .option(
      '--retention-days <days>',
      'keep files that were replaced less than this ago',
      String(RETENTION_MS / DAY_MS),
    )
    .option('--dry-run', 'show what would be deleted, and delete nothing')
    .addHelpText(
      'after',
      `
A program that opened the lake longer ago than the retention may then not find its files.

Examples:
  optionlake vacuum --dry-run
  optionlake vacuum --retention-days 1`,
    )
    .action((options: VacuumOptions, command: Command) =>
      withContext(command, signal, (context) => run(context, options)),
    )
}

async function run(context: CommandContext, options: VacuumOptions): Promise<void> {
  const retentionDays = parseRetention(options.retentionDays)
  const lake = await openForMaintenance(context)
  const dryRun = options.dryRun === true
  const bar = openProgressBar('vacuum', context.interactive)
  const report = await vacuum(lake, {
    retentionMs: retentionDays * DAY_MS,
    dryRun,
    signal: context.signal,
    onProgress: bar.update,
  }).finally(bar.close)
  if (context.json) {
    const root = resolve(lake.layout.root)
    const deleted = report.deleted.map((path) => resolve(root, path))
    printJson<VacuumAnswer>(context, { lake: root, dry_run: dryRun, ...report, deleted })
  } else {
    const done = dryRun ? 'would be deleted' : 'deleted'
    const { deleted, kept } = report
    context.print(
      `${amount(deleted.length, 'file')} ${done}, ${bytes(report.bytes)}; ${amount(kept, 'replaced file')} kept`,
    )
  }
  context.signal.throwIfAborted()
}

function parseRetention(text: string): number {
  if (/^\d{1,6}(\.\d+)?$/.test(text)) return Number(text)
  throw new Failure(EXIT.usage, `--retention-days ${text} is not a number of days: write 0 or more`)
}
