import { discountedUnderlying } from './european.ts'
import { normalCdf, normalDensity } from './normal.ts'
import type { Dividend, PricedOption } from './option.ts'

/** The tree of an option further than this many standard deviations from the money is centred there. */
const FARTHEST_CENTRE = 5

/** Least time from the step of a decision to the ex-date, in steps; see `stepBackToEve`. */
const LEAST_WAIT = 1 / 2
/** Deviations beyond which a mean gain is the gain, or nothing. */
const FARTHEST_GAIN = 6

/** Enough for a reference that other numbers of steps are measured against. */
const MAX_STEPS = 4_001

/** Values of the nodes of one step, computed in place from the leaves to the root. */
const values = new Float64Array(MAX_STEPS + 1)
/** Powers of the up factor over the down factor. */
const ratios = new Float64Array(MAX_STEPS + 1)
/** At the last step before an ex-date the time to it, in steps; else 0. */
const waits = new Float64Array(MAX_STEPS + 1)
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

/**
 * Only nodes within so many standard deviations of where the root leads are rolled back; the others keep an older value,
 * whose error counts with a probability below a hundred-millionth.
 */
const REACH = 6

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
  const upShare = upWeight / (upWeight + downWeight)
  const reach = REACH * Math.sqrt(upShare * (1 - upShare))
  let base = lowest
  for (let step = steps - 1; step >= 0; step--) {
    base /= down
    const middle = step * upShare
    const side = reach * Math.sqrt(step) + 1
    const from = Math.max(0, Math.floor(middle - side))
    const to = Math.min(step, Math.ceil(middle + side))
    const paid = sign * (payable[step] as number)
    const wait = waits[step] as number
    if (wait > 0) {
      const spread = Math.sqrt(wait) / 2
      stepBackToEve(from, to, { upWeight, downWeight, base, paid, spread })
    } else stepBack(from, to, upWeight, downWeight, base, paid)
  }
}

/** One step for the nodes from and to; `base` and `paid`: the price at the lowest node and what exercise costs. */
function stepBack(
  from: number,
  to: number,
  upWeight: number,
  downWeight: number,
  base: number,
  paid: number,
): void {
  let lower = values[from] as number
  for (let node = from; node <= to; node++) {
    const upper = values[node + 1] as number
    const held = downWeight * lower + upWeight * upper
    const exercised = base * (ratios[node] as number) - paid
    values[node] = held > exercised ? held : exercised
    lower = upper
  }
}

/**
 * The step before an ex-date, where many would exercise. They decide at the date itself, between half a step and one and a
 * half steps later: what exercise gains is therefore not the positive part of the gain at the node, but its mean over the
 * normal distribution of the price at the date. With a gain that is linear there, that mean is Bachelier's formula.
 * Without it the price would depend on where the date lies between two steps, and the bend of the value between two nodes.
 */
function stepBackToEve(from: number, to: number, { upWeight, downWeight, base, paid, spread }: Eve): void {
  let lower = values[from] as number
  for (let node = from; node <= to; node++) {
    const upper = values[node + 1] as number
    values[node] = downWeight * lower + upWeight * upper
    lower = upper
  }
  const gainAt = (node: number) => base * (ratios[node] as number) - paid - (values[node] as number)
  let before = gainAt(from)
  let here = before
  for (let node = from; node <= to; node++) {
    const after = node < to ? gainAt(node + 1) : here
    const perNode = Math.abs(after - before) / (node > from && node < to ? 2 : 1)
    values[node] = (values[node] as number) + meanGain(here, perNode * spread)
    before = here
    here = after
  }
}

interface Eve extends Pick<Moves, 'upWeight' | 'downWeight'> {
  readonly base: number
  readonly paid: number
  /** Standard deviation of what a node stands for at the ex-date, in nodes. */
  readonly spread: number
}

/** The mean of the positive part of a normal distribution. */
function meanGain(mean: number, deviation: number): number {
  const distance = mean / deviation
  if (!(Math.abs(distance) < FARTHEST_GAIN)) return Math.max(0, mean)
  return mean * normalCdf(distance) + deviation * normalDensity(distance)
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
 * Fills `payable` and `waits`. At the step before an ex-date a holder may promise to exercise there, a call just before it
 * and a put just after it; a step less than half a step before it is no time to decide.
 */
function fillPayable(
  { right, strike, years, rateFraction, dividends = [] }: PricedOption,
  steps: number,
): void {
  payable.fill(strike, 0, steps)
  waits.fill(0, 0, steps)
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
    const eve = Math.max(0, Math.ceil(exYears / dt - LEAST_WAIT) - 1)
    const discount = Math.exp(-rateFraction * (exYears - eve * dt))
    const now = payable[eve] as number
    const later = now - strike * (1 - discount) + (right === 'C' ? 0 : amount * discount)
    payable[eve] = right === 'C' ? Math.min(now, later) : Math.max(now, later)
    waits[eve] = exYears / dt - eve
    const never = right === 'C' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    for (let step = eve + 1; step * dt < exYears; step++) payable[step] = never
  }
}
