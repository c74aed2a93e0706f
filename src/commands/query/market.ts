import type { Command } from 'commander'
import { type FigureAnswer, type MarketAnswer, marketAnswer } from '../../analytics/answers/market-answer.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { MARKET_METRICS, type TableRow } from '../../lake/tables/small-tables.ts'
import { systemClock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import type { MarketAnswer as MarketJson } from '../../schemas/query/market.ts'
import { type CommandContext, withContext } from '../context.ts'
import { AT_OPTION, parseAt, parseSymbol } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { age, amount, count, dateAndTime, fixed, percent, words } from '../terminal/format.ts'
import { drawsPlot, NO_PLOT_OPTION, PLOT_OPTION, plotWidth, sparkline } from '../terminal/plot.ts'
import { formatTable, type PrintedColumn } from '../terminal/table.ts'
import { futureLines, noSlotText, observationsText, readFigures, valueText } from './figures.ts'

interface MarketOptions {
  readonly at?: string
  readonly asOf?: string
  readonly defaults?: true
  readonly plot?: boolean
}

export function registerMarket(program: Command, signal: AbortSignal): void {
  program
    .command('market')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description('show every figure of a stored slot (volatility, rank, VIX, trend, …) with its basis')
    .option(...AT_OPTION)
    .option(...PLOT_OPTION)
    .option(...NO_PLOT_OPTION)
    .option(...AS_OF_OPTION)
    .option(
      '--defaults',
      'replace missing figures by customary values, marked as such: rank 50, VIX 18, trend neutral',
    )
    .addHelpText(
      'after',
      `
What each figure means: docs/numbers.md. --at chooses the slot. --as-of chooses what the lake contained: a figure then
uses only rows and history that were stored by then.

Examples:
  optionlake market SPY
  optionlake market QQQ --at "2026-11-20 10:00" --json
  optionlake market SPY --as-of "2026-11-20 12:00"`,
    )
    .action((symbol: string, options: MarketOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: MarketOptions): Promise<void> {
  const at = parseAt(options.at)
  const lake = await openForQueries(context, options.asOf)
  const data = await readFigures(lake, symbol, { context, at })
  const now = at ?? systemClock.now()
  const answer = marketAnswer(data, { symbol, now, defaults: options.defaults === true })
  if (context.json) {
    printJson<MarketJson>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  context.print(
    `${symbol} · ${data ? slotText(answer, data.slot) : noSlotText(at)} · ${describeLake(lake)}\n`,
  )
  context.print(figureTable(answer))
  if (!data) return
  if (drawsPlot(options.plot)) {
    const day = await readRows(lake, MARKET_METRICS, { symbol, from: data.date, to: data.date })
    const lines = dayLines(day.filter(({ timestamp }) => timestamp <= data.slot))
    if (lines.length > 0) context.print(`\n${lines.join('\n')}`)
  }
  if (needsHistory(answer)) context.print('\nrank and trend need daily history: optionlake backfill')
  if (answer.futures) context.print(`\n${futureLines(answer.futures)}`)
  if (answer.expirations.length > 0) context.print(`\n${tenorTable(answer)}\n\n${termTable(answer)}`)
  context.print(`\n${qualityLines(answer)}`)
}

function slotText({ age_seconds, contracts, with_iv }: MarketAnswer, slot: EpochMs): string {
  return (
    `slot ${dateAndTime(slot)} New York, ${age(age_seconds ?? 0)} old · ` +
    `${amount(contracts ?? 0, 'contract')}, ${count(with_iv)} with a volatility`
  )
}

/** The day's slots up to this one, a block each: the price, the volatility and the VIX. [] with fewer than two slots. */
function dayLines(day: readonly TableRow<typeof MARKET_METRICS>[]): string[] {
  if (day.length < 2) return []
  const line = (name: string, values: readonly (number | null)[], text: (value: number) => string) => {
    const known = values.filter((value) => value !== null)
    const [first, last] = [known[0], known.at(-1)]
    if (first === undefined || last === undefined) return []
    const ends = `  ${text(first)} → ${text(last)}`
    return [`${name.padEnd(6)}${sparkline(values, Math.min(78, plotWidth() - 6 - ends.length))}${ends}`]
  }
  const dollars = (value: number) => value.toFixed(2)
  return [
    ...line(
      'price',
      day.map((row) => row.underlying_price),
      dollars,
    ),
    ...line(
      'iv30',
      day.map((row) => row.iv30),
      (value) => `${(100 * value).toFixed(2)} %`,
    ),
    ...line(
      'VIX',
      day.map((row) => row.vix),
      dollars,
    ),
  ]
}

function needsHistory({ figures: { iv_rank, trend_daily } }: MarketAnswer): boolean {
  return iv_rank.reason === 'too_few_observations' || trend_daily.reason === 'too_few_bars'
}

function figureTable({ figures }: MarketAnswer): string {
  return formatTable(Object.entries(figures), [
    { title: 'figure', value: ([name]) => name },
    { title: 'value', align: 'right', value: ([, figure]) => valueText(figure) },
    {
      title: 'source',
      leaveOut: 1,
      value: ([, { source, reason, is_default }]) => (reason === null && !is_default ? source : ''),
    },
    { title: 'observations', leaveOut: 2, align: 'right', value: ([, figure]) => observationsText(figure) },
    { title: '', leaveOut: 2, value: ([, figure]) => kindOf(figure) },
    {
      title: '',
      shortenTo: 12,
      value: ([, figure]) => (figure.is_default ? 'default, not measured' : words(figure.reason)),
    },
  ])
}

function kindOf({ observations, window, observations_of: kind }: FigureAnswer): string {
  return observations === 1 && window === null ? kind.slice(0, -1) : kind
}

type Term = MarketAnswer['expirations'][number]

/** Shown where a symbol has several classes, which may share an expiry, or one with a name of its own. */
const CLASS_COLUMNS: readonly PrintedColumn<Term>[] = [
  { title: 'class', value: ({ trading_class }) => trading_class ?? '' },
  { title: 'settled', leaveOut: 3, value: ({ settlement }) => settlement.toUpperCase() },
  { title: 'style', leaveOut: 2, value: ({ exercise_style }) => exercise_style },
]

function termTable({ symbol, expirations }: MarketAnswer): string {
  const own = symbol.replace('.', '')
  const hasOther = expirations.some(({ trading_class }) => trading_class !== null && trading_class !== own)
  return formatTable(expirations, [
    { title: 'expiry', value: ({ expiry }) => expiry },
    ...(hasOther ? CLASS_COLUMNS : []),
    { title: 'days', align: 'right', value: ({ days }) => fixed(days, 2) },
    { title: 'forward', align: 'right', value: ({ forward }) => fixed(forward, 2) },
    { title: 'iv %', align: 'right', value: ({ iv }) => percent(iv, 2) },
    { title: 'IB model %', leaveOut: 1, align: 'right', value: (one) => percent(one.iv_ib_model, 2) },
    { title: 'move σ', leaveOut: 5, align: 'right', value: (one) => fixed(one.expected_move, 2) },
    { title: 'straddle', leaveOut: 4, align: 'right', value: (one) => fixed(one.expected_move_straddle, 2) },
    { title: '', shortenTo: 12, value: ({ reason }) => words(reason) },
  ])
}

/** Risk reversals and butterflies by maturity, in volatility points. */
function tenorTable({ tenors }: MarketAnswer): string {
  const points = (figure: FigureAnswer) =>
    typeof figure.value === 'number' ? (100 * figure.value).toFixed(2) : words(figure.reason)
  return formatTable(tenors, [
    { title: 'days', align: 'right', value: ({ days }) => count(days) },
    { title: 'RR 25d %', align: 'right', value: (one) => points(one.risk_reversal_25d) },
    { title: 'RR 10d %', align: 'right', value: (one) => points(one.risk_reversal_10d) },
    { title: 'BF 25d %', align: 'right', value: (one) => points(one.butterfly_25d) },
    { title: 'BF 10d %', align: 'right', value: (one) => points(one.butterfly_10d) },
  ])
}

function qualityLines({ quality, flags }: MarketAnswer): string {
  const flagged = Object.entries(flags).map(([flag, rows]) => `${flag} ${count(rows)}`)
  return (
    `quality: ${percent(quality.zero_bid_share, 1)} % zero bids, ` +
    `parity residual ${fixed(quality.parity_residual, 2)} half-spreads, violations: ${count(quality.vertical_violations)} vertical, ` +
    `${count(quality.butterfly_violations)} butterfly, ${count(quality.calendar_violations)} calendar\n` +
    `rows with a flag: ${flagged.join(', ') || 'none'}`
  )
}
