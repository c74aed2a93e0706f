import { lastSessionBefore, sessionContaining, type TradingSession } from '../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../market/random.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { type Crash, crashIn } from '../crashes.ts'
import { INDEX_ETF, STOCKS, type Stock } from '../instruments.ts'
import { bridge, wholeBridge } from './bridge.ts'
import { dailyWalk, ownDailyVol, STATE_PER_RETURN, volOf } from './walk.ts'

/** Share of a day's variance between the close and the next open. */
const OVERNIGHT = 0.3
/** The index is above SPY's volatility at the money because it includes the skew. */
const INDEX_PREMIUM = 1.04
const MARKET_KEY = keyOf('market within the day')
const GAP_KEY = keyOf('overnight')
const CACHE_LIMIT = 5_000
/** Days of a stock whose seconds are kept: five trading days and the one that goes on, 190 kB each. */
const DAYS_CACHED = 6
/** How much more volatility rises in a crash than after an ordinary fall of the same size. */
const PANIC = 4
/** Interval of the marks that bound a day's path, s. */
const MARK_SECONDS = 300

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
  /** `price` at every second of a session, from 0 to its length. The array is shared: do not change it. */
  prices(stock: Stock, session: TradingSession): Float64Array
  /** `vol` at every second of a session. */
  vols(stock: Stock, session: TradingSession): Float64Array
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

/** The market's deviation from a straight line within the day. */
interface Noise {
  /** The bridge, in standard deviations of a day. */
  readonly free: number
  /** What a crash adds, a log return. */
  readonly crash: number
}

/** Prices are a function of the seed and the crashes; a crash changes no other day. */
export function marketPath(seed: number, crashes: readonly Crash[] = []): MarketPath {
  const walk = dailyWalk(seed)
  const marketKey = mix(seed, MARKET_KEY)

  /** The market's deviation from a straight line within the day, as a log return: 0 at open and close. */
  function marketScale(session: TradingSession): number {
    return walk.on(session.date).marketVol * Math.sqrt(1 - OVERNIGHT)
  }

  function marketAt({ session, second }: Moment): Noise {
    const free = bridge(dayKey(marketKey, session), second, lengthOf(session))
    return { free, crash: crashIn(crashes, session)?.(second) ?? 0 }
  }

  /** The same at every second of a session, one after another. */
  function marketOver(session: TradingSession): (second: number) => Noise {
    const free = market(session)
    const crash = crashIn(crashes, session)
    return (second) => ({ free: free[second] as number, crash: crash?.(second) ?? 0 })
  }

  /** A day of one stock: its price as a function of the progress and of the two bridges, dollars, to the cent. */
  function priceLine(stock: Stock, session: TradingSession) {
    const day = walk.on(session.date)
    const from = walk.before(session.date).logPrice.get(stock.symbol) as number
    const to = day.logPrice.get(stock.symbol) as number
    const dailyVol = Math.hypot(stock.beta * day.marketVol, ownDailyVol(stock))
    const gap = normal(dayKey(mix(mix(seed, GAP_KEY), stock.key), session))
    const open = from + OVERNIGHT * (to - from) + Math.sqrt(OVERNIGHT * (1 - OVERNIGHT)) * dailyVol * gap
    const scale = marketScale(session)
    const ownScale = ownDailyVol(stock) * Math.sqrt(1 - OVERNIGHT)
    return {
      ownKey: dayKey(mix(seed, mix(stock.key, MARKET_KEY)), session),
      at: (progress: number, market: Noise, own: number) => {
        const noise = stock.beta * (scale * market.free + market.crash) + ownScale * own
        return cents(stock.anchor * Math.exp(open + (to - open) * progress + noise))
      },
    }
  }

  /** A day's volatility of one stock, as a function of the progress and of the market's bridge. */
  function volLine(stock: Stock, session: TradingSession): (progress: number, market: Noise) => number {
    const from = walk.before(session.date).state
    const to = walk.on(session.date).state
    const scale = marketScale(session)
    return (progress, market) => {
      const straight = from + (to - from) * (OVERNIGHT + (1 - OVERNIGHT) * progress)
      return volOf(straight + STATE_PER_RETURN * (scale * market.free + PANIC * market.crash), stock)
    }
  }

  function freePrice(stock: Stock, moment: Moment): number {
    const { session, second } = moment
    const line = priceLine(stock, session)
    const own = bridge(line.ownKey, second, lengthOf(session))
    return line.at(moment.progress, marketAt(moment), own)
  }

  const market = cachedDays((session) => wholeBridge(dayKey(marketKey, session), lengthOf(session)))

  function pricesOf(stock: Stock, session: TradingSession): Float64Array {
    const line = priceLine(stock, session)
    const length = lengthOf(session)
    const noise = marketOver(session)
    const own = wholeBridge(line.ownKey, length)
    for (let second = 0; second <= length; second++) {
      own[second] = line.at(second / length, noise(second), own[second] as number)
    }
    return keptWithinMarks(own, cents)
  }

  function volsOf(stock: Stock, session: TradingSession): Float64Array {
    const line = volLine(stock, session)
    const length = lengthOf(session)
    const noise = marketOver(session)
    const vols = market(session).map((_, second) => line(second / length, noise(second)))
    return keptWithinMarks(vols, unrounded)
  }

  const vol = cached(
    withinMarks(
      (stock, moment) => volLine(stock, moment.session)(moment.progress, marketAt(moment)),
      unrounded,
    ),
  )
  const dayOf = STOCKS.map((stock) => ({
    prices: cachedDays((session) => pricesOf(stock, session)),
    vols: cachedDays((session) => volsOf(stock, session)),
  }))
  return {
    price: cached(withinMarks(freePrice, cents)),
    vol,
    volatilityIndex: (moment) => indexLevel(vol(INDEX_ETF, moment)),
    prices: (stock, session) => (dayOf[STOCKS.indexOf(stock)] as (typeof dayOf)[number]).prices(session),
    vols: (stock, session) => (dayOf[STOCKS.indexOf(stock)] as (typeof dayOf)[number]).vols(session),
  }
}

/** The volatility index at a volatility of its ETF, points, to the hundredth. */
export function indexLevel(volFraction: number): number {
  return cents(100 * INDEX_PREMIUM * volFraction)
}

const unrounded = (value: number) => value

/** The arrays of the latest days asked for, oldest out first. */
function cachedDays(compute: (session: TradingSession) => Float64Array) {
  const known = new Map<number, Float64Array>()
  return (session: TradingSession): Float64Array => {
    const found = known.get(session.openAt)
    if (found) return found
    const values = compute(session)
    if (known.size >= DAYS_CACHED) known.delete(known.keys().next().value as number)
    known.set(session.openAt, values)
    return values
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

/**
 * The same path, kept within the day's range of its five-minute marks: what is beyond an extreme is reflected at it. So
 * the high and the low of a daily bar, which are those of the marks, are the highest and lowest values of any second.
 */
function withinMarks(free: PathValue, rounded: (value: number) => number): PathValue {
  const rangeOf = cachedRange(free)
  return (stock, moment) => {
    const value = free(stock, moment)
    if (moment.second % MARK_SECONDS === 0) return value
    return rounded(reflected(value, rangeOf(stock, moment.session)))
  }
}

/** The same rule for a whole day, in place. */
function keptWithinMarks(values: Float64Array, rounded: (value: number) => number): Float64Array {
  const range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }
  for (let second = 0; second < values.length; second += MARK_SECONDS) {
    range.low = Math.min(range.low, values[second] as number)
    range.high = Math.max(range.high, values[second] as number)
  }
  for (let second = 0; second < values.length; second++) {
    const value = values[second] as number
    if (value > range.high || value < range.low) values[second] = rounded(reflected(value, range))
  }
  return values
}

function reflected(value: number, { low, high }: Range): number {
  if (value > high) return Math.max(low, 2 * high - value)
  return value < low ? Math.min(high, 2 * low - value) : value
}

interface Range {
  readonly low: number
  readonly high: number
}

function cachedRange(value: PathValue): (stock: Stock, session: TradingSession) => Range {
  const known = new Map<number, Range>()
  return (stock, session) => {
    const key = (session.openAt / 1000) * STOCKS.length + STOCKS.indexOf(stock)
    let range = known.get(key)
    if (!range) {
      const marks = marksOf(session).map((moment) => value(stock, moment))
      range = { low: Math.min(...marks), high: Math.max(...marks) }
      if (known.size >= CACHE_LIMIT) known.clear()
      known.set(key, range)
    }
    return range
  }
}

/** Every five minutes of a session, from the open to the close. */
export function marksOf(session: TradingSession): Moment[] {
  const marks: Moment[] = []
  for (let at = session.openAt as number; at <= session.closeAt; at += MARK_SECONDS * 1_000) {
    marks.push(momentIn(session, epochMs(at)))
  }
  return marks
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
