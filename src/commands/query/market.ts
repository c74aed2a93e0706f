import type { Command } from 'commander'
import { type FigureAnswer, type MarketAnswer, marketAnswer } from '../../analytics/answers/market-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { type MarketData, marketData } from '../../analytics/stored/reader.ts'
import type { Lake } from '../../lake/open.ts'
import { stats } from '../../lake/query/stats.ts'
import { systemClock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { ageOf, minuteOf, timeOf } from '../option-values.ts'
import { openForReading, originOf } from '../stored-lake.ts'
import { count, fixed, formatTable } from '../terminal/table.ts'

interface MarketOptions {
  readonly at?: string
  readonly defaults?: true
}

export function registerMarket(program: Command, signal: AbortSignal): void {
  program
    .command('market')
    .argument('<symbol>', 'underlying, such as SPY')
    .description('every figure of a stored slot: volatility, rank, VIX, trend, and what each rests on')
    .option(
      '--at <time>',
      'as it was known at a time, such as 2026-11-20T10:00:00-05:00 (default: the newest slot)',
    )
    .option(
      '--defaults',
      'customary values in the place of what is missing, marked: rank 50, VIX 18, neutral',
    )
    .addHelpText(
      'after',
      `
What each figure means: docs/numbers.md.

Examples:
  optionlake market SPY
  optionlake market QQQ --at 2026-11-20T10:00:00-05:00 --json`,
    )
    .action((symbol: string, options: MarketOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: MarketOptions): Promise<void> {
  const at = options.at === undefined ? undefined : timeOf('--at', options.at)
  const lake = await openForReading(context)
  const data = await storedFigures(lake, symbol, { context, at })
  const now = at ?? systemClock.now()
  const answer = marketAnswer(data, { symbol, now, defaults: options.defaults === true })
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...answer }))
    return
  }
  context.print(`${symbol} · ${data ? slotText(answer, data.slot) : noSlotText(at)} · ${originOf(lake)}\n`)
  context.print(figureTable(answer))
  if (!data) return
  if (needsHistory(answer)) context.print('\nrank and trend need a daily history: optionlake backfill')
  context.print(`\n${termTable(answer)}`)
  context.print(`\n${qualityLines(answer)}`)
}

function slotText({ age_seconds, contracts, with_iv }: MarketAnswer, slot: EpochMs): string {
  return (
    `slot ${minuteOf(slot)} New York, ${ageOf(age_seconds ?? 0)} old · ` +
    `${count(contracts)} contracts, ${count(with_iv)} with a volatility`
  )
}

/** What is said in the place of a slot's time where nothing is stored. */
export function noSlotText(at?: EpochMs): string {
  return at === undefined
    ? 'no slot stored yet (optionlake collect-once)'
    : `no slot at or before ${minuteOf(at)} New York`
}

/**
 * The figures of the newest slot by a time; null where there is none yet, which is no error of a symbol that is
 * configured or stored. @throws Failure EXIT.usage for any other symbol.
 */
export async function storedFigures(
  lake: Lake,
  symbol: string,
  { context, at }: { context: CommandContext; at?: EpochMs | undefined },
): Promise<MarketData | null> {
  const carry = carryOf(context.config.analytics, symbol)
  const data = await marketData(lake, symbol, { carry, ...(at !== undefined && { at }) })
  if (data || context.config.symbols.includes(symbol)) return data
  const { symbols } = await stats(lake)
  if (symbols.includes(symbol)) return null
  const known = [...new Set([...symbols, ...context.config.symbols])].sort()
  throw new Failure(
    EXIT.usage,
    `"${symbol}" is neither configured nor in ${originOf(lake)}: known are ${known.join(', ')}`,
  )
}

function needsHistory({ figures: { iv_rank, trend_daily } }: MarketAnswer): boolean {
  return iv_rank.reason === 'too_few_observations' || trend_daily.reason === 'too_few_bars'
}

function figureTable({ figures }: MarketAnswer): string {
  return formatTable(Object.entries(figures), [
    { title: 'figure', value: ([name]) => name },
    { title: 'value', align: 'right', value: ([, figure]) => shownValue(figure) },
    {
      title: 'source',
      value: ([, { source, reason, is_default }]) => (reason === null && !is_default ? source : ''),
    },
    { title: 'made from', align: 'right', value: ([, figure]) => observationsOf(figure) },
    { title: '', value: ([, figure]) => kindOf(figure) },
    {
      title: '',
      value: ([, figure]) => (figure.is_default ? 'default, not measured' : (figure.reason ?? '')),
    },
  ])
}

/** A value as people read it: fractions in percent, dollars with their sign. */
export function shownValue({ value, unit }: Pick<FigureAnswer, 'value' | 'unit'>): string {
  if (value === null) return '–'
  if (typeof value !== 'number') return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
  if (unit === 'fraction') return `${(100 * value).toFixed(2)} %`
  if (unit === '$') return `$ ${value.toFixed(2)}`
  return value.toFixed(unit === 'ratio' ? 3 : 2)
}

function kindOf({ observations, window, observations_of: kind }: FigureAnswer): string {
  return observations === 1 && window === null ? kind.slice(0, -1) : kind
}

/** 240 of 252 sessions, or how many there were where the figure has no window. */
export function observationsOf({
  observations,
  window,
}: Pick<FigureAnswer, 'observations' | 'window'>): string {
  return window === null ? count(observations) : `${count(observations)} of ${count(window)}`
}

function termTable({ expirations }: MarketAnswer): string {
  const percent = (fraction: number | null) => fixed(fraction === null ? null : 100 * fraction, 2)
  return formatTable(expirations, [
    { title: 'expiry', value: ({ expiry }) => expiry },
    { title: 'days', align: 'right', value: ({ days }) => fixed(days, 2) },
    { title: 'forward', align: 'right', value: ({ forward }) => fixed(forward, 2) },
    { title: 'iv %', align: 'right', value: ({ iv }) => percent(iv) },
    { title: 'IB model %', align: 'right', value: (one) => percent(one.iv_ib_model) },
    { title: '', value: ({ reason }) => reason ?? '' },
  ])
}

function qualityLines({ quality, flags }: MarketAnswer): string {
  const { zero_bid_share: zeroBids, parity_residual: parity } = quality
  const flagged = Object.entries(flags).map(([flag, rows]) => `${flag} ${count(rows)}`)
  return (
    `quality: ${fixed(zeroBids === null ? null : 100 * zeroBids, 1)} % zero bids, ` +
    `parity residual ${fixed(parity, 2)} half-spreads, violations: ${count(quality.vertical_violations)} vertical, ` +
    `${count(quality.butterfly_violations)} butterfly, ${count(quality.calendar_violations)} calendar\n` +
    `rows with a flag: ${flagged.join(', ') || 'none'}`
  )
}
