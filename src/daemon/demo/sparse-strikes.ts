import { daysBetween, expiryDate, expiryToDate, type SessionDate } from '../../market/units.ts'
import type { Market, SimContract } from '../../simulator/market/market.ts'

/** Strikes of the last days are dollars apart, others five. */
const NEAR_DAYS = 2
const NEAR_STEP = 1
const FAR_STEP = 5

/**
 * A market on which fewer strikes of stocks' options are listed, so that a slot of it is collected in a fraction of a second:
 * a sixth of the contracts. Quotes are the same.
 */
export function withSparseStrikes(market: Market, todayAt: () => SessionDate): Market {
  function isKept({ secType, strike, expiry }: SimContract): boolean {
    if (secType !== 'OPT') return true
    const days = daysBetween(todayAt(), expiryToDate(expiryDate(expiry)))
    return strike % (days <= NEAR_DAYS ? NEAR_STEP : FAR_STEP) === 0
  }
  return {
    ...market,
    find: (query) => market.find(query).filter(isKept),
    chainRows: (underlyingConId) =>
      market.chainRows(underlyingConId).map((row) => ({
        ...row,
        strikes: row.strikes.filter((strike) => strike % NEAR_STEP === 0),
      })),
  }
}
