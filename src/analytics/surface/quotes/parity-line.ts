import type { EpochMs } from '../../../market/units.ts'
import type { Carry } from '../../carry.ts'
import { type Expiration, freshMidOf, spotOf, yearsOf } from '../../chain.ts'
import { type Found, found } from '../../measured.ts'
import { type ExpirationPricing, expirationPricing } from '../../volatility/forward/expiration-pricing.ts'
import { priceFromForward, pricingTerms } from '../../volatility/forward/pricing-terms.ts'
import type { ParityLine } from '../surface.ts'
import { NO_PREMIUM, premiumsAlong } from './early-exercise.ts'
import {
  type EarlyExercise,
  LEAST_HALF_WIDTH,
  type PriceTerms,
  quotedVariances,
} from './quoted-volatility.ts'

/** The forward of an expiration and what turns its prices into volatilities. */
export interface ParityFit {
  readonly line: ParityLine
  readonly terms: PriceTerms
}

/** Strikes further from the money, in standard deviations, are not used: there early exercise decides call less put. */
const FARTHEST = 1
/** Strikes whose forward differs by more half-widths are left out as faulty. */
const OUTLIER = 3
const ROUNDS = 4
/** Premiums are computed again at a forward that moved by more than this share, at most so many times. */
const SETTLED = 5e-5
const MAX_PASSES = 4

/**
 * The forward of one expiration by put-call parity over all strikes near the money: F_K = K + (C − P)/D, with the
 * early-exercise premiums of American options taken from C and P, averaged with the weights 1/(sum of the half-widths)².
 * The rate is given: one fitted to the strikes of an expiration is not stable. Absent as `expirationPricing`.
 */
export function parityLine(
  expiration: Expiration,
  { carry, slot, spot }: { readonly carry: Carry; readonly slot: EpochMs; readonly spot: number | null },
): Found<ParityFit> {
  const pricing = expirationPricing(expiration, carry, slot)
  if (pricing.reason !== null) return pricing
  const years = yearsOf(expiration)
  const discount = Math.exp(-carry.rateFraction * years)
  const fit = fitLine(expiration, { pricing: pricing.value, carry, discount })
  const { forward, error, count, premium } = fit
  const price = fit.spot ?? spot
  const isOnSpot = expiration.pricedOn === 'spot' && price !== null && price > 0
  return found({
    terms: { forward, discount, premium },
    line: {
      forward,
      forwardError: error,
      carryFraction: isOnSpot ? Math.log(forward / price) / years : null,
      carryError: isOnSpot ? error / forward / years : null,
      pairs: count,
    },
  })
}

interface LineTerms {
  readonly pricing: ExpirationPricing
  readonly carry: Carry
  readonly discount: number
}

/** The forward, and the premiums at it: they depend on each other, most before an ex-date that is close to expiry. */
function fitLine(
  expiration: Expiration,
  { pricing, carry, discount }: LineTerms,
): Average & { readonly premium: EarlyExercise } {
  const { pivot, dividends, presentValue } = pricing
  const terms = pricingTerms(expiration, carry.rateFraction)
  const isEuropean = expiration.style === 'european'
  const strikes = isEuropean ? [] : thinned(expiration.strikes)
  let at: PriceTerms = { forward: pricing.forward, discount, premium: NO_PREMIUM }
  const farthest = FARTHEST * totalVolatilityAt(expiration, pivot, at)
  for (let pass = 1; ; pass++) {
    const { forward } = at
    const spot = priceFromForward(forward, terms) + presentValue
    const premium = premiumsAlong(quotedVariances({ strikes }, at), { ...terms, dividends, forward, spot })
    const average = averaged(pairForwards(expiration, { ...at, premium, farthest }), forward)
    const isSettled = Math.abs(average.forward - forward) <= SETTLED * forward
    if (isEuropean || isSettled || pass === MAX_PASSES) return { ...average, premium }
    at = { ...at, premium, forward: average.forward }
  }
}

/** σ√T, from call and put together at the pivot: they are worth about 0.8·σ√T of the forward. */
function totalVolatilityAt(
  { strikes }: Pick<Expiration, 'strikes'>,
  pivot: number,
  { forward, discount }: PriceTerms,
): number {
  const pair = strikes.find(({ strike }) => strike === pivot)
  const straddle = (freshMidOf(pair?.call ?? null) ?? 0) + (freshMidOf(pair?.put ?? null) ?? 0)
  return straddle / (0.8 * discount * forward)
}

/** Enough strikes for the volatilities that early exercise is priced with. */
const MOST_STRIKES = 60

function thinned(strikes: Expiration['strikes']): Expiration['strikes'] {
  const every = Math.ceil(strikes.length / MOST_STRIKES)
  return strikes.filter((_, at) => at % every === 0)
}

/** The forward that the call and put of one strike imply, dollars. */
interface PairForward {
  readonly forward: number
  /** Sum of the half-widths of call and put, dollars at expiry. */
  readonly halfWidth: number
  /** Variance of the forward if the true prices lie anywhere inside bid and ask. */
  readonly variance: number
  /** Price of the underlying when call and put were quoted, dollars; null if unknown. */
  readonly spot: number | null
}

function pairForwards(
  { strikes }: Pick<Expiration, 'strikes'>,
  { forward, discount, premium, farthest }: PriceTerms & { readonly farthest: number },
): PairForward[] {
  const pairs: PairForward[] = []
  for (const { strike, call, put } of strikes) {
    const k = Math.log(strike / forward)
    if (Math.abs(k) > farthest) continue
    const callMid = freshMidOf(call)
    const putMid = freshMidOf(put)
    if (callMid === null || putMid === null) continue
    const callHalf = Math.max(LEAST_HALF_WIDTH, callMid - (call?.bid ?? 0)) / discount
    const putHalf = Math.max(LEAST_HALF_WIDTH, putMid - (put?.bid ?? 0)) / discount
    const gap = callMid - premium('C', k) - (putMid - premium('P', k))
    pairs.push({
      forward: strike + gap / discount,
      halfWidth: callHalf + putHalf,
      variance: (callHalf * callHalf + putHalf * putHalf) / 3,
      spot: spotOf([call, put].flatMap((row) => row ?? [])),
    })
  }
  return pairs
}

interface Average {
  readonly forward: number
  readonly error: number
  readonly count: number
  /**
   * The price of the underlying by the same mean, dollars: it moves while a chain is quoted, and the forward with it. Null
   * if a strike has none.
   */
  readonly spot: number | null
}

/**
 * The weighted mean without outliers, and its standard error: the larger one of what the half-widths and what the
 * distances from the mean give. The pivot's forward without a pair near the money.
 */
function averaged(pairs: readonly PairForward[], pivotForward: number): Average {
  let forward = weightedMedian(pairs) ?? pivotForward
  let result: Average = { forward, error: 0, count: 0, spot: null }
  for (let round = 0; round < ROUNDS; round++) {
    let [weights, sum, quoted, scattered, count] = [0, 0, 0, 0, 0]
    let spots: number | null = 0
    for (const one of pairs) {
      const distance = one.forward - forward
      if (Math.abs(distance) > OUTLIER * one.halfWidth) continue
      const weight = 1 / (one.halfWidth * one.halfWidth)
      weights += weight
      sum += weight * distance
      quoted += weight * weight * one.variance
      scattered += (weight * distance) ** 2
      spots = spots === null || one.spot === null ? null : spots + weight * one.spot
      count++
    }
    if (count === 0) return result
    forward += sum / weights
    const error = Math.sqrt(Math.max(quoted, scattered)) / weights
    result = { forward, error, count, spot: spots === null ? null : spots / weights }
  }
  return result
}

/** Null without pairs. */
function weightedMedian(pairs: readonly PairForward[]): number | null {
  const sorted = [...pairs].sort((a, b) => a.forward - b.forward)
  const weightOf = ({ halfWidth }: PairForward) => 1 / (halfWidth * halfWidth)
  let rest = sorted.reduce((sum, one) => sum + weightOf(one), 0) / 2
  for (const one of sorted) {
    rest -= weightOf(one)
    if (rest <= 0) return one.forward
  }
  return null
}
