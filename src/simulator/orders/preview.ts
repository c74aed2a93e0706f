import type { EpochMs } from '../../market/units.ts'
import { afterTrades, isAffordable, type MarginFigures, marginOf } from '../account/margin.ts'
import { holdingsOf, type Prices, priceOf } from '../account/valuation.ts'
import type { SimContract, SimQuote } from '../market/market.ts'
import { commissionOf } from './commission.ts'
import { type Instrument, multiplierOf, type OrderTerms, type Position, type Side } from './order.ts'
import { roundPrice, sideOfLeg } from './quote-venue.ts'

/** The account's margin without and with an order, and what the order costs. */
export interface OrderPreview {
  readonly before: MarginFigures
  readonly after: MarginFigures
  /** Dollars. */
  readonly commission: number
  readonly isAffordable: boolean
}

/** What is held, and the prices at which it is valued. */
export interface Valuation extends Prices {
  readonly cash: number
  readonly positions: readonly Position[]
  /** The quote that the order meets. */
  orderQuote(contract: SimContract): SimQuote
}

/** The margin if the order were filled at once: at its limit, or without one at the quote. */
export function previewOrder(
  instrument: Instrument,
  terms: Pick<OrderTerms, 'side' | 'quantity' | 'limitPrice'>,
  valuation: Valuation,
): OrderPreview {
  const holdings = holdingsOf(valuation, valuation)
  const trades = tradesOf(instrument, terms, valuation)
  const commission = roundPrice(
    trades.reduce((sum, { contract, quantity, price }) => {
      const shares = Math.abs(quantity)
      return (
        sum + commissionOf(contract, { quantity: shares, value: shares * price * multiplierOf(contract) })
      )
    }, 0),
  )
  const before = marginOf(holdings)
  const after = marginOf(afterTrades(holdings, trades, commission))
  return { before, after, commission, isAffordable: isAffordable(before, after) }
}

/**
 * Remembers each contract's quote for a second of the clock: checking an order must not quote everything that is held
 * again, and margin need not be newer.
 */
export function quotesOfTheSecond(
  quote: (contract: SimContract) => SimQuote,
  now: () => EpochMs,
): (contract: SimContract) => SimQuote {
  const known = new Map<number, SimQuote>()
  let second = Number.NaN
  return (contract) => {
    const current = Math.floor(now() / 1_000)
    if (current !== second) known.clear()
    second = current
    const found = known.get(contract.conId) ?? quote(contract)
    known.set(contract.conId, found)
    return found
  }
}

function tradesOf(
  instrument: Instrument,
  { side, quantity, limitPrice }: Pick<OrderTerms, 'side' | 'quantity' | 'limitPrice'>,
  { orderQuote }: Valuation,
) {
  const signed = (of: Side, count: number) => (of === 'BUY' ? count : -count)
  if (instrument.kind === 'single') {
    const { contract } = instrument
    const price = limitPrice ?? touchOf(orderQuote(contract), side) ?? 0
    return [{ contract, quantity: signed(side, quantity), price }]
  }
  return instrument.legs.map((leg) => {
    const legSide = sideOfLeg(leg.side, side)
    const price = touchOf(orderQuote(leg.contract), legSide) ?? 0
    return { contract: leg.contract, quantity: signed(legSide, quantity * leg.ratio), price }
  })
}

function touchOf(quote: SimQuote, side: Side): number | null {
  return (side === 'BUY' ? quote.ask : quote.bid) ?? priceOf(quote)
}
