import type { PricedOption } from '../../src/market/pricing/option.ts'

/** The mean of two Cox-Ross-Rubinstein trees of successive numbers of steps, whose errors have opposite signs. */
export function averagedTrees(option: PricedOption, steps: number): number {
  return (treeOf(option, steps) + treeOf(option, steps + 1)) / 2
}

function treeOf(option: PricedOption, steps: number): number {
  const { right, spot, strike, years, volFraction, rateFraction, dividends = [] } = option
  const dt = years / steps
  const up = Math.exp(volFraction * Math.sqrt(dt))
  const chance = (Math.exp(rateFraction * dt) - 1 / up) / (up - 1 / up)
  const discount = Math.exp(-rateFraction * dt)
  const sign = right === 'C' ? 1 : -1
  const toCome = (step: number) =>
    dividends.reduce(
      (sum, one) =>
        step * dt < one.years ? sum + one.amount * Math.exp(-rateFraction * (one.years - step * dt)) : sum,
      0,
    )
  const lowest = (spot - toCome(0)) / up ** steps
  const values = Array.from({ length: steps + 1 }, (_, node) =>
    Math.max(0, sign * (lowest * up ** (2 * node) - strike)),
  )
  for (let step = steps - 1; step >= 0; step--) {
    let price = lowest * up ** (steps - step)
    const paid = strike - toCome(step)
    for (let node = 0; node <= step; node++, price *= up * up) {
      const held =
        discount * (chance * (values[node + 1] as number) + (1 - chance) * (values[node] as number))
      values[node] = Math.max(held, sign * (price - paid))
    }
  }
  return values[0] as number
}
