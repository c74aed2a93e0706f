import type { TradingSession } from '../../../market/calendar.ts'
import type { EpochMs } from '../../../market/units.ts'
import { keyOf, mix, normal } from '../../random.ts'
import type { Etf } from '../instruments.ts'
import type { DailyBar, SimQuote } from '../market.ts'
import { dailyBars } from './bars.ts'
import { cents, type MarketPath, type Moment, previousClose } from './path.ts'

/** The path of prices, and the key of what is drawn beside it: sizes and volumes. */
export interface UnderlyingDesk {
  readonly path: MarketPath
  readonly seed: number
}

const SPREAD = 0.01
/** Sizes at the touch, shares. */
const TOUCH_SIZE = 600

/** An ETF trades a cent wide around its price and carries its 30-day volatility (tick 24). */
export function quoteStock(desk: UnderlyingDesk, etf: Etf, moment: Moment): SimQuote {
  const price = desk.path.price(etf, moment)
  const key = mix(mix(desk.seed, etf.key), moment.second)
  const size = (salt: number) => Math.max(1, Math.round(TOUCH_SIZE * Math.exp(0.8 * normal(mix(key, salt)))))
  return {
    bid: price,
    ask: cents(price + SPREAD),
    bidSize: size(1),
    askSize: size(2),
    last: price,
    volume: Math.floor(dailyVolume(desk, etf, moment.session) * moment.progress),
    close: desk.path.price(etf, previousClose(moment)),
    impliedVol30Fraction: desk.path.vol(etf, moment),
  }
}

/** An index has a level and yesterday's close, and nothing that could be bought. */
export function quoteIndex(desk: UnderlyingDesk, moment: Moment): SimQuote {
  return {
    last: desk.path.volatilityIndex(moment),
    close: desk.path.volatilityIndex(previousClose(moment)),
  }
}

/** Daily bars of an ETF, or without one of the volatility index; an index has no volatility of its own here. */
export function underlyingBars(
  desk: UnderlyingDesk,
  of: { etf: Etf | undefined; what: 'TRADES' | 'OPTION_IMPLIED_VOLATILITY' },
  request: { endAt: EpochMs; days: number },
): DailyBar[] {
  const { etf, what } = of
  const { path } = desk
  if (what === 'TRADES') {
    return etf
      ? dailyBars(request, {
          valueAt: (moment) => path.price(etf, moment),
          volumeOf: (session) => dailyVolume(desk, etf, session),
        })
      : dailyBars(request, { valueAt: path.volatilityIndex, volumeOf: () => 0 })
  }
  if (!etf) return []
  return dailyBars(request, { valueAt: (moment) => path.vol(etf, moment), volumeOf: () => 0 })
}

function dailyVolume(desk: UnderlyingDesk, etf: Etf, session: TradingSession): number {
  const key = mix(mix(desk.seed, etf.key), keyOf(session.date))
  const length = session.earlyClose ? 0.5 : 1
  return Math.round(etf.volume * length * Math.exp(0.25 * normal(key)))
}
