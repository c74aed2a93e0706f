import { BUY, SELL } from '../../../exchange/book/order.ts'
import type { SteppedMarket } from '../../../exchange/engine/market.ts'
import type { EpochMs } from '../../../market/units.ts'
import type { QuoteChange, Trade } from '../market.ts'

/** Kept: more than a session of seconds, and the latest ticks. The oldest tenth goes when a list is full. */
const MAX_SECONDS = 30_000
const MAX_TICKS = 200_000

/** First, highest, lowest and last value, dollars; the sum and the number of values give the mean. */
export interface Range {
  open: number
  high: number
  low: number
  close: number
  sum: number
  count: number
}

/** One second of the market; a range is null when there was no value in it. */
export interface TapeSecond {
  /** The whole second, ms since 1970. */
  readonly at: number
  trades: Range | null
  bid: Range | null
  ask: Range | null
  mid: Range | null
  /** Shares. */
  volume: number
  /** Dollars times shares. */
  turnover: number
}

/** What has been traded and quoted since the start. */
export interface Tape {
  readonly startAt: EpochMs
  /** When the last step was. */
  readonly lastAt: EpochMs
  readonly seconds: readonly TapeSecond[]
  readonly trades: readonly Trade[]
  readonly quoteChanges: readonly QuoteChange[]
  /** Shares traded since the start. */
  readonly volume: number
  /** Dollars; null before the first trade. */
  readonly lastPrice: number | null
  /** The last mid at or before a time, dollars; null before the start. */
  midAt(at: EpochMs): number | null
  /** Writes down the step that the market has just finished. */
  record(at: EpochMs): void
}

export function createTape(
  market: SteppedMarket,
  { startAt, exchange }: { startAt: EpochMs; exchange: string },
): Tape {
  const { tickSize } = market.scenario
  const dollars = (ticks: number) => Math.round(ticks * tickSize * 1e6) / 1e6
  const seconds: TapeSecond[] = []
  const trades: Trade[] = []
  const quoteChanges: QuoteChange[] = []
  let lastAt = startAt
  let volume = 0
  let lastPrice: number | null = null

  function secondAt(at: number): TapeSecond {
    const second = Math.floor(at / 1_000) * 1_000
    const last = seconds.at(-1)
    if (last?.at === second) return last
    const next: TapeSecond = {
      at: second,
      trades: null,
      bid: null,
      ask: null,
      mid: null,
      volume: 0,
      turnover: 0,
    }
    keep(seconds, next, MAX_SECONDS)
    return next
  }

  function recordQuote(at: EpochMs, second: TapeSecond): void {
    const [bidTicks, askTicks] = [market.book.bestBid, market.book.bestAsk]
    const bid = bidTicks === null ? null : dollars(bidTicks)
    const ask = askTicks === null ? null : dollars(askTicks)
    const bidSize = bidTicks === null ? null : market.book.depth(BUY, 1)
    const askSize = askTicks === null ? null : market.book.depth(SELL, 1)
    if (bid !== null) second.bid = extended(second.bid, bid)
    if (ask !== null) second.ask = extended(second.ask, ask)
    if (bid !== null && ask !== null) second.mid = extended(second.mid, (bid + ask) / 2)
    const before = quoteChanges.at(-1)
    const isSame =
      before?.bid === bid && before.ask === ask && before.bidSize === bidSize && before.askSize === askSize
    if (!isSame) keep(quoteChanges, { at, bid, bidSize, ask, askSize }, MAX_TICKS)
  }

  const tape: Tape = {
    startAt,
    seconds,
    trades,
    quoteChanges,
    get lastAt() {
      return lastAt
    },
    get volume() {
      return volume
    },
    get lastPrice() {
      return lastPrice
    },
    midAt: (at) => {
      for (let index = firstAfter(seconds, at) - 1; index >= 0; index--) {
        const mid = seconds[index]?.mid
        if (mid) return mid.close
      }
      return null
    },
    record: (at) => {
      lastAt = at
      const second = secondAt(at)
      for (const trade of market.trades) {
        const price = dollars(trade.price)
        keep(trades, { at, price, size: trade.quantity, exchange }, MAX_TICKS)
        second.trades = extended(second.trades, price)
        second.volume += trade.quantity
        second.turnover += price * trade.quantity
        volume += trade.quantity
        lastPrice = price
      }
      recordQuote(at, second)
    },
  }
  tape.record(startAt)
  return tape
}

/** The index of the first entry later than a time, in a list in order of time. */
export function firstAfter(list: readonly { readonly at: number }[], at: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.at ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

export function extended(range: Range | null, value: number): Range {
  if (range === null) return { open: value, high: value, low: value, close: value, sum: value, count: 1 }
  range.high = Math.max(range.high, value)
  range.low = Math.min(range.low, value)
  range.close = value
  range.sum += value
  range.count++
  return range
}

function keep<T>(list: T[], entry: T, limit: number): void {
  if (list.length >= limit) list.splice(0, Math.ceil(limit / 10))
  list.push(entry)
}
