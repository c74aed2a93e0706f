import type { OrderSide } from '../gateway/orders/order.ts'
import type { Right } from '../market/contract.ts'
import type { SnapshotRow } from '../snapshot/row.ts'

/** Columns of a stored chain that the trader reads. */
export const QUOTE_COLUMNS = [
  'timestamp',
  'symbol',
  'expiry',
  'strike',
  'right',
  'bid',
  'ask',
  'open_interest',
  'delta',
  'underlying_price',
  'con_id',
  'trading_class',
  'flags',
  'multiplier',
  'underlying_type',
] as const

/** Columns that say what a contract is worth; rows of older versions have not recorded them. */
type TermColumn = 'multiplier' | 'underlying_type'

/** One option of a stored slot. */
export type ChainQuote = Pick<SnapshotRow, Exclude<(typeof QUOTE_COLUMNS)[number], TermColumn>> &
  Partial<Pick<SnapshotRow, TermColumn>>

/** An option for people: with its class where that is not the symbol's own, because two may share all the rest. */
export function optionName(option: {
  readonly symbol: string
  readonly expiry: string
  readonly strike: number | null
  readonly right: string | null
  readonly trading_class: string
}): string {
  const { symbol, expiry, strike, right, trading_class: ownClass } = option
  const name = `${symbol} ${expiry} ${strike} ${right}`
  return ownClass === '' || ownClass === symbol.replace('.', '') ? name : `${name} ${ownClass}`
}

/** One option of a position. */
export interface PositionLeg {
  readonly con_id: number
  /** `YYYYMMDD`. */
  readonly expiry: string
  /** Dollars. */
  readonly strike: number
  readonly right: Right
  readonly trading_class: string
  /** BUY: held long. */
  readonly side: OrderSide
}

/** Dollars that a contract pays for a dollar of its price. Contracts with another multiplier are not chosen. */
export const MULTIPLIER = 100

/** +1 for what is held long, −1 for what is sold. */
export function signOf(side: OrderSide): 1 | -1 {
  return side === 'BUY' ? 1 : -1
}

/** Net prices of one unit of a position, dollars a share: negative for what is received. */
export interface NetPrices {
  /** What selling the unit pays at once: longs at the bid, shorts at the ask. */
  readonly bid: number
  readonly mid: number
  /** What buying the unit costs at once: longs at the ask, shorts at the bid. */
  readonly ask: number
}

/**
 * The least that a unit can be worth at expiration, dollars a share: 0 for a straddle, the wider wing below 0 for a condor.
 * −Infinity where a loss is not bounded. All legs expire together.
 */
export function leastPayoff(legs: readonly Pick<PositionLeg, 'side' | 'strike' | 'right'>[]): number {
  const calls = legs.filter(({ right }) => right === 'C')
  if (calls.reduce((sum, { side }) => sum + signOf(side), 0) < 0) return Number.NEGATIVE_INFINITY
  const worthAt = (price: number) =>
    legs.reduce((sum, { side, strike, right }) => {
      return sum + signOf(side) * Math.max(0, right === 'C' ? price - strike : strike - price)
    }, 0)
  return roundDollars(Math.min(...[0, ...legs.map(({ strike }) => strike)].map(worthAt)))
}

/** Removes the dust of binary fractions from sums of prices. */
export function roundDollars(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

/** Net prices of a unit from the quotes of its legs; null if a side of a leg is missing. */
export function netPrices(
  legs: readonly { readonly side: OrderSide; readonly bid: number | null; readonly ask: number | null }[],
): NetPrices | null {
  let bid = 0
  let ask = 0
  for (const leg of legs) {
    // An option that nobody bids for can be bought; a missing bid is no price.
    if (leg.bid === null || leg.ask === null || leg.ask <= 0 || leg.bid < 0) return null
    bid += leg.side === 'BUY' ? leg.bid : -leg.ask
    ask += leg.side === 'BUY' ? leg.ask : -leg.bid
  }
  return { bid: roundDollars(bid), mid: roundDollars((bid + ask) / 2), ask: roundDollars(ask) }
}
