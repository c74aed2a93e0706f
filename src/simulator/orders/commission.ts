import { isOption } from '../market/contracts.ts'
import type { SimContract } from '../market/market.ts'
import { roundPrice } from './quote-venue.ts'

const STOCK = { perUnit: 0.005, minimum: 1 }
const OPTION = { perUnit: 0.65, minimum: 1 }
/** A stock order costs no more than this share of its value. */
const STOCK_MAXIMUM_FRACTION = 0.01

/** What one order has filled of one contract so far. */
export interface FilledSoFar {
  readonly quantity: number
  /** Dollars. */
  readonly value: number
}

/**
 * The commission of one order in one contract, dollars: 0.005 a share, at least 1 and at most 1 % of the value; 0.65 an
 * option contract, at least 1. A fill costs the difference to what was filled before, so that many small fills cost as
 * much as a large one.
 */
export function commissionOf(contract: SimContract, { quantity, value }: FilledSoFar): number {
  if (quantity === 0) return 0
  const rate = isOption(contract) ? OPTION : STOCK
  const full = Math.max(rate.minimum, rate.perUnit * quantity)
  const capped = isOption(contract) ? full : Math.min(full, STOCK_MAXIMUM_FRACTION * value)
  return roundPrice(capped)
}
