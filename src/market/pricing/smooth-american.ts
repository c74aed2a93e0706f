import { blackScholesPrice } from './european.ts'
import type { PricedOption } from './option.ts'

/** Odd, so that the strike lies between two leaves. */
const STEPS = 101

/** The tree of an option further than this many standard deviations from the money is centred there. */
const FARTHEST_CENTRE = 5

/** Values of the nodes of one step, computed in place from the leaves to the root. */
const values = new Float64Array(STEPS + 1)
/** Powers of the up factor over the down factor. */
const ratios = new Float64Array(STEPS + 1)
/** Present value of the dividends still to come, by step. */
const escrow = new Float64Array(STEPS + 1)

/** Factors of the two moves and their probabilities, discounted. */
interface Moves {
  readonly up: number
  readonly down: number
  readonly upWeight: number
  readonly downWeight: number
}

/**
 * The American price in dollars by a Leisen-Reimer tree. It is centred on the strike, and therefore as smooth over strikes
 * as the price itself, unlike the tree of IB's model, whose price saws by a few tenths of a volatility point between
 * strikes. For our own at-the-money volatilities and the early-exercise premium; the greeks of rows keep IB's tree. A
 * European option has its Black-Scholes price. Null if no time is left, or a price, strike or volatility is not positive.
 * Source: D. Leisen, M. Reimer, "Binomial Models for Option Valuation: Examining and Improving Convergence", 1996.
 */
export function smoothAmericanPrice(option: PricedOption): number | null {
  if (option.style === 'european') return blackScholesPrice(option)
  const { right, spot, strike, years, volFraction, rateFraction: rate, yieldFraction = 0 } = option
  if (!(years > 0) || !(volFraction > 0) || !(strike > 0) || !(spot > 0)) return null
  const dt = years / STEPS
  const stochastic = spot - fillEscrow(option, dt)
  if (!(stochastic > 0)) return null
  const carry = rate - yieldFraction
  // Without dividends, yield and a negative rate, early exercise of a call never pays.
  if (right === 'C' && rate >= 0 && carry >= rate && escrow[0] === 0) return blackScholesPrice(option)
  const moves = leisenReimer({ stochastic, strike, years, volFraction, rate, carry })
  const sign = right === 'C' ? 1 : -1
  ratios[0] = 1
  for (let node = 1; node <= STEPS; node++) {
    ratios[node] = ((ratios[node - 1] as number) * moves.up) / moves.down
  }
  let lowest = stochastic * moves.down ** STEPS
  for (let node = 0; node <= STEPS; node++) {
    values[node] = Math.max(0, sign * (lowest * (ratios[node] as number) - strike))
  }
  for (let step = STEPS - 1; step >= 0; step--) {
    lowest /= moves.down
    stepBack(step, { ...moves, sign, lowest, strike: strike - (escrow[step] as number) })
  }
  return values[0] as number
}

function stepBack(
  step: number,
  { upWeight, downWeight, sign, lowest, strike }: Moves & { sign: number; lowest: number; strike: number },
): void {
  let lower = values[0] as number
  for (let node = 0; node <= step; node++) {
    const upper = values[node + 1] as number
    const held = downWeight * lower + upWeight * upper
    const exercised = sign * (lowest * (ratios[node] as number) - strike)
    values[node] = held > exercised ? held : exercised
    lower = upper
  }
}

function leisenReimer({
  stochastic,
  strike,
  years,
  volFraction,
  rate,
  carry,
}: {
  readonly stochastic: number
  readonly strike: number
  readonly years: number
  readonly volFraction: number
  readonly rate: number
  readonly carry: number
}): Moves {
  const dt = years / STEPS
  const spread = volFraction * Math.sqrt(years)
  const distance = (Math.log(stochastic / strike) + carry * years) / spread
  const centre = Math.min(FARTHEST_CENTRE, Math.max(-FARTHEST_CENTRE, distance))
  const upShare = peizerPratt(centre - spread / 2)
  const upShareOfStock = peizerPratt(centre + spread / 2)
  const growth = Math.exp(carry * dt)
  const discount = Math.exp(-rate * dt)
  return {
    up: (growth * upShareOfStock) / upShare,
    down: (growth * (1 - upShareOfStock)) / (1 - upShare),
    upWeight: discount * upShare,
    downWeight: discount * (1 - upShare),
  }
}

/**
 * The probability of an up move at which the binomial distribution over all steps is the normal one at z.
 * Source: D. Peizer, J. Pratt, "A Normal Approximation for Binomial, F, Beta, and Other Common, Related Tail
 * Probabilities", 1968, second method of inversion.
 */
function peizerPratt(z: number): number {
  const scaled = z / (STEPS + 1 / 3 + 0.1 / (STEPS + 1))
  const root = Math.sqrt(1 - Math.exp(-scaled * scaled * (STEPS + 1 / 6)))
  return 0.5 + (Math.sign(z) * root) / 2
}

/** Escrowed dividends, as in IB's tree. Returns their present value at the root. */
function fillEscrow(option: PricedOption, dt: number): number {
  escrow.fill(0)
  for (const dividend of option.dividends ?? []) {
    if (dividend.years <= 0 || dividend.years > option.years) continue
    for (let step = 0; step * dt < dividend.years && step <= STEPS; step++) {
      const discount = Math.exp(-option.rateFraction * (dividend.years - step * dt))
      escrow[step] = (escrow[step] as number) + dividend.amount * discount
    }
  }
  return escrow[0] as number
}
