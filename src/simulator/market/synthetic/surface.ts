import type { Stock } from '../instruments.ts'

/** The rate of the synthetic options, a fraction a year, continuously compounded. Stocks and funds pay no dividends. */
export const RATE_FRACTION = 0.04

/** Long end of the term structure, and the speed of reversion to it, per year. */
const LONG_RUN_AT_STATE = 0.19
const TERM_REVERSION = 2.5
const THIRTY_DAYS = 30 / 365
/** Rounds the smile's bottom, in standard deviations. */
const ROUNDNESS = 1.2
/** One hour, so that a standard deviation does not vanish on the last day. */
const SHORTEST_YEARS = 1 / (365 * 24)

/**
 * The fitted volatility of a strike, a fraction, the same for call and put: a term structure that passes through
 * `vol30` at thirty days, times a smile of two slopes joined by a hyperbola in standard deviations from the forward.
 * Along a slope the square root of total variance is linear in log strike, which keeps the density positive over all
 * listed strikes.
 */
export function impliedVol(
  stock: Stock,
  market: { spot: number; vol30: number },
  option: { strike: number; years: number },
): number {
  const years = Math.max(option.years, SHORTEST_YEARS)
  const forward = market.spot * Math.exp(RATE_FRACTION * years)
  const atm = termVol(stock, market.vol30, years)
  return smileVol(stock, { forward, atm }, { strike: option.strike, years })
}

/** The smile around a forward with a volatility at the money: the slopes are those of the underlying. */
export function smileVol(
  { putSlope, callSlope }: Pick<Stock, 'putSlope' | 'callSlope'>,
  { forward, atm }: { readonly forward: number; readonly atm: number },
  option: { readonly strike: number; readonly years: number },
): number {
  const years = Math.max(option.years, SHORTEST_YEARS)
  const deviations = Math.log(option.strike / forward) / (atm * Math.sqrt(years))
  const tilt = (callSlope - putSlope) / 2
  const bend = (callSlope + putSlope) / 2
  const smile = 1 + tilt * deviations + bend * (Math.hypot(deviations, ROUNDNESS) - ROUNDNESS)
  return atm * smile
}

/** The volatility at the money, a fraction, by the years to expiry. */
export function termVol(stock: Stock, vol30: number, years: number): number {
  const longRun = LONG_RUN_AT_STATE + 0.03 * stock.volShift
  return longRun + (vol30 - longRun) * (averaged(years) / averaged(THIRTY_DAYS))
}

/** The shortest time with a volatility: a moment before its expiry an option still has one. */
export function atLeastShortest(years: number): number {
  return Math.max(years, SHORTEST_YEARS)
}

/** Average of an exponential decay over a number of years. */
function averaged(years: number): number {
  const decay = TERM_REVERSION * years
  return (1 - Math.exp(-decay)) / decay
}
