import type { FutureContract } from '../../src/market/contract.ts'
import { conId, expiryDate } from '../../src/market/units.ts'

/** Futures on the S&P 500 by name and last trading day, with ids in the order given. */
export function futures(
  ...listed: readonly (readonly [localSymbol: string, expiry: string])[]
): FutureContract[] {
  return listed.map(([localSymbol, expiry], at) => ({
    ...{ conId: conId(900 + at), symbol: localSymbol.slice(0, 2), expiry: expiryDate(expiry), localSymbol },
    ...{ contractMonth: expiry.slice(0, 6), tradingClass: localSymbol.slice(0, 2), multiplier: 50 },
    ...{ exchange: 'CME', currency: 'USD' },
  }))
}
