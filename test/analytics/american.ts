import type { Right } from '../../src/market/contract.ts'

/** An American option on a stock that pays cash; years and amounts of the dividends before expiry. */
export interface PaidOption {
  readonly right: Right
  readonly spot: number
  readonly strike: number
  readonly years: number
  readonly volFraction: number
  readonly rateFraction: number
  readonly dividends: readonly { readonly years: number; readonly amount: number }[]
}

/** At expiry the value of a step is known in closed form: the last step of the tree is Black-Scholes, which smooths it. */
const STEPS = 200

/**
 * The price of an American option by a tree that is not the product's: a step in log price with equal probabilities, the
 * last step in closed form, and the mean of two trees whose steps differ by one. The stock without its dividends has the
 * volatility.
 */
export function americanPrice(option: PaidOption): number {
  return (treeWith(option, STEPS) + treeWith(option, STEPS + 1)) / 2
}

function treeWith(
  { right, spot, strike, years, volFraction, rateFraction, dividends }: PaidOption,
  steps: number,
) {
  const sign = right === 'C' ? 1 : -1
  const dt = years / steps
  const discount = Math.exp(-rateFraction * dt)
  const unpaid = (from: number) =>
    dividends
      .filter((one) => one.years > from && one.years <= years)
      .reduce((sum, one) => sum + one.amount * Math.exp(-rateFraction * (one.years - from)), 0)
  const start = spot - unpaid(0)
  const drift = (rateFraction - volFraction ** 2 / 2) * dt
  const move = volFraction * Math.sqrt(dt)
  const ladder = Array.from({ length: 2 * steps + 1 }, (_, power) => start * Math.exp((power - steps) * move))
  const priceAt = (step: number, node: number, growth = Math.exp(step * drift)) =>
    (ladder[steps + 2 * node - step] as number) * growth
  const values = Array.from({ length: steps }, (_, node) => {
    const now = priceAt(steps - 1, node)
    return Math.max(
      sign * (now + unpaid((steps - 1) * dt) - strike),
      european({ sign, now, strike, years: dt, volFraction, rateFraction }),
    )
  })
  for (let step = steps - 2; step >= 0; step--) {
    const paid = unpaid(step * dt)
    const growth = Math.exp(step * drift)
    for (let node = 0; node <= step; node++) {
      const held = (discount * ((values[node] as number) + (values[node + 1] as number))) / 2
      values[node] = Math.max(held, sign * (priceAt(step, node, growth) + paid - strike))
    }
  }
  return values[0] as number
}

interface Closed {
  readonly sign: 1 | -1
  readonly now: number
  readonly strike: number
  readonly years: number
  readonly volFraction: number
  readonly rateFraction: number
}

function european({ sign, now, strike, years, volFraction, rateFraction }: Closed): number {
  const paid = strike * Math.exp(-rateFraction * years)
  const spread = volFraction * Math.sqrt(years)
  const d1 = Math.log(now / paid) / spread + spread / 2
  return sign * (now * normal(sign * d1) - paid * normal(sign * (d1 - spread)))
}

/** The normal distribution by its series, or far out by the continued fraction's first terms. */
function normal(z: number): number {
  if (Math.abs(z) > 7) return z > 0 ? 1 : 0
  let term = z
  let sum = z
  for (let odd = 3; Math.abs(term) > 1e-16 * Math.abs(sum); odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)
}
