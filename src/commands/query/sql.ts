import type { Command } from 'commander'
import { sql } from '../../lake/query/sql.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { openForReading, originOf } from '../stored-lake.ts'
import { count, formatTable } from '../terminal/table.ts'

/** Wider cells are cut on a terminal; --json is whole. */
const CELL_WIDTH = 40

interface SqlCommandOptions {
  readonly limit: string
  readonly timeout: string
}

export function registerSql(program: Command, signal: AbortSignal): void {
  program
    .command('sql')
    .argument('<query>', 'exactly one SELECT over the tables of the lake')
    .description('ask the lake in SQL; read-only, and nothing but the lake can be read')
    .option('--limit <rows>', 'rows printed at most', '10000')
    .option('--timeout <seconds>', 'the query is stopped after so long', '60')
    .addHelpText(
      'after',
      `
Tables: option_snapshots, slots, market_metrics, daily_observations. Name symbol and date in the WHERE clause where
you can: other files are then not opened.

Examples:
  optionlake sql "SELECT symbol, count(*) AS n, avg(iv) FROM option_snapshots GROUP BY symbol"
  optionlake sql "SELECT timestamp, symbol, outcome, reason FROM slots ORDER BY timestamp DESC LIMIT 10"
  optionlake sql "SELECT * FROM option_snapshots WHERE symbol = 'SPY' AND date = '2026-11-20'" --json`,
    )
    .action((query: string, options: SqlCommandOptions, command: Command) =>
      withContext(command, signal, (context) => ask(context, query, options)),
    )
}

async function ask(context: CommandContext, query: string, options: SqlCommandOptions): Promise<void> {
  const maxRows = wholeNumber('--limit', options.limit)
  const seconds = wholeNumber('--timeout', options.timeout)
  const lake = await openForReading(context)
  const tooLong = new AbortController()
  const timer = setTimeout(() => tooLong.abort(tookTooLong(seconds)), seconds * 1_000)
  const signal = AbortSignal.any([context.signal, tooLong.signal])
  const { columns, rows, truncated } = await sql(lake, query, { maxRows, signal }).finally(() =>
    clearTimeout(timer),
  )
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, columns, rows, truncated }))
  } else {
    context.print(
      formatTable(
        rows,
        columns.map((title, at) => ({
          title,
          align: rows.every((row) => row[at] === null || typeof row[at] === 'number') ? 'right' : 'left',
          value: (row) => cell(row[at]),
        })),
      ),
    )
  }
  if (truncated)
    context.say(`there are more rows than ${count(maxRows)}: give --limit, or use optionlake export`)
  else if (!context.json) context.say(`${count(rows.length)} rows from ${originOf(lake)}`)
}

function tookTooLong(seconds: number): Failure {
  return new Failure(
    EXIT.tryLater,
    `the query took longer than ${count(seconds)} s: name symbol and dates, or give --timeout`,
  )
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value > 0 && value <= 1_000_000) return value
  throw new Failure(
    EXIT.usage,
    `${option} ${text} is not a whole number from 1 to 1,000,000: write for example ${option} 500`,
  )
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text
}
