import { discountedUnderlying } from './european.ts'
import type { Dividend, PricedOption } from './option.ts'

/** The tree of an option further than this many standard deviations from the money is centred there. */
const FARTHEST_CENTRE = 5

/** Enough for a reference that other numbers of steps are measured against. */
const MAX_STEPS = 4_001

/** Values of the nodes of one step, computed in place from the leaves to the root. */
const values = new Float64Array(MAX_STEPS + 1)
/** Powers of the up factor over the down factor. */
const ratios = new Float64Array(MAX_STEPS + 1)
/** What exercise costs by step: the strike, less the dividends that come with the underlying. */
const payable = new Float64Array(MAX_STEPS + 1)

/**
 * The American price in dollars by a Leisen-Reimer tree of an odd number of steps. The tree is centred on the strike, so
 * that its error hardly changes from strike to strike. Null if no time is left, or a price, strike or volatility is not
 * positive.
 *
 * Dividends are escrowed, as in IB's tree: the price less their present value moves, and exercise pays with those that are
 * still to come.
 * Source: D. Leisen, M. Reimer, "Binomial Models for Option Valuation: Examining and Improving Convergence", 1996.
 */
export function leisenReimerPrice(option: PricedOption, steps: number): number | null {
  const { right, strike, years, volFraction } = option
  const stochastic = discountedUnderlying({ ...option, yieldFraction: 0 })
  if (!(years > 0) || !(volFraction > 0) || !(strike > 0) || !(stochastic > 0)) return null
  const { up, down, upWeight, downWeight } = movesOf(option, { stochastic, steps })
  if (!(down > 0) || !Number.isFinite(up)) return null
  fillPayable(option, steps)
  const sign = right === 'C' ? 1 : -1
  const ratio = up / down
  const lowest = sign * stochastic * down ** steps
  fillLeaves(steps, { lowest, ratio, paid: sign * strike })
  rollBack(steps, { upWeight, downWeight, lowest, down, sign })
  return values[0] as number
}

/** `lowest` and `paid`: the price at the lowest leaf and the strike, both negative for a put. */
function fillLeaves(
  steps: number,
  { lowest, ratio, paid }: { readonly lowest: number; readonly ratio: number; readonly paid: number },
): void {
  ratios[0] = 1
  for (let node = 1; node <= steps; node++) ratios[node] = (ratios[node - 1] as number) * ratio
  for (let node = 0; node <= steps; node++) {
    values[node] = Math.max(0, lowest * (ratios[node] as number) - paid)
  }
}

function rollBack(
  steps: number,
  {
    upWeight,
    downWeight,
    lowest,
    down,
    sign,
  }: Omit<Moves, 'up'> & { readonly lowest: number; readonly sign: number },
): void {
  let base = lowest
  for (let step = steps - 1; step >= 0; step--) {
    base /= down
    const paid = sign * (payable[step] as number)
    let lower = values[0] as number
    for (let node = 0; node <= step; node++) {
      const upper = values[node + 1] as number
      const held = downWeight * lower + upWeight * upper
      const exercised = base * (ratios[node] as number) - paid
      values[node] = held > exercised ? held : exercised
      lower = upper
    }
  }
}

/** Factors of the two moves of a step, and their probabilities, discounted. */
interface Moves {
  readonly up: number
  readonly down: number
  readonly upWeight: number
  readonly downWeight: number
}

function movesOf(
  { strike, years, volFraction, rateFraction, yieldFraction = 0 }: PricedOption,
  { stochastic, steps }: { readonly stochastic: number; readonly steps: number },
): Moves {
  const dt = years / steps
  const carry = rateFraction - yieldFraction
  const spread = volFraction * Math.sqrt(years)
  const distance = (Math.log(stochastic / strike) + carry * years) / spread
  const centre = Math.min(FARTHEST_CENTRE, Math.max(-FARTHEST_CENTRE, distance))
  const upShare = upProbability(centre - spread / 2, steps)
  const upShareOfStock = upProbability(centre + spread / 2, steps)
  const growth = Math.exp(carry * dt)
  const discount = Math.exp(-rateFraction * dt)
  return {
    up: (growth * upShareOfStock) / upShare,
    down: (growth * (1 - upShareOfStock)) / (1 - upShare),
    upWeight: discount * upShare,
    downWeight: discount * (1 - upShare),
  }
}

/**
 * The probability of an up move at which the binomial distribution over all steps is close to the normal one at z.
 * Source: D. Peizer, J. Pratt, "A Normal Approximation for Binomial, F, Beta, and Other Common, Related Tail
 * Probabilities", 1968, the second method.
 */
function upProbability(z: number, steps: number): number {
  const scaled = z / (steps + 1 / 3 + 0.1 / (steps + 1))
  const root = Math.sqrt(1 - Math.exp(-scaled * scaled * (steps + 1 / 6)))
  return 0.5 + (Math.sign(z) * root) / 2
}

/**
 * At the last step before an ex-date a holder may also promise to exercise there, a call just before it and a put just
 * after it. Without this the price would depend on how far that step is from the date.
 */
function fillPayable(
  { right, strike, years, rateFraction, dividends = [] }: PricedOption,
  steps: number,
): void {
  payable.fill(strike, 0, steps)
  const dt = years / steps
  for (const dividend of dividends) {
    if (!(dividend.years > 0 && dividend.years <= years)) continue
    const last = Math.ceil(dividend.years / dt) - 1
    const grown = Math.exp(rateFraction * dt)
    let value = dividend.amount * Math.exp(-rateFraction * dividend.years)
    for (let step = 0; step <= last && step < steps; step++) {
      payable[step] = (payable[step] as number) - value
      value *= grown
    }
  }
  for (const dividend of dividends) promiseAt(dividend)

  function promiseAt({ years: exYears, amount }: Dividend): void {
    if (!(exYears > 0 && exYears <= years)) return
    const last = Math.ceil(exYears / dt) - 1
    const wait = Math.exp(-rateFraction * (exYears - last * dt))
    const now = payable[last] as number
    const later = now - strike * (1 - wait) + (right === 'C' ? 0 : amount * wait)
    payable[last] = right === 'C' ? Math.min(now, later) : Math.max(now, later)
  }
}
