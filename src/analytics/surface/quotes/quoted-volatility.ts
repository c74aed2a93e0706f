import type { Right } from '../../../market/contract.ts'
import { type Expiration, freshMidOf } from '../../chain.ts'
import { cdfOverDensity, totalVolatilityOf } from './total-volatility.ts'

/** An option out of the money as the fit sees it: the interval of total variance between its bid and its ask. */
export interface QuotedVariance {
  readonly strike: number
  /** ln(K/F). */
  readonly k: number
  /** Total variance at the middle of bid and ask volatility. */
  readonly variance: number
  /** Half of the difference between the total variances of ask and bid. */
  readonly halfWidth: number
  /** Total volatility σ√T of bid and ask. */
  readonly bidTotal: number
  readonly askTotal: number
  /** By how much the variance changes for a relative change of the forward, at the same price. */
  readonly perForward: number
}

/** What turns the prices of an expiration into volatilities. */
export interface PriceTerms {
  /** Dollars. */
  readonly forward: number
  /** Price today of a dollar at expiry. */
  readonly discount: number
  /** What the right to exercise early is worth, dollars; 0 for European options. */
  readonly premium: EarlyExercise
}

export type EarlyExercise = (right: Right, k: number) => number

/**
 * A quote narrower than this is taken to be this wide, dollars: half the smallest step of prices. A locked quote would
 * otherwise outweigh all others.
 */
export const LEAST_HALF_WIDTH = 0.005

/**
 * The two-sided, fresh quotes of puts below the forward and calls from it on, by strike. Quotes whose bid or ask has no
 * volatility, because it lies below what the option is worth at least, are left out.
 */
export function quotedVariances(
  { strikes }: Pick<Expiration, 'strikes'>,
  terms: PriceTerms,
): QuotedVariance[] {
  const quotes: QuotedVariance[] = []
  let guess = 0
  for (const { strike, call, put } of strikes) {
    const isPut = strike < terms.forward
    const row = isPut ? put : call
    const mid = freshMidOf(row)
    if (row === null || mid === null) continue
    const quote = quotedVariance(terms, { right: isPut ? 'P' : 'C', strike, mid, bid: row.bid ?? 0 }, guess)
    if (!quote) continue
    quotes.push(quote)
    guess = quote.bidTotal
  }
  return quotes
}

interface Quote {
  readonly right: Right
  readonly strike: number
  readonly mid: number
  readonly bid: number
}

/** Null if bid or ask has no volatility. `guess` is the total volatility of a neighbour; 0 without one. */
function quotedVariance(
  { forward, discount, premium }: PriceTerms,
  { right, strike, mid, bid }: Quote,
  guess: number,
): QuotedVariance | null {
  const k = Math.log(strike / forward)
  const x = -Math.abs(k)
  const early = premium(right, k)
  const half = Math.max(LEAST_HALF_WIDTH, mid - bid)
  const scale = discount * Math.sqrt(forward * strike)
  const bidTotal = totalVolatilityOf(x, (mid - half - early) / scale, guess)
  if (bidTotal === null) return null
  const askTotal = totalVolatilityOf(x, (mid + half - early) / scale, bidTotal)
  if (askTotal === null) return null
  const total = (bidTotal + askTotal) / 2
  return {
    strike,
    k,
    bidTotal,
    askTotal,
    variance: total * total,
    halfWidth: (askTotal * askTotal - bidTotal * bidTotal) / 2,
    perForward: variancePerForward(right, k, total),
  }
}

/** At the same price the total volatility changes by −Δ/vega for a relative change of the forward. */
function variancePerForward(right: Right, k: number, total: number): number {
  const sign = right === 'C' ? 1 : -1
  const d1 = -k / total + total / 2
  return -2 * total * sign * cdfOverDensity(sign * d1)
}
