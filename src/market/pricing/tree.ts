import { timeValue } from './least-value.ts'
import type { ModelGreeks, PricedOption } from './option.ts'

/**
 * A Cox-Ross-Rubinstein binomial tree of exactly 100 steps for American options: the model behind IB's own greeks,
 * which it reproduces to two thousandths of a cent (recorded ticks, see the tests). The number of steps is part of
 * the model and not a setting: 101 or 500 steps are a cent off.
 * Source: J. Cox, S. Ross, M. Rubinstein, "Option pricing: a simplified approach", 1979; greeks from the nodes of
 * the first two steps as in J. Hull, "Options, Futures, and Other Derivatives", chapter on binomial trees.
 */
const STEPS = 100

/** Volatility added for vega: one point. */
const VEGA_BUMP = 0.01

/** Prices of the underlying by power of the up factor, from −STEPS to STEPS. */
const ladder = new Float64Array(2 * STEPS + 1)
/** Values of the nodes of one step, computed in place from the leaves to the root. */
const values = new Float64Array(STEPS + 1)
/** Present value of the dividends still to come, by step. */
const escrow = new Float64Array(STEPS + 1)
/** Nodes of step 2 (down, middle, up), then step 1 (down, up), then the root. */
const top = new Float64Array(6)

/**
 * The American price in dollars, or null if there is no tree: no time left, a price, strike or volatility that is not
 * positive, or a volatility so low that one step's growth at the rate lies outside the tree's up and down moves.
 */
export function treePrice(option: PricedOption): number | null {
  return rollBack(option, option.volFraction) ? (top[5] as number) : null
}

/**
 * Price and greeks in the units of IB's model; null as for `treePrice`. Delta comes from the nodes after one step, gamma
 * from those after two, theta is the middle node after two steps minus the root, but a day takes no more
 * than the time value left, as IB has it, and vega the price at one point of
 * volatility more minus the price.
 */
export function treeGreeks(option: PricedOption): ModelGreeks | null {
  if (!rollBack(option, option.volFraction)) return null
  const [down2, middle, up2, down1, up1, price] = top as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const spotAt = (power: number) => ladder[STEPS + power] as number
  const delta = (up1 - down1) / (spotAt(1) - spotAt(-1))
  const deltaUp = (up2 - middle) / (spotAt(2) - spotAt(0))
  const deltaDown = (middle - down2) / (spotAt(0) - spotAt(-2))
  const gamma = (2 * (deltaUp - deltaDown)) / (spotAt(2) - spotAt(-2))
  const decay = (middle - price) / ((2 * option.years) / STEPS) / 365
  const theta = Math.max(decay, -timeValue(option, price))
  if (!rollBack(option, option.volFraction + VEGA_BUMP)) return null
  return { price, delta, gamma, theta, vega: (top[5] as number) - price }
}

/** Rolls the tree back to its root and leaves the nodes of the first steps in `top`; false if there is no tree. */
function rollBack(option: PricedOption, vol: number): boolean {
  const { right, spot, strike, years, rateFraction: rate } = option
  const dt = years / STEPS
  const up = Math.exp(vol * Math.sqrt(dt))
  const interest = Math.exp(rate * dt)
  const carry = rate - (option.yieldFraction ?? 0)
  const growth = Math.exp(carry * dt)
  const probability = (growth - 1 / up) / (up - 1 / up)
  const stochastic = spot - fillEscrow(option, dt)
  const sound = strike > 0 && stochastic > 0 && probability > 0 && probability < 1 && Number.isFinite(up)
  if (!sound) return false

  fillLadder(stochastic, up)
  const sign = right === 'C' ? 1 : -1
  for (let node = 0; node <= STEPS; node++) {
    values[node] = Math.max(0, sign * ((ladder[2 * node] as number) - strike))
  }
  const upWeight = probability / interest
  const downWeight = (1 - probability) / interest
  // Without dividends, yield and a negative rate, early exercise of a call never pays.
  const neverEarly = right === 'C' && rate >= 0 && carry >= rate && escrow[0] === 0
  for (let step = STEPS - 1; step >= 0; step--) {
    if (neverEarly) stepBack(step, upWeight, downWeight)
    else stepBackEarly(step, { upWeight, downWeight, sign, strike })
    if (step <= 2) keepTop(step)
  }
  return true
}

function stepBack(step: number, upWeight: number, downWeight: number): void {
  let lower = values[0] as number
  for (let node = 0; node <= step; node++) {
    const upper = values[node + 1] as number
    values[node] = downWeight * lower + upWeight * upper
    lower = upper
  }
}

function stepBackEarly(
  step: number,
  tree: { upWeight: number; downWeight: number; sign: number; strike: number },
): void {
  const { upWeight, downWeight, sign } = tree
  const strike = tree.strike - (escrow[step] as number)
  const base = STEPS - step
  let lower = values[0] as number
  for (let node = 0; node <= step; node++) {
    const upper = values[node + 1] as number
    const held = downWeight * lower + upWeight * upper
    const exercised = sign * ((ladder[base + 2 * node] as number) - strike)
    values[node] = held > exercised ? held : exercised
    lower = upper
  }
}

function keepTop(step: number): void {
  const at = step === 2 ? 0 : step === 1 ? 3 : 5
  for (let node = 0; node <= step; node++) top[at + node] = values[node] as number
}

function fillLadder(spot: number, up: number): void {
  ladder[STEPS] = spot
  for (let power = 1; power <= STEPS; power++) {
    ladder[STEPS + power] = (ladder[STEPS + power - 1] as number) * up
    ladder[STEPS - power] = (ladder[STEPS - power + 1] as number) / up
  }
}

/**
 * Escrowed dividends: the tree is built on the price minus the present value of future dividends, which is added back
 * where early exercise is considered. Returns the present value at the root.
 */
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
