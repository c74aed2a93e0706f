import { earlyExercisePremium } from '../../../src/market/pricing/early-exercise.ts'
import { europeanGreeks } from '../../../src/market/pricing/european.ts'
import { impliedVol } from '../../../src/market/pricing/implied-vol.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { secondOrderGreeks } from '../../../src/market/pricing/second-order-greeks.ts'
import { smoothAmericanPrice } from '../../../src/market/pricing/smooth-american.ts'
import { treeGreeks } from '../../../src/market/pricing/tree.ts'
import type { GridOption } from './option-grid.ts'

/** QuantLib's figures of one option, in our units. */
interface TheirFigures {
  readonly price: number
  readonly delta: number
  readonly gamma: number
  readonly vega: number
  readonly theta?: number | undefined
  /** The European price of an American option. */
  readonly european?: number | undefined
  readonly rho?: number | undefined
  readonly vanna?: number | undefined
  readonly volga?: number | undefined
  readonly charm?: number | undefined
}

/**
 * Size of ours less theirs. Prices are shares of S·σ·√T, one standard deviation of the underlying, of which an at-the-money
 * option is worth 0.4; greeks are shares of what they are at the money; volatilities are shares of the volatility.
 */
export interface JudgedError {
  readonly figure: string
  readonly error: number
  readonly what: string
}

/** A volatility is compared where a point is worth this share of what it is at the money, and the price is no rounding. */
const LEAST_VEGA_SHARE = 0.1
const LEAST_PRICE = 1e-4
/** By which the rate is changed, up and down, for QuantLib's rho of American options; a fraction. */
const QUANTLIB_RATE_STEP = 2e-3
/** A month. */
const LEAST_RHO_YEARS = 30 / 365

/** Errors of everything that we have of an option. */
export function judgeOption({ kind, option }: GridOption, theirs: TheirFigures): JudgedError[] {
  const { spot, strike, years, volFraction } = option
  const deviation = spot * volFraction * Math.sqrt(years)
  const atTheMoney = {
    price: deviation,
    delta: 1,
    gamma: 1 / deviation,
    vega: 0.01 * spot * Math.sqrt(years),
    theta: deviation / (2 * years) / 365,
    rho: 0.01 * strike * years,
    vanna: 0.01 / volFraction,
    volga: (1e-4 * spot * Math.sqrt(years)) / volFraction,
    charm: 1 / years / 365,
  }
  const what = `${kind}: ${option.right} ${strike.toFixed(2)} at ${spot.toFixed(2)}, vol ${volFraction.toFixed(3)}`
  const errors: JudgedError[] = []
  const judge = (figure: string, ours: number | null | undefined, their: number, unit: number) => {
    const error = ours == null ? Number.POSITIVE_INFINITY : Math.abs(ours - their) / unit
    errors.push({ figure, error, what })
  }
  const isSolvable = theirs.vega > LEAST_VEGA_SHARE * atTheMoney.vega && theirs.price > LEAST_PRICE
  if (option.style === 'european') {
    const ours = europeanGreeks(option)
    for (const name of ['price', 'delta', 'gamma', 'vega', 'theta'] as const) {
      const their = name === 'theta' ? flooredTheta(option, theirs) : theirs[name]
      if (their !== undefined) judge(`European ${name}`, ours?.[name], their, atTheMoney[name])
    }
    const second = theirs.rho === undefined ? null : secondOrderGreeks(option)
    // Where the yield equals the rate ours moves both, as for an option on a future; QuantLib's moves the rate alone.
    const isOnFuture = kind.includes('on a future')
    for (const name of ['rho', 'vanna', 'volga', 'charm'] as const) {
      const their = theirs[name]
      if (their === undefined || (name === 'rho' && isOnFuture)) continue
      judge(`European ${name}`, second?.[name], their, atTheMoney[name])
    }
    if (isSolvable) {
      const { volFraction: solved } = impliedVol(option, theirs.price)
      judge('European volatility', solved, volFraction, volFraction)
    }
    return errors
  }
  // The tree has no price where a step's growth lies outside its moves: years of a low volatility at a high rate.
  const tree = treeGreeks(option)
  if (tree !== null) {
    judge("price of IB's tree", tree.price, theirs.price, atTheMoney.price)
    judge("delta of IB's tree", tree.delta, theirs.delta, atTheMoney.delta)
  }
  judge('smooth price', smoothAmericanPrice(option), theirs.price, atTheMoney.price)
  const premium = theirs.price - (theirs.european ?? Number.NaN)
  judge('early-exercise premium', earlyExercisePremium(option), Math.max(0, premium), atTheMoney.price)
  const second = theirs.vanna === undefined ? null : secondOrderGreeks(option)
  for (const name of ['rho', 'vanna'] as const) {
    const their = theirs[name]
    // Over days the rate moves a price by less than QuantLib's grid, which moves with it. Below a rate of zero a call is
    // exercised early and above it is not: a difference across zero is the slope of neither.
    const isAcrossZero = Math.abs(option.rateFraction) <= QUANTLIB_RATE_STEP
    const isUnclear =
      name === 'rho' && (kind.includes('on a future') || years < LEAST_RHO_YEARS || isAcrossZero)
    if (their !== undefined && !isUnclear) judge(`American ${name}`, second?.[name], their, atTheMoney[name])
  }
  if (isSolvable) {
    const byTree = impliedVol(option, theirs.price).volFraction
    const smooth = impliedVol(option, theirs.price, { model: 'smooth' }).volFraction
    // Exercised at once it has no volatility of its own.
    if (byTree !== null) judge("volatility by IB's tree", byTree, volFraction, volFraction)
    if (smooth !== null) judge('volatility by the smooth model', smooth, volFraction, volFraction)
  }
  return errors
}

/** Theta as IB has it: a day takes no more than the option is worth above its least. */
function flooredTheta(option: PricedOption, { price, theta }: TheirFigures): number | undefined {
  if (theta === undefined) return undefined
  const { right, spot, strike, years, rateFraction, yieldFraction = 0 } = option
  const forward = spot * Math.exp(-yieldFraction * years) - strike * Math.exp(-rateFraction * years)
  const least = Math.max(0, right === 'C' ? forward : -forward)
  return Math.max(theta, least - price)
}
