import type { Dividend } from '../../market/pricing/tree.ts'
import { type Carry, dividendsFrom } from '../carry.ts'
import { type GroupedChain, midOf, type Strike, yearsOf } from '../chain.ts'

/**
 * How far the call and put of one strike lie outside the put-call parity bounds for American options:
 * S − D − K ≤ C − P ≤ S − K·e^{−rT}. C and P are mids; D is the sum of dividends before expiry.
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

/** Parity residuals of a chain. Without an underlying price there are no pairs. */
export function parityResidual({ expirations, spot, slot }: GroupedChain, carry: Carry): ParityResidual {
  const { rateFraction } = carry
  const dividends = dividendsFrom(carry, slot)
  const residuals: number[] = []
  for (const expiration of expirations) {
    const years = yearsOf(expiration)
    for (const pair of expiration.strikes) {
      const residual = pairResidual(pair, { spot, rateFraction, dividends, years })
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

/** Inputs of the parity bounds of one expiration. */
interface ParityBasis {
  /** Dollars. */
  readonly spot: number | null
  readonly years: number
  readonly rateFraction: number
  readonly dividends: readonly Dividend[]
}

function pairResidual({ strike, call, put }: Strike, basis: ParityBasis): number | null {
  const callMid = midOf(call)
  const putMid = midOf(put)
  const { spot, rateFraction, years } = basis
  if (!call || !put || callMid === null || putMid === null || spot === null) return null
  const halfSpreads = callMid - (call.bid ?? 0) + putMid - (put.bid ?? 0)
  if (!(halfSpreads > ROUNDING)) return null
  const difference = callMid - putMid
  const least = spot - paidBefore(basis.dividends, years) - strike
  const most = spot - strike * Math.exp(-rateFraction * years)
  const outside = Math.max(0, Math.min(least, most) - difference, difference - Math.max(least, most))
  return outside / halfSpreads
}

function paidBefore(dividends: readonly Dividend[], years: number): number {
  return dividends.reduce((sum, one) => (one.years > 0 && one.years <= years ? sum + one.amount : sum), 0)
}
