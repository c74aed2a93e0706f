import { type Expiration, freshMidOf, type Sides, type Strike, yearsOf } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { NO_PREMIUM } from '../surface/quotes/early-exercise.ts'
import type { EarlyExercise } from '../surface/quotes/quoted-volatility.ts'
import type { Forward } from './forward/forward.ts'

/** One expiration's model-free variance, with all intermediate values that Cboe publishes. */
export interface Strip {
  readonly minutes: number
  /** Dollars. */
  readonly forward: number
  /** The highest strike at or below the forward. */
  readonly k0: number
  /** Strikes used. */
  readonly count: number
  readonly lowestStrike: number
  readonly highestStrike: number
  /** Σ ΔK/K²·e^{rT}·Q(K). */
  readonly contributions: number
  /** Annualised. */
  readonly variance: number
  /** Rough estimate of the variance that strikes beyond the outermost ones would add; see `tail`. */
  readonly missingVariance: number
}

/** The quotes of one expiration and its forward, which says where puts end and calls begin. */
export interface StripQuotes<Row extends Sides = Sides> extends Pick<Expiration<Row>, 'minutes' | 'strikes'> {
  readonly forward: Found<Pick<Forward, 'forward'>>
  /** What early exercise is worth, dollars, by right and ln(K/F); called only if the strip is computed. */
  readonly earlyExercise?: () => EarlyExercise
}

/** One strike of the strip. */
interface Quoted {
  readonly strike: number
  /** Dollars: the put below K0, the call above K0, their mean at K0; of American options without early exercise. */
  readonly price: number
}

/**
 * Model-free variance of one expiration from out-of-the-money quotes. Going outward from K0, strikes with a missing or
 * zero side or a crossed or stale quote are skipped. Two zero bids in a row end the strip; a good quote resets that
 * count. ΔK is half the distance between the neighbouring strikes used; at the ends, the distance to the only
 * neighbour. σ² = (2/T)·Σ ΔK/K²·e^{rT}·Q(K) − (1/T)·(F/K0 − 1)². The method is for European options: of American ones Q(K) is the
 * mid less what early exercise is worth.
 * Absent: `no_parity_pair`; `no_k0_quote` if K0 has no two-sided call and put; `too_few_strikes` with fewer than three;
 * `not_positive`. Source: Cboe, "Volatility Index Methodology: Cboe Volatility Index".
 */
export function varianceStrip<Row extends Sides>(
  expiration: StripQuotes<Row>,
  rateFraction: number,
): Found<Strip> {
  const { strikes, minutes } = expiration
  if (expiration.forward.reason !== null) return expiration.forward
  const { forward } = expiration.forward.value
  const at = lastAtOrUnder(strikes, forward)
  const pivot = strikes[at]
  const callMid = freshMidOf(pivot?.call ?? null)
  const putMid = freshMidOf(pivot?.put ?? null)
  if (!pivot || callMid === null || putMid === null) return absent('no_k0_quote')
  const premium = expiration.earlyExercise?.() ?? NO_PREMIUM
  const european = (side: 'call' | 'put', strike: number, mid: number) =>
    Math.max(0, mid - premium(side === 'call' ? 'C' : 'P', Math.log(strike / forward)))
  const puts = walk(strikes.slice(0, at).reverse(), 'put', european)
  const calls = walk(strikes.slice(at + 1), 'call', european)
  const atPivot = european('call', pivot.strike, callMid) + european('put', pivot.strike, putMid)
  const centre = { strike: pivot.strike, price: atPivot / 2 }
  const quoted = [...puts.quoted.reverse(), centre, ...calls.quoted]
  if (quoted.length < 3) return absent('too_few_strikes')
  const years = yearsOf(expiration)
  const growth = Math.exp(rateFraction * years)
  const contributions = growth * sumOf(quoted)
  const variance = (2 * contributions) / years - (forward / pivot.strike - 1) ** 2 / years
  if (!(variance > 0)) return absent('not_positive')
  const missing = (puts.cut ? tail([...quoted]) : 0) + (calls.cut ? tail([...quoted].reverse()) : 0)
  return found({
    minutes,
    forward,
    k0: pivot.strike,
    count: quoted.length,
    lowestStrike: (quoted[0] as Quoted).strike,
    highestStrike: (quoted.at(-1) as Quoted).strike,
    contributions,
    variance,
    missingVariance: (2 * growth * missing) / years,
  })
}

function lastAtOrUnder(strikes: readonly Strike<Sides>[], forward: number): number {
  const above = strikes.findIndex(({ strike }) => strike > forward)
  return (above < 0 ? strikes.length : above) - 1
}

/**
 * The strikes of one side, from the money outward. An option without a row is skipped and does not count as a zero bid.
 * `cut`: the strikes ended before two zero bids in a row.
 */
function walk(
  outward: readonly Strike<Sides>[],
  side: 'call' | 'put',
  priceOf: (side: 'call' | 'put', strike: number, mid: number) => number,
): { quoted: Quoted[]; cut: boolean } {
  const quoted: Quoted[] = []
  let zeroBids = 0
  for (const pair of outward) {
    const quote = pair[side]
    const mid = freshMidOf(quote)
    if (mid !== null) {
      quoted.push({ strike: pair.strike, price: priceOf(side, pair.strike, mid) })
      zeroBids = 0
    } else if (quote !== null && (!quote.bid || quote.bid <= 0)) {
      zeroBids++
      if (zeroBids === 2) return { quoted, cut: false }
    }
  }
  return { quoted, cut: true }
}

/** Σ ΔK/K²·Q(K). */
function sumOf(quoted: readonly Quoted[]): number {
  let sum = 0
  for (const [index, { strike, price }] of quoted.entries()) {
    const lower = quoted[Math.max(0, index - 1)] as Quoted
    const upper = quoted[Math.min(quoted.length - 1, index + 1)] as Quoted
    const neighbours = index > 0 && index < quoted.length - 1 ? 2 : 1
    sum += ((upper.strike - lower.strike) / neighbours / strike ** 2) * price
  }
  return sum
}

/**
 * Estimates the part of Σ ΔK/K²·Q(K) beyond the outermost quote, which comes first in `inward`. Prices are assumed to
 * keep falling at the rate of their last fall by a factor of e. Infinite if they never fell that far: the size is
 * unknown.
 */
function tail(inward: readonly Quoted[]): number {
  const last = inward[0] as Quoted
  const inner = inward.find(({ price }) => price >= Math.E * last.price)
  if (!inner) return Number.POSITIVE_INFINITY
  const decay = Math.log(inner.price / last.price) / Math.abs(inner.strike - last.strike)
  return last.price / decay / last.strike ** 2
}
