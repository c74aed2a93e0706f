import { newYorkInstant } from '../market/calendar.ts'
import type { Dividend } from '../market/pricing/option.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'

/** A known or expected cash dividend. */
export interface ListedDividend {
  readonly exDate: SessionDate
  /** Dollars a share. */
  readonly amount: number
}

/**
 * Interest rate and dividends of the underlying. Both are settings, because market data contain neither.
 * docs/numbers.md lists the figures that depend on them. At-the-money figures hardly do, because the forward comes from
 * the quotes.
 */
export interface Carry {
  /** Continuously compounded, a fraction a year. */
  readonly rateFraction: number
  readonly dividends: readonly ListedDividend[]
}

const YEAR_MS = 365 * 86_400_000

/** Future dividends as input of the pricing tree: years to 09:30 New York time on the ex-date. */
export function dividendsFrom(carry: Carry, at: EpochMs): Dividend[] {
  return carry.dividends
    .map(({ exDate, amount }) => ({ years: (newYorkInstant(exDate, '09:30') - at) / YEAR_MS, amount }))
    .filter(({ years }) => years > 0)
}

/** Present value of the dividends paid within `years`, dollars. */
export function presentValue(
  dividends: readonly Dividend[],
  { years, rateFraction }: { readonly years: number; readonly rateFraction: number },
): number {
  return dividends.reduce(
    (sum, one) => (one.years <= years ? sum + one.amount * Math.exp(-rateFraction * one.years) : sum),
    0,
  )
}
