import type { TradingSession } from '../../../market/calendar.ts'
import type { LevelSource } from '../indices.ts'
import { INDEX_ETF, STOCKS, type Stock } from '../instruments.ts'
import { cents, indexLevel, type MarketPath, type Moment } from './path.ts'
import { termVol } from './surface.ts'
import { volOfVolatilityIndex } from './volatility-forwards.ts'

/** The level of an index, points, to the hundredth. */
export interface IndexLevel {
  at(moment: Moment): number
  /** At every second of a session, from 0 to its length. */
  over(session: TradingSession): Float64Array
}

const THIRTY_DAYS = 30

/** The level by its source, from the path that all prices follow. */
export function levelOf(source: LevelSource, path: MarketPath): IndexLevel {
  if (source.kind === 'fund') {
    const fund = fundOf(source.symbol)
    const level = (price: number) => cents(source.factor * price)
    return {
      at: (moment) => level(path.price(fund, moment)),
      over: (session) => path.prices(fund, session).map(level),
    }
  }
  const level = source.kind === 'volatility' ? horizonLevel(source.days) : volOfVolLevel
  return {
    at: (moment) => level(path.vol(INDEX_ETF, moment)),
    over: (session) => path.vols(INDEX_ETF, session).map(level),
  }
}

/** The fund whose price an index follows. */
export function fundOf(symbol: string): Stock {
  const fund = STOCKS.find((stock) => stock.symbol === symbol)
  if (!fund) throw new RangeError(`no fund ${symbol} in the synthetic market`)
  return fund
}

/** The volatility index of another horizon, by the term structure of the market's volatility. */
function horizonLevel(days: number): (vol30: number) => number {
  if (days === THIRTY_DAYS) return indexLevel
  return (vol30) => indexLevel(termVol(INDEX_ETF, vol30, days / 365))
}

function volOfVolLevel(vol30: number): number {
  return cents(100 * volOfVolatilityIndex(indexLevel(vol30), THIRTY_DAYS / 365))
}
