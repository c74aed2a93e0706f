import type { ExerciseStyle, Right } from '../contract.ts'

/** An option with all that its model takes. */
export interface PricedOption {
  readonly right: Right
  /** Dollars. */
  readonly spot: number
  /** Dollars. */
  readonly strike: number
  /** Calendar time to the end of trading over 365 days; see `yearsToExpiry`. */
  readonly years: number
  /** Annualised, as a fraction. */
  readonly volFraction: number
  /** Continuously compounded, as a fraction per year. */
  readonly rateFraction: number
  /** Cash dividends with an ex-date before expiry; those outside (0, years] are ignored. */
  readonly dividends?: readonly Dividend[]
  /**
   * Continuous yield of what the option is on, as a fraction per year; 0 if left out. Equal to the rate where `spot` is a
   * futures price or a forward: holding one costs nothing, so its price does not grow at the rate.
   * Source: F. Black, "The Pricing of Commodity Contracts", 1976.
   */
  readonly yieldFraction?: number
  /** american if left out. */
  readonly style?: ExerciseStyle
}

/** An option without its volatility. */
export type UnpricedOption = Omit<PricedOption, 'volFraction'>

export interface Dividend {
  /** Years to the ex-date. */
  readonly years: number
  /** Dollars per share. */
  readonly amount: number
}

/** Price and greeks of one model. */
export interface ModelGreeks {
  /** Dollars per share. */
  readonly price: number
  /** Dollars per dollar of the underlying. */
  readonly delta: number
  /** Per dollar. */
  readonly gamma: number
  /** Dollars per calendar day. */
  readonly theta: number
  /** Dollars per volatility point. */
  readonly vega: number
}
