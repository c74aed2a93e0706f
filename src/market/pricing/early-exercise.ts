import type { Right } from '../contract.ts'
import { blackScholesPrice } from './european.ts'
import type { PricedOption } from './option.ts'
import { smoothAmericanPrice } from './smooth-american.ts'

/** What the options of one expiration have in common; units as in `PricedOption`. */
export type ExpirationTerms = Omit<PricedOption, 'right' | 'strike' | 'volFraction'>

/** Early-exercise premiums of one expiration. */
export interface PremiumTable {
  /**
   * The premium in dollars a share; 0 for European options. `spot` may differ by up to 2 % from that of the terms; left
   * out, it is theirs. Outside the table's range the premium is computed directly. Null as for `earlyExercisePremium`.
   */
  readonly premiumAt: (
    option: Readonly<{ right: Right; strike: number; volFraction: number; spot?: number }>,
  ) => number | null
}

/**
 * What the right to exercise before expiry is worth, dollars a share, at least 0: the American price less the European one
 * of the same model. 0 for European options; null if no time is left, or a price, strike or volatility is not positive.
 */
export function earlyExercisePremium(option: PricedOption): number | null {
  const american = smoothAmericanPrice(option)
  const european = blackScholesPrice(option)
  return american === null || european === null ? null : Math.max(0, american - european)
}

/** The premiums of one expiration, prepared once, for many strikes and volatilities. */
export function premiumTable(terms: ExpirationTerms): PremiumTable {
  return { premiumAt: (option) => earlyExercisePremium({ ...terms, ...option }) }
}
