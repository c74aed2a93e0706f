import type { SimContract, SimQuote } from '../market/market.ts'

/**
 * What one share of a contract is worth by its quote, dollars: the mark price, else the middle of bid and ask, else the
 * last trade, else the previous close. null when the quote has none of them.
 */
export function priceOf(quote: SimQuote): number | null {
  return quote.mark ?? middle(quote) ?? quote.last ?? quote.close ?? null
}

function middle({ bid, ask }: SimQuote): number | null {
  return bid === undefined || bid === null || ask === undefined || ask === null ? null : (bid + ask) / 2
}

/** What an expired option was worth at a price of its underlying, dollars a share. */
export function intrinsicValue({ strike, right }: SimContract, underlyingPrice: number): number {
  return Math.max(0, right === 'C' ? underlyingPrice - strike : strike - underlyingPrice)
}
