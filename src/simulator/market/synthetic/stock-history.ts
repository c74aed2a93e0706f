import {
  lastSessionBefore,
  newYorkDate,
  sessionOn,
  sessionsBetween,
  type TradingSession,
} from '../../../market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../../market/units.ts'
import type { Stock } from '../instruments.ts'
import {
  type Bar,
  type BarKind,
  type BarsRequest,
  DAY_SECONDS,
  type QuoteChange,
  type TimeSpan,
  type Trade,
} from '../market.ts'
import {
  type BarSlice,
  meanIn,
  pricesIn,
  secondsWithin,
  slicesOf,
  stockSession,
  timeOf,
} from './bar-slices.ts'
import { dailyBars } from './daily-bars.ts'
import type { IndexLevel } from './index-levels.ts'
import { type Moment, momentIn } from './path.ts'
import {
  cumulativeVolume,
  dailyVolume,
  quoteStock,
  SPREAD,
  type UnderlyingQuoteInputs,
} from './underlying.ts'
import { WALK_STARTS } from './walk.ts'

/** Returns in a historical volatility, sessions. */
const VOLATILITY_SESSIONS = 30
const SESSIONS_PER_YEAR = 252
/** The first session with a historical volatility, that of the session before included. */
export const FIRST_VOLATILITY = sessionsBetween(WALK_STARTS, addDays(WALK_STARTS, 90))[
  VOLATILITY_SESSIONS + 1
]?.date as SessionDate

/** The history of a stock, made of the same path as its quotes: one value a second. */
export function underlyingBars(
  inputs: UnderlyingQuoteInputs,
  { stock, what }: { stock: Stock; what: BarKind },
  request: BarsRequest,
): Bar[] {
  if (what === 'TRADES') return tradeBars(inputs, stock, request)
  if (what === 'BID_ASK') return bidAskBars(inputs, stock, request)
  if (what === 'HISTORICAL_VOLATILITY') return historicalVolatilityBars(inputs, stock, request)
  if (what === 'OPTION_IMPLIED_VOLATILITY') return impliedVolatilityBars(inputs, stock, request)
  const offset = { BID: 0, MIDPOINT: SPREAD / 2, ASK: SPREAD }[what]
  const moved = (price: number) => Math.round((price + offset) * 1_000) / 1_000
  return priceBars(inputs, stock, request).map((bar) => ({
    ...{ startAt: bar.startAt, volume: null, averagePrice: null, tradeCount: null },
    ...{ open: moved(bar.open), high: moved(bar.high), low: moved(bar.low), close: moved(bar.close) },
  }))
}

/** When the first bar of an underlying begins. */
export function underlyingHead(what: BarKind): EpochMs | null {
  const first = sessionOn(what === 'HISTORICAL_VOLATILITY' ? FIRST_VOLATILITY : WALK_STARTS)
  return first?.openAt ?? null
}

/** The bars of a level: the value of an index at each second. */
export function levelBars(level: IndexLevel, request: BarsRequest): Bar[] {
  return request.barSeconds === DAY_SECONDS
    ? dailyBars(request, { valueAt: level.at, volumeOf: () => 0 })
    : barsOfValues((session) => level.over(session), request, NO_VOLUME)
}

/** Trades of a stock: one a second, of the volume of that second, at the price of its quote. */
export function stockTrades(inputs: UnderlyingQuoteInputs, stock: Stock, span: TimeSpan): Trade[] {
  return sessionsOf(span).flatMap((session) => {
    const traded = stockSession(session)
    const within = secondsWithin(traded, span)
    if (!within) return []
    const prices = inputs.path.prices(stock, session)
    const volume = volumeUntil(inputs, stock, session)
    const trades: Trade[] = []
    for (let second = Math.max(1, within.first); second <= within.last; second++) {
      const size = volume(second) - volume(second - 1)
      if (size === 0) continue
      const price = prices[second] as number
      trades.push({ at: timeOf(traded, second), price, size, exchange: stock.primaryExchange })
    }
    return trades
  })
}

/** Quotes of a stock: one a second. */
export function stockQuoteChanges(
  inputs: UnderlyingQuoteInputs,
  stock: Stock,
  span: TimeSpan,
): QuoteChange[] {
  return sessionsOf(span).flatMap((session) => {
    const traded = stockSession(session)
    const within = secondsWithin(traded, span)
    if (!within) return []
    const changes: QuoteChange[] = []
    for (let second = within.first; second <= within.last; second++) {
      const at = timeOf(traded, second)
      const {
        bid = null,
        ask = null,
        bidSize = null,
        askSize = null,
      } = quoteStock(inputs, stock, momentIn(session, at))
      changes.push({ at, bid, bidSize, ask, askSize })
    }
    return changes
  })
}

/** Sessions of the market that the span touches. */
export function sessionsOf({ startAt, endAt }: TimeSpan): TradingSession[] {
  const from = newYorkDate(startAt)
  return sessionsBetween(from < WALK_STARTS ? WALK_STARTS : from, newYorkDate(endAt)).filter(
    ({ openAt, optionsCloseAt }) => startAt < optionsCloseAt && openAt < endAt,
  )
}

/** Bars of one value a second: its first, highest, lowest and last. */
function barsOfValues(
  valuesOf: (session: TradingSession) => Float64Array,
  request: BarsRequest,
  rest: (session: TradingSession) => (slice: BarSlice) => Pick<Bar, 'volume' | 'averagePrice' | 'tradeCount'>,
): Bar[] {
  return sessionsOf(request).flatMap((session) => {
    const slices = slicesOf(stockSession(session), request)
    if (slices.length === 0) return []
    const values = valuesOf(session)
    const restOf = rest(session)
    return slices.map((slice) => ({
      startAt: slice.startAt,
      ...pricesIn(values, slice),
      ...restOf(slice),
    }))
  })
}

const NO_VOLUME = () => () => ({ volume: 0, averagePrice: null, tradeCount: null })

function tradeBars(inputs: UnderlyingQuoteInputs, stock: Stock, request: BarsRequest): Bar[] {
  const { path } = inputs
  if (request.barSeconds === DAY_SECONDS) {
    return dailyBars(request, {
      valueAt: (moment) => path.price(stock, moment),
      volumeOf: (session) => dailyVolume(inputs, stock, session),
    })
  }
  return barsOfValues(
    (session) => path.prices(stock, session),
    request,
    (session) => {
      const prices = path.prices(stock, session)
      const volume = volumeUntil(inputs, stock, session)
      return (slice) => volumeIn(prices, volume, slice)
    },
  )
}

function volumeIn(
  prices: Float64Array,
  volume: (second: number) => number,
  { first, last }: BarSlice,
): Pick<Bar, 'volume' | 'averagePrice' | 'tradeCount'> {
  const before = first === 0 ? 0 : volume(first - 1)
  let paid = 0
  let trades = 0
  let known = before
  for (let second = first; second <= last; second++) {
    const total = volume(second)
    if (total === known) continue
    paid += (prices[second] as number) * (total - known)
    known = total
    trades++
  }
  const traded = known - before
  return {
    volume: traded,
    averagePrice: traded === 0 ? null : Math.round((paid / traded) * 1_000) / 1_000,
    tradeCount: trades,
  }
}

function volumeUntil(inputs: UnderlyingQuoteInputs, stock: Stock, session: TradingSession) {
  const total = dailyVolume(inputs, stock, session)
  const { length } = stockSession(session)
  return (second: number) => cumulativeVolume(total, second / length)
}

function priceBars(inputs: UnderlyingQuoteInputs, stock: Stock, request: BarsRequest): Bar[] {
  const { path } = inputs
  return request.barSeconds === DAY_SECONDS
    ? dailyBars(request, { valueAt: (moment) => path.price(stock, moment), volumeOf: () => 0 })
    : barsOfValues((session) => path.prices(stock, session), request, NO_VOLUME)
}

function impliedVolatilityBars({ path }: UnderlyingQuoteInputs, stock: Stock, request: BarsRequest): Bar[] {
  return request.barSeconds === DAY_SECONDS
    ? dailyBars(request, { valueAt: (moment) => path.vol(stock, moment), volumeOf: () => 0 })
    : barsOfValues((session) => path.vols(stock, session), request, NO_VOLUME)
}

/** Open and close are means over the seconds of the bar. A daily bar has the seconds of its session. */
function bidAskBars({ path }: UnderlyingQuoteInputs, stock: Stock, request: BarsRequest): Bar[] {
  return sessionsOf(request).flatMap((session) => {
    const slices = slicesOf(stockSession(session), request)
    if (slices.length === 0) return []
    const prices = path.prices(stock, session)
    return slices.map((slice) => {
      const { high, low } = pricesIn(prices, slice)
      const mean = meanIn(prices, slice)
      const rounded = (price: number) => Math.round(price * 1e4) / 1e4
      return {
        startAt: slice.startAt,
        ...{ open: rounded(mean), high: rounded(high + SPREAD), low, close: rounded(mean + SPREAD) },
        ...{ volume: null, averagePrice: null, tradeCount: null },
      }
    })
  })
}

/**
 * The annualised standard deviation of the last 30 daily log returns, a fraction. Within a session it is that of the
 * sessions before; the closing price makes it that of the session itself.
 */
function historicalVolatilityBars(inputs: UnderlyingQuoteInputs, stock: Stock, request: BarsRequest): Bar[] {
  return sessionsOf(request).flatMap((session) => {
    const traded = stockSession(session)
    const slices = slicesOf(traded, request)
    const before = closingVolatility(inputs, stock, lastSessionBefore(session.openAt))
    const after = closingVolatility(inputs, stock, session)
    if (before === null || after === null) return []
    return slices.map(({ startAt, first, last }) => {
      const open = first === traded.lastSecond ? after : before
      const close = last === traded.lastSecond ? after : before
      return {
        startAt,
        ...{ open, high: Math.max(open, close), low: Math.min(open, close), close },
        ...{ volume: 0, averagePrice: null, tradeCount: null },
      }
    })
  })
}

function closingVolatility(
  { path }: UnderlyingQuoteInputs,
  stock: Stock,
  session: TradingSession,
): number | null {
  const logs: number[] = []
  let one = session
  for (let count = 0; count <= VOLATILITY_SESSIONS; count++) {
    if (one.date < WALK_STARTS) return null
    logs.push(Math.log(path.price(stock, closingMoment(one))))
    one = lastSessionBefore(one.openAt)
  }
  const returns = logs.slice(1).map((log, at) => (logs[at] as number) - log)
  const mean = returns.reduce((sum, one) => sum + one, 0) / returns.length
  const squares = returns.reduce((sum, one) => sum + (one - mean) ** 2, 0)
  return Math.sqrt((squares / (returns.length - 1)) * SESSIONS_PER_YEAR)
}

function closingMoment(session: TradingSession): Moment {
  return momentIn(session, epochMs(session.closeAt))
}
