import { blackScholesPrice, discountedUnderlying } from './european.ts'
import type { PricedOption } from './option.ts'
import { isNeverExercisedEarly, smoothAmericanPrice } from './smooth-american.ts'

/** What the options of one expiration have in common. */
export type ExpirationTerms = Omit<PricedOption, 'right' | 'strike' | 'volFraction'>

/** What tells one option of an expiration from another. */
type OptionOfExpiration = Pick<PricedOption, 'right' | 'strike' | 'volFraction'>

/** Early-exercise premiums of one expiration. */
export interface PremiumTable {
  /** Dollars a share, at least 0; null as for `earlyExercisePremium`. */
  readonly premiumAt: (option: OptionOfExpiration) => number | null
}

/** Distance between nodes, in standard deviations of the price and in the logarithm of the volatility. */
const MONEYNESS_STEP = 0.3
const VOL_STEP = 0.25
/** Standard deviations from the forward to the first and the last nodes, which lie on both sides of it. */
const OUT_OF_THE_MONEY = 4.5
const IN_THE_MONEY = 3
const MONEYNESS_NODES = Math.round((OUT_OF_THE_MONEY + IN_THE_MONEY) / MONEYNESS_STEP) + 1
/** The grid reaches from this volatility to four hundred times as much. */
const LOWEST_VOL = 0.02
const VOL_NODES = 25
/** An American option worth no more than this above what exercise pays now is exercised; dollars. */
const EXERCISED = 1e-6

/**
 * What the right to exercise before expiry is worth, dollars a share, at least 0: the American price less the European one
 * of the same model. 0 for European options; null if no time is left, or a price, strike or volatility is not positive.
 */
export function earlyExercisePremium(option: PricedOption): number | null {
  const american = smoothAmericanPrice(option)
  const european = blackScholesPrice(option)
  return american === null || european === null ? null : Math.max(0, american - european)
}

/**
 * The premiums of one expiration for many strikes and volatilities: cubic in the standardized moneyness ln(K/F)/(σ√T) and
 * in the logarithm of the volatility, between nodes that are priced when they are first needed. Beyond the grid, and near
 * the strikes from which on exercise now is best, the premium is priced and not interpolated. The error is below 0.0002
 * standard deviations of the underlying's price at expiry plus 0.005 of a dividend.
 */
export function premiumTable(terms: ExpirationTerms): PremiumTable {
  const grids = { C: createGrid('C', terms), P: createGrid('P', terms) }
  return {
    premiumAt: (option) => {
      const { right } = option
      if (isNeverExercisedEarly({ ...terms, right })) return earlyExercisePremium({ ...terms, ...option })
      return grids[right](option) ?? earlyExercisePremium({ ...terms, ...option })
    },
  }
}

/** The interpolated premium; null outside the grid and where exercise now is best. */
function createGrid(
  right: PricedOption['right'],
  terms: ExpirationTerms,
): (option: OptionOfExpiration) => number | null {
  const { spot, years, rateFraction, yieldFraction = 0 } = terms
  const held = discountedUnderlying({ ...terms, right, strike: 1, yieldFraction: 0 })
  const forward = held * Math.exp((rateFraction - yieldFraction) * years)
  const root = Math.sqrt(years)
  // Into the money, for a call and a put alike.
  const inward = right === 'C' ? -1 : 1
  const nodes = new Float64Array(MONEYNESS_NODES * VOL_NODES)
  const isKnown = new Uint8Array(nodes.length)

  /** Not a number where exercise now is best: there the premium bends too sharply for a cubic. */
  function premiumAtNode(column: number, row: number): number {
    const at = row * MONEYNESS_NODES + column
    if (isKnown[at] === 1) return nodes[at] as number
    const volFraction = LOWEST_VOL * Math.exp(VOL_STEP * row)
    const depth = column * MONEYNESS_STEP - OUT_OF_THE_MONEY
    const strike = forward * Math.exp(inward * depth * volFraction * root)
    const option = { ...terms, right, strike, volFraction }
    const american = smoothAmericanPrice(option) ?? Number.NaN
    const isExercised = american <= inward * (strike - spot) + EXERCISED
    nodes[at] = isExercised ? Number.NaN : american - (blackScholesPrice(option) ?? Number.NaN)
    isKnown[at] = 1
    return nodes[at] as number
  }

  return ({ strike, volFraction }) => {
    const depth = (inward * Math.log(strike / forward)) / (volFraction * root)
    const column = (depth + OUT_OF_THE_MONEY) / MONEYNESS_STEP
    const row = Math.log(volFraction / LOWEST_VOL) / VOL_STEP
    const isInside = column >= 1 && column < MONEYNESS_NODES - 2 && row >= 1 && row < VOL_NODES - 2
    if (!isInside) return null
    const across = cubicWeights(column)
    const along = cubicWeights(row)
    let sum = 0
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const weight = (along.weights[i] as number) * (across.weights[j] as number)
        sum += weight * premiumAtNode(across.first + j, along.first + i)
      }
    }
    return Number.isNaN(sum) ? null : Math.max(0, sum)
  }
}

/** Lagrange weights of the four nodes around a position. */
function cubicWeights(position: number): { readonly first: number; readonly weights: readonly number[] } {
  const below = Math.floor(position)
  const t = position - below
  return {
    first: below - 1,
    weights: [
      (-t * (t - 1) * (t - 2)) / 6,
      ((t + 1) * (t - 1) * (t - 2)) / 2,
      (-(t + 1) * t * (t - 2)) / 2,
      ((t + 1) * t * (t - 1)) / 6,
    ],
  }
}
