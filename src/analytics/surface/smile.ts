/**
 * The smile of one expiration: total variance as a natural cubic spline over standardized log-moneyness, linear beyond its
 * end knots. With k = ln(K/F), z = k/√w_atm and y = w/w_atm, the knots and the values of y at them, with w_atm and the
 * years, are all that is needed to evaluate it: a natural spline is determined by its values.
 */
export interface Smile {
  /** Years to expiry, calendar time over 365 days: σ = √(w/years). */
  readonly years: number
  /** Total variance σ²·years by which k and w are scaled: about that at the money. */
  readonly atmVariance: number
  /** z of the knots, ascending, at least 3. */
  readonly knots: readonly number[]
  /** y at the knots: total variance over `atmVariance`. */
  readonly values: readonly number[]
  /** Log-moneyness of the lowest and the highest quote that was fitted. */
  readonly quoted: LogMoneynessRange
  /** Where the smile was checked for arbitrage; it is not to be used outside. */
  readonly checked: LogMoneynessRange
}

/** k = ln(K/F), both ends included. */
export interface LogMoneynessRange {
  readonly from: number
  readonly to: number
}

/** A smile with what is known about its fit. */
export interface FittedSmile extends Smile {
  /** Volatility at k = 0, a fraction a year, and its standard error. */
  readonly atmVolFraction: number
  readonly atmVolError: number
  /** dσ/dk at k = 0, a fraction a year per unit of log-moneyness, and its standard error. */
  readonly skew: number
  readonly skewError: number
  /** Out-of-the-money quotes fitted. */
  readonly quotes: number
  /** Share of them whose fitted volatility is within one half-width of the middle of bid and ask volatility; and two. */
  readonly withinOne: number
  readonly withinTwo: number
  /** Root mean square of fitted less middle volatility, a fraction a year. */
  readonly residualFraction: number
  /** Whether the free fit had to be bent to be free of arbitrage. */
  readonly constrained: boolean
  readonly check: ArbitrageCheck
}

/** The dense check that a smile has passed. */
export interface ArbitrageCheck {
  /** Points at which density and crossings were looked at, evenly over `checked` and around the money. */
  readonly points: number
  /**
   * Least value of g(k) = (1 − k·w′/2w)² − w′²/4·(1/w + 1/4) + w″/2, the density of the underlying up to a positive
   * factor: not negative means no butterfly arbitrage. Source: J. Gatheral, A. Jacquier, "Arbitrage-free SVI volatility
   * surfaces", Quantitative Finance 14 (1), 2014.
   */
  readonly leastDensity: number
  /**
   * Least total variance at equal k above that of the comparable expiration before it, as a share of its own; null for
   * the first. Not negative means no calendar arbitrage.
   */
  readonly leastCalendarGap: number | null
}
