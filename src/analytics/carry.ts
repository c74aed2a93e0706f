import { newYorkInstant } from '../market/calendar.ts'
import type { Dividend } from '../market/pricing/tree.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'

/** A cash dividend that is known or expected. */
export interface ListedDividend {
  readonly exDate: SessionDate
  /** Dollars a share. */
  readonly amount: number
}

/**
 * What holding the underlying costs and pays. Both are settings, since market data contain neither. docs/numbers.md says
 * what depends on them; figures at the money hardly do, since the forward is read from the quotes.
 */
export interface Carry {
  /** Continuously compounded, a fraction a year. */
  readonly rateFraction: number
  readonly dividends: readonly ListedDividend[]
}

const YEAR_MS = 365 * 86_400_000

/** The dividends as the tree takes them: years to 09:30 New York time of the ex-date; past ones are left out. */
export function dividendsFrom(carry: Carry, at: EpochMs): Dividend[] {
  return carry.dividends
    .map(({ exDate, amount }) => ({ years: (newYorkInstant(exDate, '09:30') - at) / YEAR_MS, amount }))
    .filter(({ years }) => years > 0)
}

/** Present value of the dividends up to a time, dollars. */
export function presentValue(
  dividends: readonly Dividend[],
  { years, rateFraction }: { readonly years: number; readonly rateFraction: number },
): number {
  return dividends.reduce(
    (sum, one) => (one.years <= years ? sum + one.amount * Math.exp(-rateFraction * one.years) : sum),
    0,
  )
}
