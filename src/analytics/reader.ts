import type { Lake } from '../lake/open.ts'
import { chainAsOf, latestChain } from '../lake/query.ts'
import { ledger } from '../lake/slots-table.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../lake/tables.ts'
import { readRows } from '../lake/tables-read.ts'
import { newYorkDate, sessionOn, sessionsBetween } from '../market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../market/units.ts'
import type { MetricsRow } from '../snapshot/metrics.ts'
import type { ObservationRow } from '../snapshot/observations.ts'
import type { Carry } from './carry.ts'
import { type MetricsInput, type SlotMetrics, slotMetrics } from './metrics.ts'
import { type Observation, RANK_WINDOWS, reachBack } from './rank.ts'
import type { Bar } from './trend.ts'

/** What a slot's figures need of the time before it. */
export type MetricsHistory = Pick<MetricsInput, 'history' | 'sessions' | 'dailyBars' | 'intradayBars'>

/** A stored slot's figures, newly computed. */
export interface MarketData extends SlotMetrics {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
}

/** Days of `market_metrics` that surely hold 252 five-minute bars: four sessions and the longest closures. */
const INTRADAY_DAYS = 14

/**
 * The figures of the newest slot at or before `at`, or of the newest of all, from the stored chain, its ledger entry and
 * the history before it: the same numbers that were stored when the slot was taken. Null where the symbol has no
 * slot. @throws Failure EXIT.io when the lake cannot be read.
 */
export async function marketData(
  lake: Lake,
  symbol: string,
  { carry, at }: { readonly carry: Carry; readonly at?: EpochMs },
): Promise<MarketData | null> {
  const rows =
    at === undefined
      ? await latestChain(lake, symbol, { columns: COLUMNS })
      : await chainAsOf(lake, symbol, { at, columns: COLUMNS })
  const first = rows[0]
  if (!first) return null
  const slot = epochMs(first.timestamp)
  const date = newYorkDate(slot)
  const past = await readHistory(lake, symbol, slot)
  const received = await readReceived(lake, symbol, slot)
  const metrics = slotMetrics({ slot, date, rows, carry, ...received, ...past })
  return { symbol, slot, date, ...metrics }
}

const COLUMNS = [
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
] as const

/**
 * Daily volatilities and closes of the year before a slot and five-minute prices of the days before it; empty where
 * nothing is stored. A close is that of IB's daily bars where they have one, else the last price that we saw.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function readHistory(lake: Lake, symbol: string, slot: EpochMs): Promise<MetricsHistory> {
  const date = newYorkDate(slot)
  const from = reachBack(date, Math.max(...RANK_WINDOWS))
  const observed = await readRows(lake, DAILY_OBSERVATIONS, { symbol, from, to: addDays(date, -1) })
  const stored = await readRows(lake, MARKET_METRICS, {
    symbol,
    from: addDays(date, -INTRADAY_DAYS),
    to: date,
  })
  return {
    sessions: sessionsBetween(from, date).map((session) => session.date),
    history: observed.flatMap(observationOf),
    dailyBars: dailyBarsOf(observed),
    intradayBars: stored.filter(({ timestamp }) => timestamp < slot).flatMap(intradayBarOf),
  }
}

/** What the gateway said of a slot beside its rows. */
async function readReceived(
  lake: Lake,
  symbol: string,
  slot: EpochMs,
): Promise<Pick<MetricsInput, 'vix' | 'ivIndexFraction'>> {
  const date = newYorkDate(slot)
  const reports = await ledger(lake, { date, symbol })
  const stored = await readRows(lake, MARKET_METRICS, { symbol, from: date, to: date })
  return {
    vix: reports.find(({ timestamp }) => timestamp === slot)?.vix ?? null,
    ivIndexFraction: stored.find(({ timestamp }) => timestamp === slot)?.iv30_ib_index ?? null,
  }
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

/** Prices after the close of the underlying are no bars of its session. */
function intradayBarOf({ timestamp, date, underlying_price: close, iv30 }: MetricsRow): Bar[] {
  const session = sessionOn(sessionDate(date))
  return close === null || !session || timestamp >= session.closeAt ? [] : [{ close, iv30 }]
}
