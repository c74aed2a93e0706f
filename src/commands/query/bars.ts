import type { Command } from 'commander'
import { bars } from '../../lake/query/bars.ts'
import { newYorkTime } from '../../market/calendar.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { BarsAnswer } from '../../schemas/query/bars.ts'
import { barAsJson } from '../../snapshot/row-as-json.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDate, parseDates, parseSymbol } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { count, fixed } from '../terminal/format.ts'
import { drawsPlot, NO_PLOT_OPTION, PLOT_OPTION, plotLines, plotWidth } from '../terminal/plot.ts'
import { formatTable } from '../terminal/table.ts'

interface BarsCommandOptions {
  readonly from?: string
  readonly to?: string
  readonly date?: string
  readonly asOf?: string
  readonly plot?: boolean
}

const PLOT_HEIGHT = 13

export function registerBars(program: Command, signal: AbortSignal): void {
  program
    .command('bars')
    .argument('<symbol>', 'stock, index or root of futures, such as SPY, VIX, ES', parseSymbol)
    .description('show the five-minute bars of an underlying, an index or the front futures')
    .option('--date <date>', 'trade date (default: the newest with bars)')
    .option('--from <date>', 'first trade date')
    .option('--to <date>', 'last trade date')
    .option(...PLOT_OPTION)
    .option(...NO_PLOT_OPTION)
    .option(...AS_OF_OPTION)
    .addHelpText(
      'after',
      `
Bars are made by the daemon (optionlake run) from streams that it keeps open; collect-once makes none. An interval
without a price has no bar. Below 300 seconds of coverage a bar has a hole. What the columns mean: docs/lake.md.

Examples:
  optionlake bars SPY
  optionlake bars VIX --date 2026-11-20 --plot
  optionlake bars ES --from 2026-11-16 --to 2026-11-20 --json`,
    )
    .action((symbol: string, options: BarsCommandOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: BarsCommandOptions): Promise<void> {
  const dates = datesOf(options)
  const lake = await openForQueries(context, options.asOf)
  const rows = await bars(lake, symbol, dates)
  if (context.json) {
    printJson<BarsAnswer>(context, { ...lakeHeadOf(lake), symbol, bars: rows.map(barAsJson) })
    return
  }
  const [first, last] = [rows[0], rows.at(-1)]
  if (!first || !last) {
    context.print(`no bars of ${symbol} · ${describeLake(lake)} (the daemon makes them: optionlake run)`)
    return
  }
  const days = first.date === last.date ? first.date : `${first.date} to ${last.date}`
  context.print(`${symbol} · ${days} · ${count(rows.length)} bars of 5 minutes · ${describeLake(lake)}\n`)
  context.print(barTable(rows))
  if (drawsPlot(options.plot)) context.print(`\n${plotOf(rows).join('\n')}`)
}

function datesOf({ date, from, to }: BarsCommandOptions) {
  if (date === undefined) return parseDates({ ...(from && { from }), ...(to && { to }) })
  if (from !== undefined || to !== undefined) {
    throw new Failure(EXIT.usage, '--date does not go with --from and --to: write one or the others')
  }
  const day = parseDate('--date', date)
  return { from: day, to: day }
}

function barTable(rows: readonly UnderlyingBarRow[]): string {
  const isOneDay = rows.every(({ date }) => date === rows[0]?.date)
  const hasFutures = rows.some(({ expiry }) => expiry !== null)
  const price = (value: number) => fixed(value, 2)
  return formatTable(rows, [
    ...(isOneDay ? [] : [{ title: 'date', value: ({ date }: UnderlyingBarRow) => date }]),
    { title: 'New York', value: ({ timestamp }) => newYorkTime(epochMs(timestamp)) },
    ...(hasFutures ? [{ title: 'expiry', value: ({ expiry }: UnderlyingBarRow) => expiry ?? '' }] : []),
    { title: 'open', leaveOut: 3, align: 'right', value: ({ open }) => price(open) },
    { title: 'high', align: 'right', value: ({ high }) => price(high) },
    { title: 'low', align: 'right', value: ({ low }) => price(low) },
    { title: 'close', align: 'right', value: ({ close }) => price(close) },
    { title: 'ticks', leaveOut: 2, align: 'right', value: ({ ticks }) => count(ticks) },
    { title: 'of', leaveOut: 1, name: 'price basis', value: ({ price_basis }) => price_basis },
    { title: '', shortenTo: 10, value: remarks },
  ])
}

/** What is not as usual about a bar. */
function remarks({ coverage_seconds, data_type, session }: UnderlyingBarRow): string {
  return [
    coverage_seconds < BAR_MS / 1_000 ? `${Math.round(coverage_seconds)} s covered` : '',
    session === 'regular' ? '' : session,
    data_type === 'live' ? '' : (data_type ?? 'data type not told'),
  ]
    .filter((one) => one !== '')
    .join(', ')
}

/** Draws the closes of the contract with the most bars; intervals without one are gaps within a day. */
function plotOf(rows: readonly UnderlyingBarRow[]): string[] {
  const contracts = [...new Set(rows.map(({ con_id }) => con_id))]
  const barsOf = (conId: number) => rows.filter(({ con_id }) => con_id === conId)
  const [most = []] = contracts.map(barsOf).sort((a, b) => b.length - a.length)
  const values: (number | null)[] = []
  most.forEach((row, at) => {
    const before = most[at - 1]
    if (before && before.date === row.date && row.timestamp - before.timestamp > BAR_MS) values.push(null)
    values.push(row.close)
  })
  const label = ({ date, timestamp }: UnderlyingBarRow) => `${date} ${newYorkTime(epochMs(timestamp))}`
  const [first, last] = [most[0], most.at(-1)]
  if (!first || !last) return []
  return plotLines(values, {
    width: plotWidth(),
    height: PLOT_HEIGHT,
    ends: [label(first), label(last)],
    levels: [{ value: last.close, label: `close ${fixed(last.close, 2)}` }],
    label: (value) => fixed(value, 2),
  })
}
