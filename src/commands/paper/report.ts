import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeTextAtomically } from '../../experiments/files/write-atomically.ts'
import { readPerformance } from '../../paper/backtest/journal-performance.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { PaperReportAnswer } from '../../schemas/paper/report.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount, bytes } from '../terminal/format.ts'
import { chosenJournal } from './chosen-journal.ts'
import { paperPage } from './report-page.ts'

interface ReportOptions {
  readonly journal?: string
  readonly output: string
}

export function registerReport(command: Command, signal: AbortSignal, version: string): void {
  command
    .option(
      '--journal <file>',
      'journal of a backtest or of a live run (default: paper.journal, else the newest in data/paper)',
    )
    .option('--output <file>', 'the page; one that exists is replaced', 'data/paper/report.html')
    .addHelpText(
      'after',
      `
The page is one file that needs no other and loads nothing: equity, trades with
their exits, decisions with their figures.

Examples:
  optionlake paper report
  optionlake paper report --journal data/paper/ib.jsonl`,
    )
    .action((options: ReportOptions, own: Command) =>
      withContext(own, signal, (context) => write(context, options, version)),
    )
}

async function write(context: CommandContext, options: ReportOptions, version: string): Promise<void> {
  const { output } = options
  const journal = chosenJournal(options.journal, context.config.paper.journal)
  const performance = await readPerformance(journal)
  if (performance.read.lines === 0)
    throw new Failure(EXIT.usage, `${journal} has no events of a paper trader: nothing to report on`)
  const page = paperPage(journal, performance, { madeAt: new Date(), version })
  writeTextAtomically(output, page)
  const { trades, final } = performance.report
  const size = Buffer.byteLength(page)
  if (context.json) {
    printJson<PaperReportAnswer>(context, {
      ...{ path: resolve(output), bytes: size, trades: trades.length, equity: final.equity },
    })
  } else context.print(`${output}: ${amount(trades.length, 'trade')}, ${bytes(size)}`)
}
