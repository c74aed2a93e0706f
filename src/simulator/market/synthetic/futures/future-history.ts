import { newYorkInstant } from '../../../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../../../market/units.ts'
import {
  type Bar,
  type BarKind,
  type BarsRequest,
  DAY_SECONDS,
  type QuoteChange,
  type SessionSteps,
  type TimeSpan,
  type Trade,
} from '../../market.ts'
import {
  type BarSlice,
  meanIn,
  pricesIn,
  secondsWithin,
  slicesOf,
  type TradedSession,
  timeOf,
} from '../bar-slices.ts'
import { WALK_STARTS } from '../walk.ts'
import { liquidHours } from './activity.ts'
import { futureListedFrom } from './future-listing.ts'
import { fairPrice, fairPrices, type ListedFuture, touchAround, tradedPrice } from './future-price.ts'
import { type FutureInputs, factsOf, sizesAt, volumeAt } from './future-quote.ts'
import { marksOf } from './marks.ts'
import {
  currentTradeDate,
  type Segment,
  type TradeDate,
  tradeDateAfter,
  tradeDateBefore,
  tradeDatesBetween,
} from './trade-dates.ts'

const PRICE_KINDS: readonly BarKind[] = ['TRADES', 'MIDPOINT', 'BID', 'ASK', 'BID_ASK']

/** When the history of a future begins; null for what futures do not have. */
export function futureHead(future: ListedFuture, what: BarKind): EpochMs | null {
  if (!PRICE_KINDS.includes(what)) return null
  const listedFrom = futureListedFrom(future)
  const from = listedFrom > WALK_STARTS ? listedFrom : WALK_STARTS
  return tradeDateAfter(future.product, from).openAt
}

/**
 * Bars of a future, made of the same path as its quotes: one value a second, the closing price of a segment included. A
 * daily bar is one whole trade date and begins, for its date's sake, at 09:30 New York time of that date.
 */
export function futureBars(
  inputs: FutureInputs,
  future: ListedFuture,
  { what, request }: { readonly what: BarKind; readonly request: BarsRequest },
): Bar[] {
  if (!PRICE_KINDS.includes(what)) return []
  if (request.barSeconds === DAY_SECONDS) return dailyBars(inputs, future, { what, request })
  return partsIn(future, request, request.regularHours).flatMap((part) => {
    const slices = slicesOf(part.traded, request)
    if (slices.length === 0) return []
    const values = valuesOf(inputs, future, part)
    return slices.map((slice) => barOf(inputs, future, { part, slice, values, what }))
  })
}

/** Trades: one a second, of the volume of that second. */
export function futureTrades(inputs: FutureInputs, future: ListedFuture, span: TimeSpan): Trade[] {
  return partsIn(future, span).flatMap((part) => {
    const within = secondsWithin(part.traded, span)
    if (!within) return []
    const values = valuesOf(inputs, future, part)
    const volume = volumeUntil(inputs, future, part)
    const trades: Trade[] = []
    for (let second = within.first; second <= within.last; second++) {
      const size = volume(second) - volume(second - 1)
      if (size === 0) continue
      const price = tradedPrice(values[second] as number, future.product)
      trades.push({ at: timeOf(part.traded, second), price, size, exchange: future.product.exchange })
    }
    return trades
  })
}

/** Quotes: one a second. */
export function futureQuoteChanges(
  inputs: FutureInputs,
  future: ListedFuture,
  span: TimeSpan,
): QuoteChange[] {
  return partsIn(future, span).flatMap((part) => {
    const within = secondsWithin(part.traded, span)
    if (!within) return []
    const values = valuesOf(inputs, future, part)
    const facts = factsOf(inputs, future, { tradeDate: part.tradeDate, at: part.traded.openAt })
    const changes: QuoteChange[] = []
    for (let second = within.first; second <= within.last; second++) {
      const at = timeOf(part.traded, second)
      changes.push({
        at,
        ...touchAround(values[second] as number, future.product, facts.spreadTicks),
        ...sizesAt(inputs, future, { facts, moment: { tradeDate: part.tradeDate, at } }),
      })
    }
    return changes
  })
}

/** A time without a break in which a future trades. */
interface Part {
  readonly tradeDate: TradeDate
  /** The segment of which it is all or a part. */
  readonly segment: Segment
  readonly traded: TradedSession
}

/** The parts of a span, oldest first; with `regularHours` the liquid hours alone. */
function partsIn(future: ListedFuture, { startAt, endAt }: TimeSpan, regularHours = false): Part[] {
  const until = epochMs(endAt + 1)
  return tradeDatesBetween(future.product, startAt, until).flatMap((tradeDate) =>
    partsOf(future, tradeDate, regularHours),
  )
}

function partsOf({ product, month }: ListedFuture, tradeDate: TradeDate, regularHours: boolean): Part[] {
  const liquid = liquidHours(product, tradeDate)
  return tradeDate.segments.flatMap((segment) => {
    const openAt = regularHours ? Math.max(segment.openAt, liquid.openAt) : segment.openAt
    const hoursEnd = regularHours ? Math.min(segment.closeAt, liquid.closeAt) : segment.closeAt
    const closeAt = Math.min(hoursEnd, month.lastTradeAt)
    if (openAt >= closeAt) return []
    const length = Math.round((closeAt - openAt) / 1_000)
    return [{ tradeDate, segment, traded: { openAt: epochMs(openAt), length, lastSecond: length } }]
  })
}

/** The prices of a part before rounding, second by second. */
function valuesOf({ paths }: FutureInputs, future: ListedFuture, { tradeDate, segment, traded }: Part) {
  const first = Math.round((traded.openAt - segment.openAt) / 1_000)
  return fairPrices(paths, future, { tradeDate, segment }).subarray(first, first + traded.length + 1)
}

/** Contracts traded from the start of the trade date to a second of the part. */
function volumeUntil(inputs: FutureInputs, future: ListedFuture, { tradeDate, traded }: Part) {
  const facts = factsOf(inputs, future, { tradeDate, at: traded.openAt })
  return (second: number) => volumeAt(facts, timeOf(traded, second))
}

interface Cut {
  readonly part: Part
  readonly slice: BarSlice
  readonly values: Float64Array
  readonly what: BarKind
}

function barOf(inputs: FutureInputs, future: ListedFuture, { part, slice, values, what }: Cut): Bar {
  const { startAt } = slice
  if (what === 'BID_ASK') return { startAt, ...bidAskOf(inputs, future, { part, slice, values }) }
  const shown = shownBy(inputs, future, { tradeDate: part.tradeDate, what })
  const { open, high, low, close } = pricesIn(values, slice)
  const prices = { open: shown(open), high: shown(high), low: shown(low), close: shown(close) }
  const rest = what === 'TRADES' ? tradesIn(inputs, future, { part, slice, values }) : NO_TRADES
  return { startAt, ...prices, ...rest }
}

const NO_TRADES = { volume: null, averagePrice: null, tradeCount: null }

/** What is shown of a price before rounding. Rising with it, so that the highest price has the highest bid. */
function shownBy(
  inputs: FutureInputs,
  future: ListedFuture,
  { tradeDate, what }: { readonly tradeDate: TradeDate; readonly what: BarKind },
): (fair: number) => number {
  const { product } = future
  if (what === 'TRADES') return (fair) => tradedPrice(fair, product)
  const { spreadTicks } = factsOf(inputs, future, { tradeDate, at: tradeDate.openAt })
  return (fair) => {
    const { bid, ask } = touchAround(fair, product, spreadTicks)
    if (what === 'BID') return bid
    return what === 'ASK' ? ask : Math.round(((bid + ask) / 2) * 1e6) / 1e6
  }
}

function tradesIn(
  inputs: FutureInputs,
  future: ListedFuture,
  { part, slice, values }: Omit<Cut, 'what'>,
): Pick<Bar, 'volume' | 'averagePrice' | 'tradeCount'> {
  const volume = volumeUntil(inputs, future, part)
  const before = volume(slice.first - 1)
  let known = before
  let paid = 0
  let trades = 0
  for (let second = slice.first; second <= slice.last; second++) {
    const total = volume(second)
    if (total === known) continue
    paid += tradedPrice(values[second] as number, future.product) * (total - known)
    known = total
    trades++
  }
  const traded = known - before
  const averagePrice = traded === 0 ? null : Math.round((paid / traded) * 1_000) / 1_000
  return { volume: traded, averagePrice, tradeCount: trades }
}

/** Open and close are the mean bid and ask of the seconds, high the highest ask, low the lowest bid. */
function bidAskOf(
  inputs: FutureInputs,
  future: ListedFuture,
  { part, slice, values }: Omit<Cut, 'what'>,
): Omit<Bar, 'startAt'> {
  const sideOf = (what: BarKind) => shownBy(inputs, future, { tradeDate: part.tradeDate, what })
  const [bid, ask] = [sideOf('BID'), sideOf('ASK')]
  const { high, low } = pricesIn(values, slice)
  const mean = (side: (fair: number) => number) =>
    Math.round(meanIn(values.subarray(slice.first, slice.last + 1).map(side), whole(slice)) * 1e4) / 1e4
  return { open: mean(bid), high: ask(high), low: bid(low), close: mean(ask), ...NO_TRADES }
}

function whole({ startAt, first, last }: BarSlice): BarSlice {
  return { startAt, first: 0, last: last - first }
}

/** Daily bars of the trade dates that have ended within the span. Their extremes are those of the path's marks. */
function dailyBars(
  inputs: FutureInputs,
  future: ListedFuture,
  { what, request }: { readonly what: BarKind; readonly request: BarsRequest },
): Bar[] {
  const { startAt, endAt, regularHours = false } = request
  return tradeDatesBetween(future.product, startAt, endAt).flatMap((tradeDate) => {
    const parts = partsOf(future, tradeDate, regularHours)
    const last = parts.at(-1)
    const ended = last && timeOf(last.traded, last.traded.length)
    if (!last || !ended || ended <= startAt || ended > endAt) return []
    const values = parts.flatMap((part) => markValues(inputs, future, part))
    const shown = (kind: BarKind) => shownBy(inputs, future, { tradeDate, what: kind })
    const own = what === 'BID_ASK' ? { high: shown('ASK'), low: shown('BID') } : both(shown(what))
    const ends = what === 'BID_ASK' ? { open: shown('BID'), close: shown('ASK') } : bothEnds(shown(what))
    const volumes = parts.map((part) => {
      const volume = volumeUntil(inputs, future, part)
      return volume(part.traded.length) - volume(-1)
    })
    return [
      {
        startAt: newYorkInstant(tradeDate.date, '09:30'),
        open: ends.open(what === 'BID_ASK' ? meanOf(values) : (values[0] as number)),
        high: own.high(Math.max(...values)),
        low: own.low(Math.min(...values)),
        close: ends.close(what === 'BID_ASK' ? meanOf(values) : (values.at(-1) as number)),
        volume: what === 'TRADES' ? volumes.reduce((sum, one) => sum + one, 0) : null,
        averagePrice: null,
        tradeCount: null,
      },
    ]
  })
}

type Shown = (fair: number) => number
const both = (shown: Shown) => ({ high: shown, low: shown })
const bothEnds = (shown: Shown) => ({ open: shown, close: shown })
const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length

function markValues({ paths }: FutureInputs, future: ListedFuture, { tradeDate, traded }: Part): number[] {
  const segment = { openAt: traded.openAt, closeAt: timeOf(traded, traded.length) }
  return marksOf(segment).map((at) => fairPrice(paths, future, { tradeDate, at }))
}

/** The trade dates of a future one after another, or their liquid hours. */
export function futureSessions({ product, month }: ListedFuture, regularHours: boolean): SessionSteps {
  const hoursOf = (tradeDate: TradeDate): TimeSpan => {
    const { openAt, closeAt } = regularHours ? liquidHours(product, tradeDate) : tradeDate
    return { startAt: openAt, endAt: closeAt < month.lastTradeAt ? closeAt : month.lastTradeAt }
  }
  return {
    latest: (at, over) => {
      const known = at < month.lastTradeAt ? at : month.lastTradeAt
      let one = currentTradeDate(product, known)
      while (over ? hoursOf(one).endAt > known : hoursOf(one).startAt >= known) {
        one = tradeDateBefore(product, one.date)
      }
      return hoursOf(one)
    },
    before: ({ startAt }) => hoursOf(tradeDateBefore(product, currentTradeDate(product, startAt).date)),
  }
}
