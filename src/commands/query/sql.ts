import type { Command } from 'commander'
import { sql } from '../../lake/query/sql.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { SqlAnswer } from '../../schemas/query/sql.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { amount, count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Longer cells are cut, but not with --json. */
const CELL_WIDTH = 40
const MAX_NUMBER = 1_000_000

interface SqlCommandOptions {
  readonly limit: string
  readonly asOf?: string
  readonly timeout: string
}

export function registerSql(program: Command, signal: AbortSignal): void {
  program
    .command('sql')
    .argument('<query>', 'exactly one SELECT over the tables of the lake')
    .description('query the lake in SQL; read-only, and nothing outside the lake can be read')
    .option('--limit <rows>', 'print at most this many rows', '10000')
    .option('--timeout <seconds>', 'stop the query after this time', '60')
    .option(...AS_OF_OPTION)
    .addHelpText(
      'after',
      `
Tables: option_snapshots, slots, market_metrics, daily_observations,
future_snapshots, underlying_bars, surfaces, surface_grid. The view chains is
option_snapshots with mid, expiry_date, days_to_expiry and names that need no
quotes. A WHERE clause that names symbol and date keeps all other files closed.

Examples:
  optionlake sql "SELECT symbol, count(*) AS n, avg(iv) FROM option_snapshots GROUP BY symbol"
  optionlake sql "SELECT timestamp, symbol, outcome, reason FROM slots ORDER BY timestamp DESC LIMIT 10"
  optionlake sql "SELECT strike, option_right, mid FROM chains WHERE symbol = 'SPY' AND days_to_expiry <= 7"
  optionlake sql "SELECT timestamp, iv FROM surface_grid WHERE symbol = 'SPY' AND tenor_days = 30 AND point = 'put_25d'"
  optionlake sql "SELECT * FROM option_snapshots WHERE symbol = 'SPY' AND date = '2026-11-20'" --json
  optionlake sql "SELECT count(*) FROM option_snapshots" --as-of 120`,
    )
    .action((query: string, options: SqlCommandOptions, command: Command) =>
      withContext(command, signal, (context) => ask(context, query, options)),
    )
}

async function ask(context: CommandContext, query: string, options: SqlCommandOptions): Promise<void> {
  const maxRows = parseWholeNumber('--limit', options.limit, { max: MAX_NUMBER, unit: 'rows' })
  const seconds = parseWholeNumber('--timeout', options.timeout, { max: MAX_NUMBER, unit: 'seconds' })
  const lake = await openForQueries(context, options.asOf)
  const tooLong = new AbortController()
  const timer = setTimeout(() => tooLong.abort(tookTooLong(seconds)), seconds * 1_000)
  const signal = AbortSignal.any([context.signal, tooLong.signal])
  const { columns, rows, truncated } = await sql(lake, query, { maxRows, signal }).finally(() =>
    clearTimeout(timer),
  )
  if (context.json) {
    printJson<SqlAnswer>(context, { ...lakeHeadOf(lake), columns, rows, truncated })
  } else {
    context.print(
      formatTable(
        rows,
        columns.map((title, at) => ({
          title,
          // The first columns are those that were asked for first.
          leaveOut: columns.length - at,
          align: rows.every((row) => row[at] === null || typeof row[at] === 'number') ? 'right' : 'left',
          value: (row) => cell(row[at]),
        })),
      ),
    )
  }
  if (truncated)
    context.printStatus(
      `there are more than ${amount(maxRows, 'row')}: raise --limit, or use optionlake export`,
    )
  else if (!context.json) context.printStatus(`${amount(rows.length, 'row')} from ${describeLake(lake)}`)
}

function tookTooLong(seconds: number): Failure {
  return new Failure(
    EXIT.tryLater,
    `the query took longer than ${count(seconds)} s: restrict it to a symbol and dates, or raise --timeout`,
  )
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text
}
