import { newYorkDate, newYorkInstant } from '../../market/calendar.ts'
import { addDays, type EpochMs, epochMs } from '../../market/units.ts'
import { PACED_BAR_SECONDS } from '../history-pacing.ts'
import type { Market, SimContract } from '../market/market.ts'
import { type Bar, type BarKind, DAY_SECONDS, type TimeSpan } from '../market/market.ts'
import { groupBars, groupStartAt, mergeBars } from './bar-groups.ts'
import type { BarSize } from './bar-size.ts'
import { type Duration, STOCK_EXCHANGE, startOf } from './duration.ts'

/** What bars are made of, and how they are cut. */
export interface BarSeries {
  readonly contract: SimContract
  readonly what: BarKind
  readonly size: BarSize
  /** Only the liquid hours; in all other markets than futures there are no other ones. */
  readonly regularHours: boolean
}

/** Calendar days that a market is asked for at once, so that no answer holds up the other clients. */
const DAYS_AT_ONCE = { intraday: 2, daily: 400, dailyOfFutures: 60 }
/** Interactive Brokers keeps bars of 30 seconds and shorter for six months. */
const SHORT_BARS_KEPT_MS = 183 * 86_400_000
/** Bars that are put together to the daily bar of an open session. */
const HOUR_SECONDS = 3_600

/** The span of a request; null when the market has nothing of that kind by its end. */
export function spanOf(
  market: Market,
  { contract, what, size, regularHours }: BarSeries,
  { duration, endAt, now }: { readonly duration: Duration; readonly endAt: EpochMs; readonly now: EpochMs },
): TimeSpan | null {
  const head = market.headTimestamp(contract, what)
  if (head === null) return null
  const kept = size.barSeconds <= PACED_BAR_SECONDS ? epochMs(now - SHORT_BARS_KEPT_MS) : head
  const earliest = kept > head ? kept : head
  if (earliest >= endAt) return null
  const sessions = market.sessions?.(contract, regularHours)
  const startAt = startOf(duration, { endAt, barSeconds: size.barSeconds, earliest, sessions })
  // A week or a month is whole, unless the history begins in it.
  const whole = size.group ? groupStartAt(startAt, size.group) : startAt
  return { startAt: whole > earliest ? whole : earliest, endAt }
}

/** The parts of a span that a market is asked for one after another. Each begins at midnight, so no bar is cut. */
export function partsOf({ startAt, endAt }: TimeSpan, { contract, size }: BarSeries): TimeSpan[] {
  const daily = contract.secType === 'FUT' ? DAYS_AT_ONCE.dailyOfFutures : DAYS_AT_ONCE.daily
  const days = size.barSeconds < DAY_SECONDS ? DAYS_AT_ONCE.intraday : daily
  const parts: TimeSpan[] = []
  let from = startAt
  while (from < endAt) {
    const next = newYorkInstant(addDays(newYorkDate(from), days), '00:00')
    parts.push({ startAt: from, endAt: next < endAt ? next : endAt })
    from = next
  }
  return parts
}

/** The bars of a series from those of its parts. */
export function joinBars(bars: readonly Bar[], { size }: BarSeries): Bar[] {
  return size.group ? groupBars(bars, size.group) : [...bars]
}

/** The bars since a time, the one that is still going on included: also the day, the week or the month of today. */
export function barsUntilNow(market: Market, series: BarSeries, span: TimeSpan): Bar[] {
  const { contract, what, size, regularHours } = series
  const { barSeconds, group } = size
  const startAt = group ? groupStartAt(span.startAt, group) : span.startAt
  const bars = [...market.bars(contract, what, { startAt, endAt: span.endAt, barSeconds, regularHours })]
  if (barSeconds < DAY_SECONDS) return bars
  const today = openSessionBar(market, series, span.endAt)
  return joinBars(today ? [...bars, today] : bars, series)
}

function openSessionBar(
  market: Market,
  { contract, what, regularHours }: BarSeries,
  now: EpochMs,
): Bar | null {
  const sessions = market.sessions?.(contract, regularHours) ?? STOCK_EXCHANGE
  const { startAt, endAt } = sessions.latest(now, false)
  if (endAt <= now) return null
  const hours = market.bars(contract, what, {
    startAt,
    endAt: now,
    barSeconds: HOUR_SECONDS,
    regularHours,
  })
  if (hours.length === 0) return null
  return { ...mergeBars(hours), startAt: newYorkInstant(newYorkDate(endAt), '09:30') }
}
