import { lastSessionBefore, sessionContaining, type TradingSession } from '../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../market/random.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { INDEX_ETF, STOCKS, type Stock } from '../instruments.ts'
import { dailyWalk, ownDailyVol, STATE_PER_RETURN, volOf } from './walk.ts'

/** Share of a day's variance between the close and the next open. */
const OVERNIGHT = 0.3
/** The index is above SPY's volatility at the money because it includes the skew. */
const INDEX_PREMIUM = 1.04
const MARKET_KEY = keyOf('market within the day')
const GAP_KEY = keyOf('overnight')
const CACHE_LIMIT = 5_000

/** A moment of trading. Outside sessions, the last moment of the previous session. */
export interface Moment {
  readonly session: TradingSession
  readonly at: EpochMs
  /** Whole seconds since the open, limited to the underlying's close. */
  readonly second: number
  /** The same as a fraction of the session: 0 at the open, 1 at the close. */
  readonly progress: number
}

/** Prices and volatility of the synthetic underlyings at any second, computed without stepping through earlier ones. */
export interface MarketPath {
  /** Dollars, to the cent. */
  price(stock: Stock, moment: Moment): number
  /** Implied volatility at the money for 30 days, a fraction. */
  vol(stock: Stock, moment: Moment): number
  /** Points, to the hundredth. */
  volatilityIndex(moment: Moment): number
}

/** The moment of trading at a time. */
export function momentOf(at: EpochMs): Moment {
  const open = sessionContaining(at)
  if (open) return momentIn(open, at)
  const session = lastSessionBefore(at)
  return lastMomentOf(session)
}

/** The last moment of the previous session. */
export function previousClose({ session }: Moment): Moment {
  return lastMomentOf(lastSessionBefore(session.openAt))
}

/** A second before the options' close, so that options that expire on that day still have a price. */
function lastMomentOf(session: TradingSession): Moment {
  return momentIn(session, epochMs(session.optionsCloseAt - 1000))
}

export function momentIn(session: TradingSession, at: EpochMs): Moment {
  const length = Math.round((session.closeAt - session.openAt) / 1000)
  const second = Math.min(length, Math.max(0, Math.floor((at - session.openAt) / 1000)))
  return { session, at, second, progress: second / length }
}

export function marketPath(seed: number): MarketPath {
  const walk = dailyWalk(seed)

  /** The market's deviation from a straight line within the day, as a log return: 0 at open and close. */
  function marketNoise({ session, second }: Moment): number {
    const day = walk.on(session.date)
    const key = dayKey(mix(seed, MARKET_KEY), session)
    return day.marketVol * Math.sqrt(1 - OVERNIGHT) * bridge(key, second, lengthOf(session))
  }

  function logPrice(stock: Stock, moment: Moment): number {
    const { session, second, progress } = moment
    const day = walk.on(session.date)
    const from = walk.before(session.date).logPrice.get(stock.symbol) as number
    const to = day.logPrice.get(stock.symbol) as number
    const dailyVol = Math.hypot(stock.beta * day.marketVol, ownDailyVol(stock))
    const gap = normal(dayKey(mix(mix(seed, GAP_KEY), stock.key), session))
    const open = from + OVERNIGHT * (to - from) + Math.sqrt(OVERNIGHT * (1 - OVERNIGHT)) * dailyVol * gap
    const own = bridge(dayKey(mix(seed, mix(stock.key, MARKET_KEY)), session), second, lengthOf(session))
    const noise = stock.beta * marketNoise(moment) + ownDailyVol(stock) * Math.sqrt(1 - OVERNIGHT) * own
    return open + (to - open) * progress + noise
  }

  function vol(stock: Stock, moment: Moment): number {
    const from = walk.before(moment.session.date).state
    const to = walk.on(moment.session.date).state
    const straight = from + (to - from) * (OVERNIGHT + (1 - OVERNIGHT) * moment.progress)
    return volOf(straight + STATE_PER_RETURN * marketNoise(moment), stock)
  }

  return {
    price: cached((stock, moment) => cents(stock.anchor * Math.exp(logPrice(stock, moment)))),
    vol: cached(vol),
    volatilityIndex: (moment) => cents(100 * INDEX_PREMIUM * vol(INDEX_ETF, moment)),
  }
}

type PathValue = (stock: Stock, moment: Moment) => number

/** Thousands of quotes need the same second, so the latest values are cached. */
function cached(compute: PathValue): PathValue {
  const known = new Map<number, number>()
  return (stock, moment) => {
    const key = (moment.session.openAt / 1000 + moment.second) * STOCKS.length + STOCKS.indexOf(stock)
    let value = known.get(key)
    if (value === undefined) {
      value = compute(stock, moment)
      if (known.size >= CACHE_LIMIT) known.clear()
      known.set(key, value)
    }
    return value
  }
}

export function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100
}

function lengthOf(session: TradingSession): number {
  return Math.round((session.closeAt - session.openAt) / 1000)
}

function dayKey(key: number, session: TradingSession): number {
  return mix(key, Math.floor(session.openAt / 86_400_000))
}

/**
 * A Brownian bridge with unit variance over `length` seconds, at one second: the interval is halved down to that second,
 * and each midpoint is drawn with its own key. About fifteen draws.
 */
function bridge(key: number, second: number, length: number): number {
  let from = 0
  let to = length
  let atFrom = 0
  let atTo = 0
  while (second > from && second < to) {
    const middle = (from + to) >> 1
    const share = (middle - from) / (to - from)
    const sd = Math.sqrt((share * (to - middle)) / length)
    const atMiddle = atFrom + (atTo - atFrom) * share + sd * normal(mix(key, middle))
    if (second < middle) {
      to = middle
      atTo = atMiddle
    } else {
      from = middle
      atFrom = atMiddle
    }
  }
  return second <= from ? atFrom : atTo
}
