import { sessionsBetween } from '../../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../../market/random.ts'
import { addDays, daysBetween, type EpochMs, epochMs, type SessionDate } from '../../../../market/units.ts'
import { bridge, wholeBridge } from '../bridge.ts'
import { WALK_STARTS } from '../walk.ts'
import { liquidHours } from './activity.ts'
import { latestValues } from './latest-values.ts'
import { keptWithin, marksOf, type Range, rangeOf } from './marks.ts'
import type { FutureProduct } from './products.ts'
import { type Segment, type TradeDate, tradeDateBefore } from './trade-dates.ts'
import { type TradingClock, tradingClock } from './trading-clock.ts'

/**
 * Crude oil as two factors, after E. Schwartz and J. E. Smith, "Short-Term Variations and Long-Term Dynamics in Commodity
 * Prices", 2000: the log of a future's price is the long-term level plus what is left of the short-term deviation at its
 * expiry. Where the deviation is positive the curve falls with the months (backwardation), else it rises (contango).
 */
export interface OilPath {
  /** Dollars a barrel of the future that expires on a date. */
  price(expiry: SessionDate, tradeDate: TradeDate, at: EpochMs): number
  /** `price` at every second of a segment, from its opening to its close. */
  prices(expiry: SessionDate, tradeDate: TradeDate, segment: Segment): Float64Array
  /** Volatility at the money of an option on a future that expires in that many years, a fraction. */
  vol(years: number): number
}

const DT = 1 / 252
/** Dollars; the long-term level reverts to it. */
const ANCHOR = 70
const LONG_REVERSION = 0.8
const LONG_VOL = 0.16
/** A year: half of a deviation is gone after seven months. */
const SHORT_REVERSION = 1.2
const SHORT_VOL = 0.25
/** Correlation of the daily changes of the factors. */
const CORRELATION = 0.3
const SHORT_KEY = keyOf('oil, short-term deviation')
const LONG_KEY = keyOf('oil, long-term level')
const DATES_CACHED = 4
const RANGES_CACHED = 500
const SEGMENTS_CACHED = 8

/** The factors at the end of a trade date. */
interface Factors {
  readonly short: number
  /** Log of the long-term level over the anchor. */
  readonly long: number
}

interface Day {
  readonly from: Factors
  readonly to: Factors
  readonly clock: TradingClock
  readonly shortKey: number
  readonly longKey: number
}

export function oilPath(product: FutureProduct, seed: number): OilPath {
  const closing = dailyFactors(seed)
  const days = latestValues<string, Day>(DATES_CACHED)
  const ranges = latestValues<string, Range>(RANGES_CACHED)
  const segmentPrices = latestValues<string, Float64Array>(SEGMENTS_CACHED)

  function dayOf(tradeDate: TradeDate): Day {
    const { date, closeAt, segments } = tradeDate
    return days(date, () => {
      const before = tradeDateBefore(product, date)
      const dayNumber = Math.floor(closeAt / 86_400_000)
      return {
        from: closing(before.date),
        to: closing(date),
        clock: tradingClock({ startAt: before.closeAt, endAt: closeAt }, segments),
        shortKey: mix(mix(seed, SHORT_KEY), dayNumber),
        longKey: mix(mix(seed, LONG_KEY), dayNumber),
      }
    })
  }

  function freePrice(expiry: SessionDate, tradeDate: TradeDate, at: EpochMs): number {
    const { shortKey, longKey, clock, ...day } = dayOf(tradeDate)
    const unit = clock.unitAt(at)
    const noise = {
      short: bridge(shortKey, unit, clock.length),
      long: bridge(longKey, unit, clock.length),
    }
    return priceOf(day, { progress: unit / clock.length, noise, left: leftAt(expiry, tradeDate) })
  }

  function rangeIn(expiry: SessionDate, tradeDate: TradeDate, part: Segment): Range {
    return ranges(`${expiry} ${part.openAt}`, () =>
      rangeOf(marksOf(part).map((mark) => freePrice(expiry, tradeDate, mark))),
    )
  }

  return {
    price: (expiry, tradeDate, at) => {
      const free = freePrice(expiry, tradeDate, at)
      return keptWithin(free, rangeIn(expiry, tradeDate, partAt(product, tradeDate, at)))
    },
    prices: (expiry, tradeDate, segment) =>
      segmentPrices(`${expiry} ${segment.openAt}`, () => {
        const { shortKey, longKey, clock, ...day } = dayOf(tradeDate)
        const short = wholeBridge(shortKey, clock.length)
        const long = wholeBridge(longKey, clock.length)
        const left = leftAt(expiry, tradeDate)
        const first = clock.unitAt(segment.openAt)
        let partEnd = 0
        let range: Range = { low: 0, high: Number.POSITIVE_INFINITY }
        const length = Math.round((segment.closeAt - segment.openAt) / 1_000)
        return Float64Array.from({ length: length + 1 }, (_, second) => {
          const unit = first + second
          const noise = { short: short[unit] as number, long: long[unit] as number }
          if (second >= partEnd) {
            const part = partAt(product, tradeDate, epochMs(segment.openAt + second * 1_000))
            range = rangeIn(expiry, tradeDate, part)
            partEnd = second === length ? length + 1 : Math.round((part.closeAt - segment.openAt) / 1_000)
          }
          return keptWithin(priceOf(day, { progress: unit / clock.length, noise, left }), range)
        })
      }),
    vol: (years) => Math.hypot(LONG_VOL, SHORT_VOL * Math.exp((-SHORT_REVERSION * years) / 2)),
  }
}

/** The part of a segment that holds a time, cut at the liquid hours; the price of a mark is the same in both parts. */
function partAt(product: FutureProduct, tradeDate: TradeDate, at: EpochMs): Segment {
  const segment = (tradeDate.segments.findLast(({ openAt }) => openAt <= at) ??
    tradeDate.segments[0]) as Segment
  const liquid = liquidHours(product, tradeDate)
  const cuts = [liquid.openAt, liquid.closeAt]
  return {
    openAt: cuts.findLast((cut) => cut <= at && cut > segment.openAt) ?? segment.openAt,
    closeAt: cuts.find((cut) => cut > at && cut < segment.closeAt) ?? segment.closeAt,
  }
}

/** What is left of the short-term deviation at the expiry, a fraction. It changes from one trade date to the next. */
function leftAt(expiry: SessionDate, { date }: TradeDate): number {
  return Math.exp((-SHORT_REVERSION * Math.max(0, daysBetween(date, expiry))) / 365)
}

function priceOf(
  { from, to }: Pick<Day, 'from' | 'to'>,
  at: { readonly progress: number; readonly noise: Factors; readonly left: number },
): number {
  const short =
    from.short + (to.short - from.short) * at.progress + SHORT_VOL * Math.sqrt(DT) * at.noise.short
  const long = from.long + (to.long - from.long) * at.progress + LONG_VOL * Math.sqrt(DT) * at.noise.long
  return ANCHOR * Math.exp(long + at.left * short)
}

/** The factors by trade date. The walk always starts on the same date, so it is the same in every process. */
function dailyFactors(seed: number): (date: SessionDate) => Factors {
  const first: Factors = { short: SHORT_VOL * 0.6 * normal(mix(seed, SHORT_KEY)), long: 0 }
  const known = new Map<SessionDate, Factors>([[WALK_STARTS, first]])
  let last: { readonly date: SessionDate; readonly factors: Factors } = { date: WALK_STARTS, factors: first }

  function extendTo(date: SessionDate): void {
    if (date <= last.date) return
    for (const session of sessionsBetween(addDays(last.date, 1), date)) {
      last = { date: session.date, factors: nextFactors(last.factors, session.openAt) }
      known.set(session.date, last.factors)
    }
  }

  function nextFactors({ short, long }: Factors, openAt: EpochMs): Factors {
    const day = Math.floor(openAt / 86_400_000)
    const shortDraw = normal(mix(mix(seed, SHORT_KEY), mix(day, 1)))
    const own = normal(mix(mix(seed, LONG_KEY), mix(day, 1)))
    const longDraw = CORRELATION * shortDraw + Math.sqrt(1 - CORRELATION ** 2) * own
    return {
      short: short * (1 - SHORT_REVERSION * DT) + SHORT_VOL * Math.sqrt(DT) * shortDraw,
      long: long * (1 - LONG_REVERSION * DT) + LONG_VOL * Math.sqrt(DT) * longDraw,
    }
  }

  return (date) => {
    extendTo(date)
    const factors = known.get(date)
    if (!factors) throw new RangeError(`the synthetic oil market has no trade date ${date}`)
    return factors
  }
}
