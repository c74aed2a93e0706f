import { newYorkDate, newYorkInstant, type TradingSession } from '../../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { type BarsRequest, DAY_SECONDS, type TimeSpan } from '../market.ts'

/** One bar of a session: its first and its last second since the open, both included. */
export interface BarSlice {
  readonly startAt: EpochMs
  readonly first: number
  readonly last: number
}

/** A part of a session whose values are known second by second, and the second of its last value. */
export interface TradedSession {
  readonly openAt: EpochMs
  /** Seconds from the open to the close. */
  readonly length: number
  /** `length` when the closing price is a value of its own, which belongs to the last bar; else a second earlier. */
  readonly lastSecond: number
}

/** A session of the stock exchange, with its closing price. */
export function stockSession({ openAt, closeAt }: TradingSession): TradedSession {
  const length = Math.round((closeAt - openAt) / 1_000)
  return { openAt, length, lastSecond: length }
}

/**
 * The bars of a session: they begin at multiples of the length since midnight in New York, and the first at the open.
 * One that begins before the span is left out; the last holds the seconds that have begun before the end of the span. A
 * daily bar is a whole session.
 */
export function slicesOf(session: TradedSession, request: BarsRequest): BarSlice[] {
  const { barSeconds } = request
  const { length, lastSecond } = session
  if (barSeconds === DAY_SECONDS) {
    const isWhole = request.startAt <= session.openAt && timeOf(session, length) <= request.endAt
    return isWhole ? [{ startAt: session.openAt, first: 0, last: lastSecond }] : []
  }
  const known = secondsKnown(session, request)
  const midnight = newYorkInstant(newYorkDate(session.openAt), '00:00')
  const sinceMidnight = Math.round((session.openAt - midnight) / 1_000)
  const slices: BarSlice[] = []
  let first = 0
  while (first < length && first <= known) {
    const next = (Math.floor((sinceMidnight + first) / barSeconds) + 1) * barSeconds - sinceMidnight
    const last = next >= length ? lastSecond : next - 1
    const startAt = timeOf(session, first)
    if (startAt >= request.startAt) slices.push({ startAt, first, last: Math.min(last, known) })
    first = next
  }
  return slices
}

/** The last second with a value before the end of the span; −1 when there is none. */
function secondsKnown({ openAt, length, lastSecond }: TradedSession, { endAt }: TimeSpan): number {
  const elapsed = (endAt - openAt) / 1_000
  return elapsed >= length ? lastSecond : Math.min(lastSecond, Math.ceil(elapsed) - 1)
}

/** The seconds of a session within a span, first and last included; null when there are none. */
export function secondsWithin(
  session: TradedSession,
  span: TimeSpan,
): { first: number; last: number } | null {
  const first = Math.max(0, Math.ceil((span.startAt - session.openAt) / 1_000))
  const last = Math.min(session.lastSecond, Math.ceil((span.endAt - session.openAt) / 1_000) - 1)
  return first <= last ? { first, last } : null
}

export function timeOf({ openAt }: TradedSession, second: number): EpochMs {
  return epochMs(openAt + second * 1_000)
}

/** Open, high, low and close of the seconds of a slice. */
export function pricesIn(
  values: Float64Array,
  { first, last }: BarSlice,
): { open: number; high: number; low: number; close: number } {
  let high = values[first] as number
  let low = high
  for (let second = first + 1; second <= last; second++) {
    const value = values[second] as number
    if (value > high) high = value
    else if (value < low) low = value
  }
  return { open: values[first] as number, high, low, close: values[last] as number }
}

export function meanIn(values: Float64Array, { first, last }: BarSlice): number {
  let sum = 0
  for (let second = first; second <= last; second++) sum += values[second] as number
  return sum / (last - first + 1)
}
