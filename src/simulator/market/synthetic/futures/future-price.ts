import { daysBetween, type EpochMs, type SessionDate } from '../../../../market/units.ts'
import type { SimContract } from '../../market.ts'
import { RATE_FRACTION } from '../surface.ts'
import type { ContractMonth } from './contract-months.ts'
import type { IndexPath, SessionLevels } from './index-path.ts'
import type { OilPath } from './oil-path.ts'
import type { FutureProduct } from './products.ts'
import {
  currentTradeDate,
  lastTradingAt,
  type Segment,
  settlementAt,
  type TradeDate,
  tradeDateBefore,
  tradeDateOn,
} from './trade-dates.ts'

/** One future as it is listed. */
export interface ListedFuture {
  readonly contract: SimContract
  readonly product: FutureProduct
  readonly month: ContractMonth
}

/** The paths from which futures are priced. */
export interface FuturePaths {
  readonly index: IndexPath
  readonly yields: Pick<SessionLevels, 'dividendYield'>
  readonly oil: OilPath
}

/** A moment of trading of a future. Outside trading hours, the last one before. */
export interface FutureMoment {
  readonly tradeDate: TradeDate
  readonly at: EpochMs
}

/** The moment of trading at a time; after its last trade a future stays where it was. */
export function futureMoment({ product, month }: ListedFuture, at: EpochMs): FutureMoment {
  const known = at < month.lastTradeAt ? at : month.lastTradeAt
  const tradeDate = currentTradeDate(product, known)
  return { tradeDate, at: lastTradingAt(tradeDate, known) }
}

/** The moment of the settlement price of the trade date before. */
export function previousSettlement({ product }: ListedFuture, { tradeDate }: FutureMoment): FutureMoment {
  const before = tradeDateBefore(product, tradeDate.date)
  return { tradeDate: before, at: settlementAt(product, before) }
}

/**
 * The price before rounding to ticks. A future on an index is the index grown at the rate less the dividends over the
 * whole days from the trade date to the expiry, so that on the last day it is the index itself; oil has its own curve.
 */
export function fairPrice(paths: FuturePaths, future: ListedFuture, moment: FutureMoment): number {
  const { product, month } = future
  const { tradeDate, at } = moment
  if (product.index === null) return paths.oil.price(month.expiry, tradeDate, at)
  return paths.index.level(product, at) * carryOf(paths, future, tradeDate)
}

/** `fairPrice` at every second of a segment of the trade date, from its opening to its close. */
export function fairPrices(
  paths: FuturePaths,
  future: ListedFuture,
  { tradeDate, segment }: { readonly tradeDate: TradeDate; readonly segment: Segment },
): Float64Array {
  const { product, month } = future
  if (product.index === null) return paths.oil.prices(month.expiry, tradeDate, segment)
  const carry = carryOf(paths, future, tradeDate)
  return paths.index.levels(product, segment).map((level) => level * carry)
}

/** The factor from the index to its future. */
function carryOf(paths: FuturePaths, { product, month }: ListedFuture, { date }: TradeDate): number {
  const years = daysBetween(date, month.expiry) / 365
  return Math.exp((RATE_FRACTION - paths.yields.dividendYield(product.index as string)) * years)
}

/** A price in the ticks of its product, without the dust of binary fractions. */
export function ticksToPrice(ticks: number, { minTick }: Pick<FutureProduct, 'minTick'>): number {
  return Math.round(ticks * minTick * 1e6) / 1e6
}

/** The nearest tick; trades are at it. */
export function tradedPrice(fair: number, product: FutureProduct): number {
  return ticksToPrice(Math.round(fair / product.minTick), product)
}

/** The bid and the ask, that many ticks apart, around a price. */
export function touchAround(
  fair: number,
  product: FutureProduct,
  spreadTicks: number,
): { readonly bid: number; readonly ask: number } {
  const bid = Math.floor(fair / product.minTick - (spreadTicks - 1) / 2)
  return { bid: ticksToPrice(bid, product), ask: ticksToPrice(bid + spreadTicks, product) }
}

/** The settlement price of a trade date. */
export function settlementPrice(paths: FuturePaths, future: ListedFuture, moment: FutureMoment): number {
  return tradedPrice(fairPrice(paths, future, moment), future.product)
}

/** The settlement price of a session's trade date. */
export function settlementOn(paths: FuturePaths, future: ListedFuture, date: SessionDate): number {
  const tradeDate = tradeDateOn(future.product, date)
  if (!tradeDate) throw new RangeError(`no trade date of ${future.product.symbol} on ${date}`)
  return settlementPrice(paths, future, { tradeDate, at: settlementAt(future.product, tradeDate) })
}
