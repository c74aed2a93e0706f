import { midPrice } from '../harvest/underlying-streams.ts'
import { applyTick, type DataType, emptyQuote, type Quote, type Tick } from '../market/quote.ts'
import { type ConId, type EpochMs, type ExpiryDate, epochMs } from '../market/units.ts'
import { BAR_MS, type PriceBasis, type UnderlyingBarRow } from '../snapshot/underlying-bars.ts'
import type { BarDay } from './bar-day.ts'

/** What a series of bars is of. */
export interface BarInstrument {
  readonly symbol: string
  readonly kind: 'STK' | 'IND' | 'FUT'
  readonly conId: ConId
  /** Last trading day of a future. */
  readonly expiry: ExpiryDate | null
}

/** One reading of both clocks. */
export interface Moment {
  readonly at: EpochMs
  readonly steadyMs: number
}

/** The bars of one instrument in memory: those of the last intervals, and those that are not stored yet. */
export interface BarSeries {
  readonly instrument: BarInstrument
  /** The stream was opened: what it sends first is the state of before, which no bar counts. */
  opened(now: Moment): void
  /** An outage of the open stream is over: what comes first is the state of before, too. */
  resumed(now: Moment): void
  /** One tick of the stream. Returns false for one that came too late for any bar. */
  tick(tick: Tick, at: EpochMs): boolean
  /** The gateway has sent something: up to now the open stream had no outage. */
  heard(now: Moment): void
  /** The stream was closed, or no data can come: what was not heard of until now counts as not covered. */
  lost(): void
  /**
   * Bars that have changed since they were last taken and ended by this time, oldest first. With Infinity also those that
   * have not ended.
   */
  takeChanged(endedBy: number): UnderlyingBarRow[]
  /** The same bars are changed again: they could not be stored. */
  putBack(rows: readonly UnderlyingBarRow[]): void
  /**
   * Forgets bars that are taken and older than late prices can be, those of a future that the clock has since left, and
   * the oldest of too many. Returns how many were never taken.
   */
  forget(now: EpochMs): number
  /** Intervals in memory. */
  size(): number
  /** When the last price came that a bar took; null before the first. */
  lastPriceAt(): EpochMs | null
}

interface Prices {
  open: number
  high: number
  low: number
  close: number
  ticks: number
  firstAt: EpochMs
  lastAt: EpochMs
  dataType: DataType | null
}

interface Interval {
  /** Trades, or levels of an index. */
  last: Prices | null
  mid: Prices | null
  coveredMs: number
  isChanged: boolean
}

/** Prices of these kinds are those of an earlier time. */
const FROZEN: ReadonlySet<DataType | undefined> = new Set<DataType | undefined>(['frozen', 'delayed_frozen'])
/** How long a bar stays in memory after its end, for late prices; ms. */
const KEPT_MS = 2 * BAR_MS
/** Most intervals in memory, those that wait to be stored included: two days. */
const MAX_INTERVALS = 576
/** If the two clocks have advanced by amounts further apart than this, the wall clock was set; ms. */
const CLOCK_STEP_MS = 1_000

/**
 * Makes bars from ticks. Reads no clock. A price belongs to the interval that holds its time, which is that of its
 * arrival; one that arrives at the end of an interval belongs to the next. Prices may come in any order of time: of
 * several in one millisecond the last to arrive is the later. `dayOf` gives the day of a bar, null for a time that no
 * session is known for.
 *
 * A bar is of trades (of an index: of levels) if one came, else of midpoints. Outside the session only trades make bars:
 * quotes and levels are repeated there.
 */
export function createBarSeries(
  instrument: BarInstrument,
  dayOf: (startAt: EpochMs) => BarDay | null,
): BarSeries {
  const intervals = new Map<number, Interval>()
  let quote: Quote = emptyQuote()
  /** Whether the stream has sent a trade since it was opened: the first is the state of before. */
  let hasLast = false
  /** When both sides were there for the first time: that midpoint is the state of before. */
  let firstMidAt: EpochMs | null = null
  /** The midpoint of the newest millisecond: bid and ask arrive one after the other. */
  let pendingMid: { readonly price: number; readonly at: EpochMs } | null = null
  let heardAt: Moment | null = null
  let lastPriceAt: EpochMs | null = null
  /** Intervals before it were forgotten. */
  let horizonAt = Number.NEGATIVE_INFINITY

  function intervalOf(at: number): Interval {
    const startAt = startOf(at)
    const known = intervals.get(startAt)
    if (known) return known
    const made: Interval = { last: null, mid: null, coveredMs: 0, isChanged: false }
    intervals.set(startAt, made)
    return made
  }

  function forgetState(): void {
    commitMid()
    hasLast = false
    firstMidAt = null
    const { dataType } = quote
    quote = { ...emptyQuote(), dataType }
  }

  function addPrice(of: 'last' | 'mid', price: number, at: EpochMs): void {
    const { dataType } = quote
    if (FROZEN.has(dataType)) return
    const day = dayOf(startOf(at))
    if (day === null) return
    if (day.session !== 'regular' && (of === 'mid' || instrument.kind === 'IND')) return
    const interval = intervalOf(at)
    const before = interval[of]
    const after = withPrice(before, { price, at, dataType: dataType ?? null })
    if (after === null) return
    interval[of] = after
    // Midpoints of a bar that has trades are not stored.
    if (of === 'last' || interval.last === null) interval.isChanged = true
    if (lastPriceAt === null || at > lastPriceAt) lastPriceAt = at
  }

  function commitMid(): void {
    if (pendingMid === null) return
    const { price, at } = pendingMid
    pendingMid = null
    addPrice('mid', price, at)
  }

  function onLast(value: number | null, at: EpochMs): void {
    if (value === null || !(value > 0)) return
    if (hasLast) addPrice('last', value, at)
    hasLast = true
  }

  function onSide(at: EpochMs): void {
    const price = midPrice(quote)
    if (price === null) return
    firstMidAt ??= at
    if (at !== firstMidAt) pendingMid = { price, at }
  }

  function cover(fromMs: number, toMs: number): void {
    for (let at = fromMs; at < toMs; ) {
      const endMs = Math.min(toMs, startOf(at) + BAR_MS)
      const interval = intervalOf(at)
      if (interval.coveredMs < BAR_MS) {
        interval.coveredMs = Math.min(BAR_MS, interval.coveredMs + endMs - at)
        if (interval.last !== null || interval.mid !== null) interval.isChanged = true
      }
      at = endMs
    }
  }

  function rowOf(startAt: number, interval: Interval): UnderlyingBarRow | null {
    const prices = interval.last ?? interval.mid
    const day = dayOf(epochMs(startAt))
    if (prices === null || day === null) return null
    const { symbol, kind, conId, expiry } = instrument
    const basis: PriceBasis = interval.last === null ? 'mid' : kind === 'IND' ? 'level' : 'trade'
    return {
      ...{ timestamp: startAt, symbol, con_id: conId, kind, expiry, date: day.date },
      ...{ open: prices.open, high: prices.high, low: prices.low, close: prices.close },
      ...{ ticks: prices.ticks, price_basis: basis, session: day.session },
      coverage_seconds: interval.coveredMs / 1_000,
      ...{ data_type: prices.dataType, first_at: prices.firstAt, last_at: prices.lastAt },
    }
  }

  return {
    instrument,
    opened: (now) => {
      forgetState()
      quote.dataType = undefined
      heardAt = now
    },
    resumed: (now) => {
      forgetState()
      heardAt = now
    },
    tick: (tick, at) => {
      if (pendingMid !== null && pendingMid.at !== at) commitMid()
      if (tick.field === 'dataType') {
        // The state follows in the new kind of data.
        if (quote.dataType !== undefined && quote.dataType !== tick.dataType) forgetState()
        quote.dataType = tick.dataType
        return true
      }
      if (at < horizonAt) return false
      applyTick(quote, tick, at)
      if (tick.field === 'last') onLast(tick.value, at)
      else if (tick.field === 'bid' || tick.field === 'ask') onSide(at)
      return true
    },
    heard: (now) => {
      if (heardAt === null) return
      const wallMs = now.at - heardAt.at
      const steadyMs = Math.max(0, now.steadyMs - heardAt.steadyMs)
      // Where the wall clock was set, the time since the last tick is counted back from now.
      const spanMs = Math.abs(wallMs - steadyMs) > CLOCK_STEP_MS ? steadyMs : Math.max(0, wallMs)
      heardAt = now
      cover(Math.max(Math.floor(now.at - spanMs), horizonAt), now.at)
    },
    lost: () => {
      forgetState()
      heardAt = null
    },
    takeChanged: (endedBy) => {
      if (pendingMid !== null && startOf(pendingMid.at) + BAR_MS <= endedBy) commitMid()
      const rows: UnderlyingBarRow[] = []
      for (const [startAt, interval] of intervals) {
        if (!interval.isChanged || startAt + BAR_MS > endedBy) continue
        const row = rowOf(startAt, interval)
        if (row === null) continue
        interval.isChanged = false
        rows.push(row)
      }
      return rows.sort((a, b) => a.timestamp - b.timestamp)
    },
    putBack: (rows) => {
      for (const { timestamp } of rows) {
        const interval = intervals.get(timestamp)
        if (interval) interval.isChanged = true
      }
    },
    forget: (now) => {
      horizonAt = startOf(now - KEPT_MS)
      let lost = 0
      for (const [startAt, interval] of intervals) {
        const isOld = startAt < horizonAt && !interval.isChanged
        const isFuture = startAt > now + BAR_MS
        if (!isOld && !isFuture && intervals.size <= MAX_INTERVALS) continue
        intervals.delete(startAt)
        if (interval.isChanged) lost += 1
      }
      return lost
    },
    size: () => intervals.size,
    lastPriceAt: () => lastPriceAt,
  }
}

/** The start of the interval that holds a time. */
export function startOf(at: number): EpochMs {
  return epochMs(Math.floor(at / BAR_MS) * BAR_MS)
}

/** The prices with one more; null if it is of a worse kind of data than they are. Replaces those of a worse kind. */
function withPrice(
  before: Prices | null,
  { price, at, dataType }: { price: number; at: EpochMs; dataType: DataType | null },
): Prices | null {
  const first: Prices = {
    ...{ open: price, high: price, low: price, close: price, ticks: 1, dataType },
    ...{ firstAt: at, lastAt: at },
  }
  if (before === null) return first
  const difference = rankOf(dataType) - rankOf(before.dataType)
  if (difference !== 0) return difference > 0 ? first : null
  return {
    open: at < before.firstAt ? price : before.open,
    high: Math.max(before.high, price),
    low: Math.min(before.low, price),
    close: at >= before.lastAt ? price : before.close,
    ticks: before.ticks + 1,
    firstAt: at < before.firstAt ? at : before.firstAt,
    lastAt: at >= before.lastAt ? at : before.lastAt,
    dataType: dataType ?? before.dataType,
  }
}

/** Delayed prices are those of a quarter of an hour ago: they never mix with others in one bar. */
function rankOf(dataType: DataType | null): number {
  return dataType === 'delayed' ? 0 : 1
}
