import type { Lake } from '../../lake/open.ts'
import { chainAt } from '../../lake/query/chains.ts'
import { futuresAsOf, latestFutures } from '../../lake/query/futures.ts'
import { ledger } from '../../lake/tables/ledger.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, UNDERLYING_BARS } from '../../lake/tables/small-tables.ts'
import type { Slot } from '../../market/slot.ts'
import type { SessionOn } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { isOfThisVersion } from '../../snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import type { Carry } from '../carry.ts'
import { kindOfRows, sessionsOf } from '../figure-session.ts'
import { historyStart, type Observation } from '../ranks/rank.ts'
import { LONGEST_WINDOW } from '../ranks/rank-figures.ts'
import { realizedHistory } from '../realized/realized-history.ts'
import { type SlotMetrics, type SlotMetricsInput, slotMetrics } from '../slot-metrics.ts'
import type { Bar } from '../trend.ts'

/** Earlier data that a slot's figures need. */
type SlotHistory = Pick<
  SlotMetricsInput,
  'history' | 'sessions' | 'dailyBars' | 'intradayBars' | 'realized' | 'todayBars'
>

/** The figures of a slot, computed from its stored chain. */
export interface MarketData extends SlotMetrics {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
}

/** Stored data from before a slot, for one symbol or all. */
export interface StoredHistory {
  /** Observations of earlier sessions. */
  readonly observed: readonly ObservationRow[]
  /** Figures of earlier days and of the slot's own day. */
  readonly metrics: readonly MarketMetricsRow[]
  /** Five-minute bars of the slot's own trade date; left out: none. */
  readonly bars?: readonly UnderlyingBarRow[]
}

/** Calendar days that always contain 252 five-minute bars, that is four sessions, even with the longest closures. */
export const INTRADAY_DAYS = 14

/** The columns used to compute figures. */
export const FIGURE_COLUMNS = [
  'timestamp',
  'expiry',
  'strike',
  'right',
  'bid',
  'ask',
  'iv',
  'delta',
  'volume',
  'open_interest',
  'underlying_price',
  'greeks_source',
  'flags',
  'trading_class',
  'exercise_style',
  'settlement',
  'expires_at',
  'underlying_type',
  'underlying_con_id',
  'pv_dividend',
  'quoted_at',
  'definition_version',
  'gamma',
  'multiplier',
] as const

/**
 * The figures of the newest slot, or the newest at or before `at`. They are computed from the stored chain, its ledger
 * entry and the earlier history, and equal the stored figures of the slot. Null if the symbol has no slot.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function marketData(
  lake: Lake,
  symbol: string,
  { carry, at }: { readonly carry: Carry; readonly at?: EpochMs },
): Promise<MarketData | null> {
  const columns = [...FIGURE_COLUMNS, 'date'] as const
  const rows = await chainAt(lake, symbol, { at, columns })
  const [first] = rows
  const mayHaveFutures = first === undefined || kindOfRows(rows) === 'FOP'
  const newest = mayHaveFutures ? await futuresAt(lake, symbol, at) : []
  const [future] = newest
  // Futures alone, or futures of a slot in which no option answered.
  const isChain = first !== undefined && first.timestamp >= (future?.timestamp ?? 0)
  const place = isChain ? first : future
  if (!place) return null
  const slot = epochMs(place.timestamp)
  const date = sessionDate(place.date)
  const chain = isChain ? rows : []
  const futures = future?.timestamp === slot ? newest : []
  const kind = kindOfRows(chain) ?? (future ? await storedKind(lake, { date, symbol, slot }) : null)
  const past = await readHistory(lake, date, symbol)
  const stored = past.metrics.find(({ timestamp }) => timestamp === slot)
  const vix = stored ? stored.vix : await ledgerVix(lake, { date, symbol, slot })
  const received = { vix, ivIndexFraction: stored?.iv30_ib_index ?? null }
  const metrics = slotMetrics({
    ...{ slot, symbol, kind, date, rows: chain, carry, futures },
    ...received,
    ...historyAt(past, symbol, { at: slot, date }, sessionsOf({ symbol, kind })),
  })
  return { symbol, slot, date, ...metrics }
}

function futuresAt(lake: Lake, symbol: string, at: EpochMs | undefined) {
  return at === undefined ? latestFutures(lake, symbol) : futuresAsOf(lake, symbol, at)
}

/** What the symbol was in a slot that has futures. */
async function storedKind(
  lake: Lake,
  { date, symbol, slot }: { date: SessionDate; symbol: string; slot: EpochMs },
): Promise<LedgerRow['kind']> {
  const reports = await ledger(lake, { date, symbol })
  return reports.find(({ timestamp }) => timestamp === slot)?.kind ?? 'FUT'
}

/** Reads the stored data needed for the slots of a date. @throws Failure EXIT.io when the lake cannot be read. */
export async function readHistory(lake: Lake, date: SessionDate, symbol?: string): Promise<StoredHistory> {
  const only = symbol === undefined ? {} : { symbol }
  const from = historyStart(date, LONGEST_WINDOW)
  return {
    observed: await readRows(lake, DAILY_OBSERVATIONS, { ...only, from, to: addDays(date, -1) }),
    metrics: await readRows(lake, MARKET_METRICS, {
      ...only,
      from: addDays(date, -INTRADAY_DAYS),
      to: date,
    }),
    bars: await readRows(lake, UNDERLYING_BARS, { ...only, from: date, to: date }),
  }
}

/** Splits a history by symbol, so that the figures of one symbol do not go through the rows of all. */
export function historyBySymbol({
  observed,
  metrics,
  bars = [],
}: StoredHistory): (symbol: string) => StoredHistory {
  const observedBySymbol = groupBySymbol(observed)
  const metricsBySymbol = groupBySymbol(metrics)
  const barsBySymbol = groupBySymbol(bars)
  return (symbol) => ({
    observed: observedBySymbol.get(symbol) ?? [],
    metrics: metricsBySymbol.get(symbol) ?? [],
    bars: barsBySymbol.get(symbol) ?? [],
  })
}

export function groupBySymbol<Row extends { readonly symbol: string }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const own = groups.get(row.symbol)
    if (own) own.push(row)
    else groups.set(row.symbol, [row])
  }
  return groups
}

/**
 * The history of one symbol's slot: daily volatilities and closes of the year before, five-minute prices of the days
 * before. A close is taken from IB's daily bars if they have one, else it is the last price of our slots. `sessionOn`: the
 * sessions of the symbol itself. Pure.
 */
export function historyAt(
  { observed, metrics, bars = [] }: StoredHistory,
  symbol: string,
  { at: slot, date }: Slot,
  sessionOn: SessionOn,
): SlotHistory {
  const own = observed.filter((row) => row.symbol === symbol && row.date < date)
  const ofSessions = own.filter((row) => sessionOn(sessionDate(row.date)) !== null)
  const sessions = sessionDates(historyStart(date, LONGEST_WINDOW), date, sessionOn)
  return {
    sessions,
    history: own.flatMap(observationOf),
    dailyBars: dailyBarsOf(ofSessions),
    intradayBars: fiveMinuteBars(
      metrics.filter((row) => row.symbol === symbol && row.timestamp < slot && isIntraday(row, sessionOn)),
      slot,
    ),
    realized: realizedHistory(own, { symbol, before: date, sessions, sessionOn }),
    todayBars: bars.filter((row) => row.symbol === symbol && row.date === date),
  }
}

/** Dates already walked, by calendar: all slots of a date need the same ones, and walking a year is slow. */
const walked = new WeakMap<SessionOn, Map<string, readonly SessionDate[]>>()
const WALKED_LIMIT = 100

/** The trade dates of a symbol from one date to another, both included. */
export function sessionDates(
  from: SessionDate,
  to: SessionDate,
  sessionOn: SessionOn,
): readonly SessionDate[] {
  const known = walked.get(sessionOn) ?? new Map<string, readonly SessionDate[]>()
  walked.set(sessionOn, known)
  const key = `${from} ${to}`
  const dates = known.get(key) ?? walkDates(from, to, sessionOn)
  if (known.size >= WALKED_LIMIT) known.clear()
  known.set(key, dates)
  return dates
}

function walkDates(from: SessionDate, to: SessionDate, sessionOn: SessionOn): SessionDate[] {
  const dates: SessionDate[] = []
  for (let date = from; date <= to; date = addDays(date, 1)) if (sessionOn(date)) dates.push(date)
  return dates
}

const BAR_MS = 300_000

/**
 * The last price of each five-minute bar before the slot's own bar, which is added later. A bar lasts five minutes even
 * if slots are closer together.
 */
function fiveMinuteBars(metrics: readonly MarketMetricsRow[], slot: EpochMs): Bar[] {
  const barOf = (at: number) => Math.floor(at / BAR_MS)
  const priced = metrics.filter((row) => row.timestamp < barOf(slot) * BAR_MS)
  const last = new Map(priced.map((row) => [barOf(row.timestamp), row]))
  return [...last.values()].flatMap((row) =>
    row.underlying_price === null ? [] : [{ close: row.underlying_price, iv30: comparableIv30(row) }],
  )
}

/** The VIX of a slot from the ledger, for slots without stored figures. */
async function ledgerVix(
  lake: Lake,
  { date, symbol, slot }: { date: SessionDate; symbol: string; slot: EpochMs },
): Promise<number | null> {
  const reports = await ledger(lake, { date, symbol })
  return reports.find(({ timestamp }) => timestamp === slot)?.vix ?? null
}

/** The daily volatility of a row, for ranks; none where it has no volatility of a source that is ranked. */
export function observationOf({ date, source, iv30, definition_version }: ObservationRow): Observation[] {
  if (iv30 === null || (source !== 'chain' && source !== 'ib_index')) return []
  return [{ date: sessionDate(date), value: iv30, source, definitionVersion: definition_version }]
}

/** Daily closes with the volatility that the band of a trend follows: only of today's definitions. */
function dailyBarsOf(observed: readonly ObservationRow[]): Bar[] {
  const days = new Map<string, { close: number | null; iv30: number | null }>()
  for (const row of observed) {
    const { date, source, close } = row
    const day = days.get(date) ?? { close: null, iv30: null }
    if (source === 'chain') days.set(date, { close: day.close ?? close, iv30: comparableIv30(row) })
    // The VIX has its levels under `index`.
    if (source === 'ib_index' || source === 'index') days.set(date, { ...day, close: close ?? day.close })
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { close, iv30 }]) => (close === null ? [] : [{ close, iv30 }]))
}

/** Our own iv30; null where it follows other definitions than those of this program. */
function comparableIv30(row: Pick<MarketMetricsRow, 'iv30' | 'definition_version'>): number | null {
  return isOfThisVersion(row) ? row.iv30 : null
}

/** Whether the row has a price from before the close. Later prices are not bars of the session. */
function isIntraday({ timestamp, date, underlying_price }: MarketMetricsRow, sessionOn: SessionOn): boolean {
  const session = sessionOn(sessionDate(date))
  return underlying_price !== null && session !== null && timestamp < session.closeAt
}
