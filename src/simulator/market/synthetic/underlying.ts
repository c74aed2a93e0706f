import type { TradingSession } from '../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../market/random.ts'
import type { Stock } from '../instruments.ts'
import type { SimQuote } from '../market.ts'
import { cents, type MarketPath, type Moment, previousClose } from './path.ts'

/** Inputs for quoting an underlying: its price path, and the seed of sizes and volumes. */
export interface UnderlyingQuoteInputs {
  readonly path: MarketPath
  readonly seed: number
}

/** Dollars between the bid and the ask of a stock. */
export const SPREAD = 0.01
/** Sizes at the touch, shares. */
const TOUCH_SIZE = 600

/** A stock trades a cent wide around its price and carries its 30-day volatility (tick 24). */
export function quoteStock(inputs: UnderlyingQuoteInputs, stock: Stock, moment: Moment): SimQuote {
  const price = inputs.path.price(stock, moment)
  const key = mix(mix(inputs.seed, stock.key), moment.second)
  const size = (salt: number) => Math.max(1, Math.round(TOUCH_SIZE * Math.exp(0.8 * normal(mix(key, salt)))))
  return {
    bid: price,
    ask: cents(price + SPREAD),
    bidSize: size(1),
    askSize: size(2),
    last: price,
    volume: cumulativeVolume(dailyVolume(inputs, stock, moment.session), moment.progress),
    close: inputs.path.price(stock, previousClose(moment)),
    mark: price,
    impliedVol30Fraction: inputs.path.vol(stock, moment),
  }
}

/** Shares traded by a fraction of the session's time. */
export function cumulativeVolume(dailyVolume: number, progress: number): number {
  return Math.floor(dailyVolume * progress)
}

export function dailyVolume(inputs: UnderlyingQuoteInputs, stock: Stock, session: TradingSession): number {
  const key = mix(mix(inputs.seed, stock.key), keyOf(session.date))
  const length = session.earlyClose ? 0.5 : 1
  return Math.round(stock.volume * length * Math.exp(0.25 * normal(key)))
}
