import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import type { SteppedMarket } from '../../../src/exchange/engine/market.ts'

/** Sums over all accounts, which never change. */
export function sums({ accounts }: SteppedMarket): { readonly cash: number; readonly shares: number } {
  let cash = 0
  let shares = 0
  for (const account of accounts) {
    cash += account.cash
    shares += account.shares
  }
  return { cash, shares }
}

/** What is wrong with the book of a market. */
export function bookFaults({ book, view }: SteppedMarket): string[] {
  const faults: string[] = []
  let orders = 0
  for (const side of [BUY, SELL] as const) {
    const resting = book.orders(side)
    orders += resting.length
    const sizes = new Map<number, number>()
    for (const [at, { price, remaining, isResting }] of resting.entries()) {
      const before = resting[at - 1]?.price ?? price
      if ((price - before) * side > 0) faults.push(`${price} stands behind ${before}`)
      if (!isResting || remaining <= 0 || !Number.isInteger(remaining)) {
        faults.push(`an order rests with ${remaining} shares`)
      }
      sizes.set(price, (sizes.get(price) ?? 0) + remaining)
    }
    for (const { price, size } of book.levels(side, 100_000)) {
      if (sizes.get(price) !== size)
        faults.push(`the level ${price} has ${size} instead of ${sizes.get(price)}`)
      sizes.delete(price)
    }
    if (sizes.size > 0) faults.push(`${sizes.size} prices are not among the levels`)
    const best = side === BUY ? view.bestBid : view.bestAsk
    if (best !== (resting[0]?.price ?? null)) faults.push(`the best price is ${best}`)
  }
  if (orders !== book.orderCount) faults.push(`${book.orderCount} orders are counted, and ${orders} rest`)
  if (view.bestBid !== null && view.bestAsk !== null && view.bestBid >= view.bestAsk) {
    faults.push(`the book is crossed: ${view.bestBid} and ${view.bestAsk}`)
  }
  return faults
}
