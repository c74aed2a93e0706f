import type { Dividend } from '../../market/pricing/option.ts'
import { type Carry, dividendsFrom } from '../carry.ts'
import { type Expiration, type GroupedChain, midOf, type Strike, yearsOf } from '../chain.ts'
import { parityForward } from '../volatility/forward.ts'

/**
 * How far the call and put of one strike lie outside the bounds of put-call parity. C and P are mids, S is the price of
 * the underlying, D the dividends before expiry:
 * - American options: S − D − K ≤ C − P ≤ S − K·e^{−rT}, of options on a future S·e^{−rT} − K ≤ C − P ≤ S − K·e^{−rT};
 * - European options: C − P = S − D − K·e^{−rT} with the present value D that the gateway's model has; on a future
 *   e^{−rT}(S − K); without D, and on a forward (VIX), e^{−rT}(F − K) with the forward F of the pivot strike, so that only
 *   strikes of one expiration are held against each other.
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

/** Parity residuals of a chain. Without an underlying price there are no pairs, but of options on a forward. */
export function parityResidual(chain: GroupedChain, carry: Carry): ParityResidual {
  const dividends = dividendsFrom(carry, chain.slot)
  const residuals: number[] = []
  for (const expiration of chain.expirations) {
    const bounds = boundsOf(expiration, { spot: chain.spot, rateFraction: carry.rateFraction, dividends })
    if (!bounds) continue
    for (const pair of expiration.strikes) {
      const residual = pairResidual(pair, bounds)
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
interface ParityBounds {
  readonly least: (pair: Strike) => number
  readonly most: (pair: Strike) => number
}

interface ParityBasis {
  /** Of the whole chain, dollars. */
  readonly spot: number | null
  readonly rateFraction: number
  readonly dividends: readonly Dividend[]
}

/** The bounds of an expiration; null if what its options are on has no price. */
function boundsOf(
  expiration: Expiration,
  { spot: chainSpot, rateFraction, dividends }: ParityBasis,
): ParityBounds | null {
  const years = yearsOf(expiration)
  const discount = Math.exp(-rateFraction * years)
  const { pricedOn, style, pvDividend } = expiration
  const spot = pricedOn === 'future' ? expiration.spot : chainSpot
  if (style === 'american') {
    if (spot === null) return null
    const held = pricedOn === 'future' ? spot * discount : spot - paidBefore(dividends, years)
    return { least: ({ strike }) => held - strike, most: ({ strike }) => spot - strike * discount }
  }
  if (pricedOn !== 'forward' && spot === null) return null
  if (pricedOn === 'future')
    return exactly(({ strike, ...pair }) => discount * (priceAt(pair, spot) - strike))
  if (pricedOn === 'spot' && pvDividend !== null) {
    return exactly(({ strike, ...pair }) => priceAt(pair, spot) - pvDividend - strike * discount)
  }
  const parity = parityForward(expiration, rateFraction)
  if (parity.reason !== null) return null
  const { forward } = parity.value
  return exactly(({ strike }) => discount * (forward - strike))
}

function exactly(value: ParityBounds['least']): ParityBounds {
  return { least: value, most: value }
}

/**
 * The price of the underlying for call minus put: each of the two was quoted at its own moment, and follows the price by
 * its delta, of which half is assumed without one. A bound that is exact would otherwise measure how far the underlying
 * moved while the chain was collected.
 */
function priceAt({ call, put }: Pick<Strike, 'call' | 'put'>, chainSpot: number | null): number {
  const spot = chainSpot as number
  const share = Math.abs(call?.delta ?? 0.5)
  return share * (call?.underlying_price ?? spot) + (1 - share) * (put?.underlying_price ?? spot)
}

function pairResidual(pair: Strike, bounds: ParityBounds): number | null {
  const { call, put } = pair
  const callMid = midOf(call)
  const putMid = midOf(put)
  if (!call || !put || callMid === null || putMid === null) return null
  const halfSpreads = callMid - (call.bid ?? 0) + putMid - (put.bid ?? 0)
  if (!(halfSpreads > ROUNDING)) return null
  const difference = callMid - putMid
  const [least, most] = [bounds.least(pair), bounds.most(pair)]
  const outside = Math.max(0, Math.min(least, most) - difference, difference - Math.max(least, most))
  return outside / halfSpreads
}

function paidBefore(dividends: readonly Dividend[], years: number): number {
  return dividends.reduce((sum, one) => (one.years > 0 && one.years <= years ? sum + one.amount : sum), 0)
}
