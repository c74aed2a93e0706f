import type { Carry } from '../carry.ts'
import { type Expiration, type GroupedChain, midOf, type Strike, yearsOf } from '../chain.ts'
import { type ExpirationPricing, expirationPricing } from '../volatility/forward/expiration-pricing.ts'

/**
 * How far the call and put of one strike lie outside the bounds of put-call parity at the fitted carry of their expiration:
 * S is the price of the underlying that is consistent with its quotes, F the forward, D the dividends before expiry
 * (`expirationPricing`). So a wrong rate or a cost of borrowing is no contradiction: strikes of one expiration are held
 * against each other. C and P are mids.
 * - American options: S − D − K ≤ C − P ≤ S − K·e^{−rT}, of options on a future S·e^{−rT} − K ≤ C − P ≤ S − K·e^{−rT};
 * - European options: C − P = e^{−rT}(F − K).
 * S and F are moved by what the underlying moved between the quotes of the strike and those that they were fitted to.
 */
export interface ParityResidual {
  /** Pairs with two-sided quotes on both options and a spread on at least one. */
  readonly pairs: number
  /** Pairs outside the bounds by more than the sum of the two half-spreads. */
  readonly beyond: number
  /** 95th percentile of the distance outside the bounds, in units of that sum; null without pairs. */
  readonly residual95: number | null
}

/** Narrower spreads are rounding errors; dollars. */
const ROUNDING = 1e-9

/** Parity residuals of a chain; no pairs of an expiration without a call and a put of one strike. */
export function parityResidual(chain: GroupedChain, carry: Carry): ParityResidual {
  const residuals: number[] = []
  for (const expiration of chain.expirations) {
    const pricing = expirationPricing(expiration, carry, chain.slot)
    if (pricing.reason !== null) continue
    const bounds = boundsOf(expiration, pricing.value, carry)
    for (const pair of expiration.strikes) {
      const residual = pairResidual(pair, bounds(pair))
      if (residual !== null) residuals.push(residual)
    }
  }
  const sorted = Float64Array.from(residuals).sort()
  return {
    pairs: sorted.length,
    beyond: residuals.filter((residual) => residual > 1).length,
    residual95: sorted[Math.max(0, Math.ceil(0.95 * sorted.length) - 1)] ?? null,
  }
}

/** What call minus put of a strike may be, dollars. */
type Bounds = readonly [least: number, most: number]

function boundsOf(
  expiration: Expiration,
  { pivot, spot, forward, dividends }: ExpirationPricing,
  { rateFraction }: Carry,
): (pair: Strike) => Bounds {
  const { pricedOn, style, strikes } = expiration
  const discount = Math.exp(-rateFraction * yearsOf(expiration))
  const fitted = strikes.find(({ strike }) => strike === pivot) ?? null
  const moved = (pair: Strike) => (pricedOn === 'forward' ? 0 : moveBetween(fitted, pair))
  if (style === 'european') {
    // A dollar of the underlying is a dollar of a future, and e^{rT} dollars of a forward on a stock or index.
    const share = pricedOn === 'future' ? discount : 1
    return (pair) => {
      const worth = discount * (forward - pair.strike) + share * moved(pair)
      return [worth, worth]
    }
  }
  const paid = dividends.reduce((sum, { amount }) => sum + amount, 0)
  return (pair) => {
    const now = spot + moved(pair)
    const held = pricedOn === 'future' ? now * discount : now - paid
    return [held - pair.strike, now - pair.strike * discount]
  }
}

/** What the underlying moved from the quotes of one strike to those of another, dollars; 0 where its price is not known. */
function moveBetween(from: Strike | null, to: Strike): number {
  const [before, after] = [from && priceAt(from), priceAt(to)]
  const moved = before === null || after === null ? 0 : after - before
  return Number.isFinite(moved) ? moved : 0
}

/**
 * The price of the underlying for call minus put: each of the two was quoted at its own moment, and follows the price by
 * its delta, of which half is assumed without one. The bounds would otherwise measure how far the underlying moved while
 * the chain was collected.
 */
function priceAt({ call, put }: Strike): number | null {
  const [ofCall, ofPut] = [call?.underlying_price ?? null, put?.underlying_price ?? null]
  if (ofCall === null || ofPut === null) return null
  const share = Math.abs(call?.delta ?? 0.5)
  return share * ofCall + (1 - share) * ofPut
}

function pairResidual(pair: Strike, [least, most]: Bounds): number | null {
  const { call, put } = pair
  const callMid = midOf(call)
  const putMid = midOf(put)
  if (!call || !put || callMid === null || putMid === null) return null
  const halfSpreads = callMid - (call.bid ?? 0) + putMid - (put.bid ?? 0)
  if (!(halfSpreads > ROUNDING)) return null
  const difference = callMid - putMid
  const outside = Math.max(0, Math.min(least, most) - difference, difference - Math.max(least, most))
  return outside / halfSpreads
}
