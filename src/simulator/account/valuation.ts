import type { SimContract, SimQuote } from '../market/market.ts'
import type { Position } from '../orders/order.ts'
import { type Holdings, sharesPerUnit } from './margin.ts'

/** Where prices come from, at one moment. */
export interface Prices {
  quote(contract: SimContract): SimQuote
  byConId(conId: number): SimContract | undefined
}

/**
 * What one share of a contract is worth by its quote, dollars: the mark price, else the middle of bid and ask, else the
 * last trade, else the previous close. null when the quote has none of them.
 */
export function priceOf(quote: SimQuote): number | null {
  return quote.mark ?? middle(quote) ?? quote.last ?? quote.close ?? null
}

export function underlyingPrice(conId: number, prices: Prices): number | null {
  const underlying = prices.byConId(conId)
  return underlying ? priceOf(prices.quote(underlying)) : null
}

/** What is held, for the margin rule. A position whose price is not known is carried at its cost. */
export function holdingsOf(
  { cash, positions }: { cash: number; positions: readonly Position[] },
  prices: Prices,
): Holdings {
  const underlyings = new Map<number, number | null>()
  return {
    cash,
    positions: positions
      .filter(({ quantity }) => quantity !== 0)
      .map(({ contract, quantity, averageCost }) => ({
        contract,
        quantity,
        price: priceOf(prices.quote(contract)) ?? averageCost / sharesPerUnit(contract),
      })),
    underlyingPrice: (conId) => {
      const price = underlyings.get(conId) ?? underlyingPrice(conId, prices)
      underlyings.set(conId, price)
      return price
    },
  }
}

/** What an option is worth at its expiry, dollars a share. */
export function intrinsicValue({ strike, right }: SimContract, spot: number): number {
  return Math.max(0, right === 'C' ? spot - strike : strike - spot)
}

function middle({ bid, ask }: SimQuote): number | null {
  return bid === undefined || bid === null || ask === undefined || ask === null ? null : (bid + ask) / 2
}
