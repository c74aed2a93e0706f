import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  describeDamage,
  openRunEngine,
  type QueryValue,
  type RunEngine,
} from '../../experiments/analysis/engine.ts'
import { selectRun, selectRuns } from '../../experiments/analysis/select-runs.ts'
import { type RunSummary, summariseRuns, summaryCsv } from '../../experiments/analysis/summary.ts'
import { PROCESSED_FOLDER, RAW_FOLDER } from '../../experiments/files/run-files.ts'
import { createFolder, writeTextAtomically } from '../../experiments/files/write-atomically.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { RunSummaryAnswer } from '../../schemas/experiment/stats.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount, count, fixed } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { convertFiles } from './converted-files.ts'
import { printStats, runFiguresJson } from './run-stats.ts'

/** Runs that are read at once: each takes one core and some 130 MB. */
const AT_ONCE = 2

interface SummaryOptions {
  readonly dir: string
  readonly output: string
  readonly file?: string
  readonly convertAll?: true
}

export function registerSummary(command: Command, signal: AbortSignal): void {
  command
    .option('--dir <folder>', 'folder of the runs', RAW_FOLDER)
    .option('--output <file>', 'the report to write or replace', `${PROCESSED_FOLDER}/summary_report.csv`)
    .option('--file <file>', 'only this run: print its figures, and write its steps as CSV beside the report')
    .option('--summary', 'write the report: what it does in any case; the original has it')
    .option('--convert-all', 'write the steps of every run as CSV beside the report, and no report')
    .addHelpText(
      'after',
      `
One row a run: first the columns of the original framework, then more. What each
figure means: docs/experiment-files.md. Lines that are damaged are skipped,
counted and reported. Files of the original framework are read too.

Examples:
  optionlake experiment summary
  optionlake experiment summary --dir runs --output summary.csv
  optionlake experiment summary --file data/raw/run.jsonl
  optionlake experiment summary --convert-all`,
    )
    .action((options: SummaryOptions, own: Command) =>
      withContext(own, signal, (context) => summarise(context, options)),
    )
}

async function summarise(context: CommandContext, options: SummaryOptions): Promise<void> {
  const folder = dirname(options.output)
  if (options.file !== undefined) {
    const path = selectRun(options.file)
    await printStats(context, path)
    return convertFiles(context, { paths: [path], folder, formats: ['csv'] })
  }
  const paths = selectRuns(options.dir, '--dir')
  if (options.convertAll) return convertFiles(context, { paths, folder, formats: ['csv'] })
  createFolder(folder)
  const engines: RunEngine[] = []
  for (let at = 0; at < Math.min(AT_ONCE, paths.length); at++) {
    const engine = await openRunEngine({ folders: paths.map(dirname), signal: context.signal })
    context.lifetime.onClose(engine.close)
    engines.push(engine)
  }
  const bar = openProgressBar('runs', context.interactive)
  const found = await summariseRuns(engines, paths, bar.update).finally(bar.close)
  if (found.runs.length === 0)
    throw new Failure(EXIT.io, `no file in ${options.dir} has a record: ${found.unreadable[0]?.reason}`)
  writeTextAtomically(options.output, summaryCsv(found.runs))
  if (context.json) {
    printJson<RunSummaryAnswer>(context, {
      output: resolve(options.output),
      runs: found.runs.map(runFiguresJson),
      unreadable: found.unreadable.map(({ path, reason }) => ({ path: resolve(path), reason })),
    })
  } else context.print(summaryTable(found.runs))
  for (const { path, damage, warning } of found.runs) {
    if (damage.damaged > 0) context.printWarning(`${path}: ${describeDamage(damage)}`)
    if (warning !== null) context.printWarning(`${path}: ${warning}`)
  }
  for (const { path, reason } of found.unreadable) context.printWarning(`${path} is left out: ${reason}`)
  if (!context.json) context.printStatus(`${amount(found.runs.length, 'run')} in ${options.output}`)
}

/** What fits a terminal; the report has all of it. */
function summaryTable(runs: readonly RunSummary[]): string {
  const number = (name: string, decimals: number) => (run: RunSummary) => decimal(run.figures[name], decimals)
  const text = (name: string) => (run: RunSummary) => word(run.figures[name])
  return formatTable(runs, [
    { title: 'scenario', value: text('scenario') },
    { title: 'experiment', value: text('experiment') },
    { title: 'seed', leaveOut: 5, align: 'right', value: text('seed') },
    { title: 'steps', leaveOut: 4, align: 'right', value: number('last_step', 0) },
    { title: 'outcome', value: text('outcome') },
    { title: 'orders', leaveOut: 7, align: 'right', value: number('total_actions', 0) },
    { title: 'filled %', align: 'right', value: number('shares_filled_pct', 1) },
    { title: 'slippage bps', leaveOut: 6, align: 'right', value: number('slippage_mid_bps', 2) },
    { title: 'inventory', leaveOut: 8, align: 'right', value: number('final_inventory', 0) },
    { title: 'P&L $', align: 'right', value: number('final_pnl', 0) },
    { title: 'drawdown $', leaveOut: 3, align: 'right', value: number('max_drawdown', 0) },
    { title: 'mid range $', leaveOut: 1, align: 'right', value: number('mid_range', 2) },
    { title: 'spread $', leaveOut: 2, align: 'right', value: number('avg_spread', 3) },
  ])
}

function decimal(value: QueryValue | undefined, decimals: number): string {
  if (typeof value !== 'number') return '–'
  return decimals === 0 ? count(Math.round(value)) : fixed(value, decimals)
}

function word(value: QueryValue | undefined): string {
  return value === null || value === undefined ? '–' : String(value)
}
