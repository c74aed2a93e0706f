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
 * What holding the underlying costs and brings. Neither is in the market data: both are settings. What hangs on them
 * is said in docs/numbers.md; the figures at the money hardly do, since the forward is read from the quotes.
 */
export interface Carry {
  /** Continuously compounded, a fraction a year. */
  readonly rateFraction: number
  readonly dividends: readonly ListedDividend[]
}

const YEAR_MS = 365 * 86_400_000

/** The dividends as the tree counts them: years from a time to 09:30 New York time of the ex-date; those gone by are out. */
export function dividendsFrom(carry: Carry, at: EpochMs): Dividend[] {
  return carry.dividends
    .map(({ exDate, amount }) => ({ years: (newYorkInstant(exDate, '09:30') - at) / YEAR_MS, amount }))
    .filter(({ years }) => years > 0)
}

/** What the dividends up to a time are worth today, dollars. */
export function presentValue(
  dividends: readonly Dividend[],
  { years, rateFraction }: { readonly years: number; readonly rateFraction: number },
): number {
  return dividends.reduce(
    (sum, one) => (one.years <= years ? sum + one.amount * Math.exp(-rateFraction * one.years) : sum),
    0,
  )
}
