import type { Command } from 'commander'
import { createQueryProcess } from '../../lake/query/apart/query-process.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { SqlAnswer } from '../../schemas/query/sql.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseAsOf, parseSeconds, parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, storedLakeFolder } from '../stored-lake.ts'
import { openActivity } from '../terminal/activity.ts'
import { amount } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Longer cells are cut, but not with --json. */
const CELL_WIDTH = 40
const MAX_NUMBER = 1_000_000
/** Of the rows as JSON: Node writes no text of more than 512 MB. */
const MAX_BYTES = 200_000_000
/** Of a table: it is one text too, and a cell takes up to 42 bytes. */
const MAX_CELLS = 10_000_000

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
  const timeLimitMs = parseSeconds('--timeout', options.timeout)
  const asOf = options.asOf === undefined ? undefined : parseAsOf(options.asOf)
  openActivity('running the query', context.interactive)
  const queries = createQueryProcess()
  context.lifetime.onClose(() => queries.close())
  const { lake, columns, rows, cutBy } = await queries.ask(
    { folder: storedLakeFolder(context.config), asOf, query, maxRows, maxBytes: MAX_BYTES },
    { timeLimitMs, signal: context.signal },
  )
  if (cutBy === 'bytes') {
    throw new Failure(
      EXIT.usage,
      `the rows take more than ${MAX_BYTES / 1e6} MB of text: select less, lower --limit, or use optionlake export`,
    )
  }
  const truncated = cutBy === 'rows'
  if (context.json) {
    printJson<SqlAnswer>(context, { ...lakeHeadOf(lake), columns, rows, truncated })
  } else {
    if (rows.length * columns.length > MAX_CELLS) {
      throw new Failure(
        EXIT.usage,
        `the table has more than ${MAX_CELLS / 1e6} million cells: lower --limit, or use --json or optionlake export`,
      )
    }
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

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text
}
