import type { Lake } from '../../lake/open.ts'
import { chainAsOf, latestChain } from '../../lake/query/chains.ts'
import { ledger } from '../../lake/tables/ledger.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { newYorkDate, sessionOn, sessionsBetween } from '../../market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../snapshot/market-metrics.ts'
import type { Carry } from '../carry.ts'
import { type Observation, reachBack } from '../ranks/rank.ts'
import { LONGEST_WINDOW } from '../ranks/rank-figures.ts'
import { type SlotMetrics, type SlotMetricsInput, slotMetrics } from '../slot-metrics.ts'
import type { Bar } from '../trend.ts'

/** What a slot's figures need from the time before it. */
type SlotHistory = Pick<SlotMetricsInput, 'history' | 'sessions' | 'dailyBars' | 'intradayBars'>

/** A stored slot's figures, computed again. */
export interface MarketData extends SlotMetrics {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
}

/** What is stored from the time before a slot, of one symbol or of all. */
export interface StoredPast {
  /** Observations of the sessions before. */
  readonly observed: readonly ObservationRow[]
  /** Figures of the slots before, and of that day. */
  readonly metrics: readonly MarketMetricsRow[]
}

/** Calendar days that always contain 252 five-minute bars: four sessions and the longest closures. */
const INTRADAY_DAYS = 14

/** The columns that figures are computed from. */
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
] as const

/**
 * The figures of the newest slot at or before `at`, or of the newest of all, from the stored chain, its ledger entry and
 * the history before it: the same numbers that were stored with the slot. Null where the symbol has no slot.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function marketData(
  lake: Lake,
  symbol: string,
  { carry, at }: { readonly carry: Carry; readonly at?: EpochMs },
): Promise<MarketData | null> {
  const rows =
    at === undefined
      ? await latestChain(lake, symbol, { columns: FIGURE_COLUMNS })
      : await chainAsOf(lake, symbol, { at, columns: FIGURE_COLUMNS })
  const first = rows[0]
  if (!first) return null
  const slot = epochMs(first.timestamp)
  const date = newYorkDate(slot)
  const past = await readPast(lake, date, symbol)
  const stored = past.metrics.find(({ timestamp }) => timestamp === slot)
  const vix = stored ? stored.vix : await ledgerVix(lake, { date, symbol, slot })
  const received = { vix, ivIndexFraction: stored?.iv30_ib_index ?? null }
  const metrics = slotMetrics({ slot, date, rows, carry, ...received, ...historyAt(past, symbol, slot) })
  return { symbol, slot, date, ...metrics }
}

/** What is stored from the time before the slots of a date. @throws Failure EXIT.io when the lake cannot be read. */
export async function readPast(lake: Lake, date: SessionDate, symbol?: string): Promise<StoredPast> {
  const only = symbol === undefined ? {} : { symbol }
  const from = reachBack(date, LONGEST_WINDOW)
  return {
    observed: await readRows(lake, DAILY_OBSERVATIONS, { ...only, from, to: addDays(date, -1) }),
    metrics: await readRows(lake, MARKET_METRICS, {
      ...only,
      from: addDays(date, -INTRADAY_DAYS),
      to: date,
    }),
  }
}

/**
 * The history of one symbol's slot: daily volatilities and closes of the year before it, five-minute prices of the days
 * before it. A close is that of IB's daily bars where they have one, else the last price of our slots. Pure.
 */
export function historyAt({ observed, metrics }: StoredPast, symbol: string, slot: EpochMs): SlotHistory {
  const date = newYorkDate(slot)
  const own = observed.filter((row) => row.symbol === symbol && row.date < date)
  return {
    sessions: sessionsBetween(reachBack(date, LONGEST_WINDOW), date).map((session) => session.date),
    history: own.flatMap(observationOf),
    dailyBars: dailyBarsOf(own),
    intradayBars: fiveMinuteBars(
      metrics.filter((row) => row.symbol === symbol && row.timestamp < slot),
      slot,
    ),
  }
}

const BAR_MS = 300_000

/**
 * The last price of every five minutes before the slot's own, whose price is added later. A bar is five minutes even where
 * slots are closer together.
 */
function fiveMinuteBars(metrics: readonly MarketMetricsRow[], slot: EpochMs): Bar[] {
  const barOf = (at: number) => Math.floor(at / BAR_MS)
  const priced = metrics.filter((row) => row.timestamp < barOf(slot) * BAR_MS && isIntraday(row))
  const last = new Map(priced.map((row) => [barOf(row.timestamp), row]))
  return [...last.values()].flatMap(({ underlying_price: close, iv30 }) =>
    close === null ? [] : [{ close, iv30 }],
  )
}

/** The cycle's VIX from the ledger, for a slot whose figures were not stored. */
async function ledgerVix(
  lake: Lake,
  { date, symbol, slot }: { date: SessionDate; symbol: string; slot: EpochMs },
): Promise<number | null> {
  const reports = await ledger(lake, { date, symbol })
  return reports.find(({ timestamp }) => timestamp === slot)?.vix ?? null
}

function observationOf({ date, source, iv30 }: ObservationRow): Observation[] {
  if (iv30 === null || (source !== 'chain' && source !== 'ib_index')) return []
  return [{ date: sessionDate(date), value: iv30, source }]
}

function dailyBarsOf(observed: readonly ObservationRow[]): Bar[] {
  const days = new Map<string, { close: number | null; iv30: number | null }>()
  for (const { date, source, close, iv30 } of observed) {
    const day = days.get(date) ?? { close: null, iv30: null }
    if (source === 'chain') days.set(date, { close: day.close ?? close, iv30 })
    if (source === 'ib_index') days.set(date, { ...day, close: close ?? day.close })
  }
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { close, iv30 }]) => (close === null ? [] : [{ close, iv30 }]))
}

/** Prices after the close of the underlying are not bars of its session. */
function isIntraday({ timestamp, date, underlying_price }: MarketMetricsRow): boolean {
  const session = sessionOn(sessionDate(date))
  return underlying_price !== null && session !== null && timestamp < session.closeAt
}
