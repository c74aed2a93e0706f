import { presentValue } from '../../../src/analytics/carry.ts'
import { newYorkInstant, yearsBetween } from '../../../src/market/calendar.ts'
import type { ExerciseStyle } from '../../../src/market/contract.ts'
import type { Dividend } from '../../../src/market/pricing/option.ts'
import type { EpochMs, SessionDate } from '../../../src/market/units.ts'

/** A market whose volatilities, dividends and rate are known, because they were chosen. */
export interface TrueMarket {
  readonly symbol: string
  readonly style: ExerciseStyle
  /** Continuously compounded. */
  readonly rateFraction: number
  readonly dividends: readonly { readonly exDate: SessionDate; readonly amount: number }[]
  /** Price of the underlying on the first day, dollars. */
  readonly spot: number
  /** At the money at 30 days, a fraction a year. */
  readonly vol30Fraction: number
}

/** Reversion of the variance to its mean, a year, and the mean over the variance at 30 days. */
const REVERSION = 4
const MEAN_OVER_30_DAYS = 1.25
/** Correlation and steepness of the smile: as steep as those of indices. */
const CORRELATION = -0.4
const STEEPNESS = 0.5
const THIRTY_DAYS = 30 / 365

/**
 * Volatility at the money, a fraction: that of a variance which reverts to its mean,
 * σ²·T = θT + (v − θ)(1 − e^{−κT})/κ, with v such that σ at 30 days is the market's.
 */
export function trueAtmVol({ vol30Fraction }: TrueMarket, years: number): number {
  const mean = MEAN_OVER_30_DAYS * vol30Fraction ** 2
  const shareAt = (time: number) => (1 - Math.exp(-REVERSION * time)) / (REVERSION * time)
  const start = mean + (vol30Fraction ** 2 - mean) / shareAt(THIRTY_DAYS)
  return Math.sqrt(mean + (start - mean) * shareAt(years))
}

/**
 * Volatility at k = ln(K/F), a fraction: total variance over that at the money is (1 + ρφz + √((φz + ρ)² + 1 − ρ²))/2 in
 * z = k/(σ√T). With these constants no expiration has butterfly arbitrage and no two have calendar arbitrage. Source:
 * J. Gatheral, A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14 (1), 2014, theorems 4.1, 4.2.
 */
export function trueVol(market: TrueMarket, k: number, years: number): number {
  const atm = trueAtmVol(market, years)
  const reach = (STEEPNESS * k) / (atm * Math.sqrt(years))
  const root = Math.sqrt((reach + CORRELATION) ** 2 + 1 - CORRELATION ** 2)
  return atm * Math.sqrt((1 + CORRELATION * reach + root) / 2)
}

/** Slope of the volatility over k at the money: a fraction a year for a unit of ln K, or points for one percent. */
export function trueSkew(years: number): number {
  return (CORRELATION * STEEPNESS) / (2 * Math.sqrt(years))
}

/** The dividends to come, as a model takes them. */
export function trueDividends({ dividends }: TrueMarket, at: EpochMs): Dividend[] {
  return dividends
    .map(({ exDate, amount }) => ({ years: yearsBetween(at, newYorkInstant(exDate, '09:30')), amount }))
    .filter(({ years }) => years > 0)
}

/** Present value of those before expiry, dollars. */
export function truePresentValue(market: TrueMarket, at: EpochMs, years: number): number {
  return presentValue(trueDividends(market, at), { years, rateFraction: market.rateFraction })
}

/** F = (S − D)·e^{rT}. */
export function trueForward(market: TrueMarket, at: EpochMs, terms: { spot: number; years: number }): number {
  const { spot, years } = terms
  return (spot - truePresentValue(market, at, years)) * Math.exp(market.rateFraction * years)
}
