import { newYorkInstant, nextSessionAfter, sessionOn, type TradingSession } from '../../../market/calendar.ts'
import { type EpochMs, type ExpiryDate, epochMs, expiryToDate } from '../../../market/units.ts'
import {
  type Bar,
  type BarKind,
  type BarsRequest,
  DAY_SECONDS,
  type QuoteChange,
  type TimeSpan,
  type Trade,
} from '../market.ts'
import { type BarSlice, secondsWithin, slicesOf, type TradedSession, timeOf } from './bar-slices.ts'
import {
  factsOf,
  type Listed,
  type OptionQuoteInputs,
  priceAt,
  SIZE_SECONDS,
  touchAt,
  tradePrice,
  volumeAt,
} from './option-quote.ts'
import { momentIn } from './path.ts'
import { sessionsOf } from './stock-history.ts'
import { WALK_STARTS } from './walk.ts'

const MINUTE = 60

/** Inputs for the history of options: those of their quotes, and the latest days of quotes. */
export interface OptionHistoryInputs extends OptionQuoteInputs {
  readonly days: Map<string, DayQuotes>
}

/**
 * Bars of an option, up to eight hours long; Interactive Brokers has no daily bars of options. Quotes are those of every
 * fifth second. A bar of trades is left out when there was none.
 */
export function optionBars(
  inputs: OptionHistoryInputs,
  listed: Listed,
  { what, request }: { what: BarKind; request: BarsRequest },
): Bar[] {
  if (request.barSeconds === DAY_SECONDS) return []
  if (what === 'TRADES') return tradeBars(inputs, listed, request)
  if (what === 'OPTION_IMPLIED_VOLATILITY' || what === 'HISTORICAL_VOLATILITY') return []
  return sessionsListed(listed, request).flatMap((session) => {
    const slices = slicesOf(optionSession(session, listed), request)
    const latest = slices.at(-1)
    if (!latest) return []
    const day = quotesUntil(inputs, listed, { session, last: latest.last })
    return slices.flatMap((slice) => quoteBar(day, what, slice) ?? [])
  })
}

/** The trades of an option, each of one contract, at the second in which the volume of its quote rises. */
export function optionTrades(inputs: OptionQuoteInputs, listed: Listed, span: TimeSpan): Trade[] {
  return sessionsListed(listed, span).flatMap((session) => {
    const traded = optionSession(session, listed)
    const within = secondsWithin(traded, span)
    if (!within) return []
    return tradesOf(inputs, listed, { session, ...within }).map(({ second, price }) => ({
      ...{ at: timeOf(traded, second), price, size: 1, exchange: '' },
    }))
  })
}

/** The quotes of an option, every fifth second. */
export function optionQuoteChanges(inputs: OptionQuoteInputs, listed: Listed, span: TimeSpan): QuoteChange[] {
  return sessionsListed(listed, span).flatMap((session) => {
    const traded = optionSession(session, listed)
    const within = secondsWithin(traded, span)
    if (!within) return []
    const changes: QuoteChange[] = []
    const first = Math.ceil(within.first / SIZE_SECONDS) * SIZE_SECONDS
    for (let second = first; second <= within.last; second += SIZE_SECONDS) {
      const at = timeOf(traded, second)
      const touch = touchAt(inputs, listed, momentIn(session, at))
      if (touch) changes.push({ at, ...touch })
    }
    return changes
  })
}

/** The open of the first session in which the option's expiration was listed. */
export function optionHead({ contract, terms }: Listed): EpochMs | null {
  const expiry = expiryToDate(contract.expiry as ExpiryDate)
  const listedFrom = terms.listedFrom(contract)
  const from = listedFrom < WALK_STARTS ? WALK_STARTS : listedFrom
  const session = sessionOn(from) ?? nextSessionAfter(newYorkInstant(from, '00:00'))
  return session.date <= expiry ? session.openAt : null
}

function sessionsListed(listed: Listed, span: TimeSpan): TradingSession[] {
  const head = optionHead(listed)
  const expiry = expiryToDate(listed.contract.expiry as ExpiryDate)
  return head === null ? [] : sessionsOf(span).filter(({ openAt, date }) => head <= openAt && date <= expiry)
}

/** The session of an option; it ends with its last quote. */
function optionSession(session: TradingSession, { contract, terms }: Listed): TradedSession {
  const closeAt = terms.closeAt(contract, session)
  const length = Math.round((closeAt - session.openAt) / 1_000)
  return { openAt: session.openAt, length, lastSecond: length - 1 }
}

/** Quotes of a session, one for every five seconds: bid (NaN: none) and ask. */
export interface DayQuotes {
  readonly bids: Float64Array
  readonly asks: Float64Array
}

/** Days of quotes that are kept, 75 kB each. */
const DAYS_CACHED = 100

/** The quotes of a session up to a second. What is cached is extended. */
function quotesUntil(
  inputs: OptionHistoryInputs,
  listed: Listed,
  { session, last }: { session: TradingSession; last: number },
): DayQuotes {
  const { days } = inputs
  const key = `${listed.contract.conId} ${session.date}`
  const count = Math.floor(last / SIZE_SECONDS) + 1
  const known = days.get(key)
  if (known && known.asks.length >= count) return known
  const day = { bids: new Float64Array(count), asks: new Float64Array(count) }
  if (known) {
    day.bids.set(known.bids)
    day.asks.set(known.asks)
  }
  for (let index = known?.asks.length ?? 0; index < count; index++) {
    const at = epochMs(session.openAt + index * SIZE_SECONDS * 1_000)
    const touch = touchAt(inputs, listed, momentIn(session, at))
    day.bids[index] = touch?.bid ?? Number.NaN
    day.asks[index] = touch?.ask ?? Number.NaN
  }
  if (!known && days.size >= DAYS_CACHED) days.delete(days.keys().next().value as string)
  days.set(key, day)
  return day
}

/** The bar of a slice; null when the side that it is made of was never quoted in it. */
function quoteBar(day: DayQuotes, what: BarKind, { startAt, first, last }: BarSlice): Bar | null {
  const range = { from: Math.floor(first / SIZE_SECONDS), to: Math.floor(last / SIZE_SECONDS) }
  const bid = summaryOf(range, (index) => day.bids[index] as number)
  const ask = summaryOf(range, (index) => day.asks[index] as number)
  const rest = { startAt, volume: null, averagePrice: null, tradeCount: null }
  if (what === 'ASK') return ask && { ...rest, ...pricesOnly(ask) }
  if (!bid || !ask) return null
  if (what === 'BID') return { ...rest, ...pricesOnly(bid) }
  if (what === 'BID_ASK') {
    return { ...rest, open: rounded(bid.mean), high: ask.high, low: bid.low, close: rounded(ask.mean) }
  }
  const mid = summaryOf(range, (index) =>
    rounded(((day.bids[index] as number) + (day.asks[index] as number)) / 2),
  )
  return mid && { ...rest, ...pricesOnly(mid) }
}

interface Summary {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly mean: number
}

/** Of the values that are numbers; null when none is. */
function summaryOf(
  { from, to }: { from: number; to: number },
  valueAt: (index: number) => number,
): Summary | null {
  const values: number[] = []
  for (let index = from; index <= to; index++) {
    const value = valueAt(index)
    if (!Number.isNaN(value)) values.push(value)
  }
  const [open] = values
  if (open === undefined) return null
  return {
    open,
    high: Math.max(...values),
    low: Math.min(...values),
    close: values.at(-1) as number,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  }
}

function pricesOnly({ open, high, low, close }: Summary) {
  return { open, high, low, close }
}

function rounded(price: number): number {
  return Math.round(price * 1e4) / 1e4
}

interface NumberedTrade {
  readonly second: number
  readonly price: number
}

/** The trades of some seconds of a session, in order. */
function tradesOf(
  inputs: OptionQuoteInputs,
  listed: Listed,
  { session, first, last }: { session: TradingSession; first: number; last: number },
): NumberedTrade[] {
  const facts = factsOf(inputs, listed, momentIn(session, session.openAt))
  const length = Math.round((session.closeAt - session.openAt) / 1_000)
  const until = (second: number) => volumeAt(facts, Math.min(1, second / length))
  const models = new Map<number, number>()
  const modelAt = (second: number) => {
    const price = models.get(second) ?? priceAt(inputs, listed, { session, second })
    models.set(second, price)
    return price
  }
  const trades: NumberedTrade[] = []
  let volume = first === 0 ? 0 : until(first - 1)
  for (let second = first; second <= last; second++) {
    const total = until(second)
    while (volume < total) {
      volume++
      const tradedAt = Math.min(second, Math.max(0, (volume - facts.phase) / facts.dailyVolume) * length)
      const model = modelAt(Math.floor(tradedAt / MINUTE) * MINUTE)
      trades.push({ second, price: tradePrice(inputs, { ...listed, volume }, model) })
    }
  }
  return trades
}

function tradeBars(inputs: OptionQuoteInputs, listed: Listed, request: BarsRequest): Bar[] {
  return sessionsListed(listed, request).flatMap((session) => {
    const slices = slicesOf(optionSession(session, listed), request)
    const [earliest] = slices
    const latest = slices.at(-1)
    if (!earliest || !latest) return []
    const trades = tradesOf(inputs, listed, { session, first: earliest.first, last: latest.last })
    let next = 0
    return slices.flatMap(({ startAt, last }) => {
      const prices: number[] = []
      for (let trade = trades[next]; trade && trade.second <= last; trade = trades[++next]) {
        prices.push(trade.price)
      }
      return prices.length === 0 ? [] : tradeBar(startAt, prices)
    })
  })
}

function tradeBar(startAt: EpochMs, prices: readonly number[]): Bar {
  return {
    startAt,
    open: prices[0] as number,
    high: prices.reduce((high, price) => Math.max(high, price)),
    low: prices.reduce((low, price) => Math.min(low, price)),
    close: prices.at(-1) as number,
    volume: prices.length,
    averagePrice: rounded(prices.reduce((sum, price) => sum + price, 0) / prices.length),
    tradeCount: prices.length,
  }
}
