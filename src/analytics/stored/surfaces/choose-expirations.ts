import type { ExpiryDate } from '../../../market/units.ts'
import { daysOf, type Expiration } from '../../chain.ts'

/** An expiration as a question names it: all classes of the date if no class is given. */
export interface NamedExpiration {
  readonly expiry: ExpiryDate
  readonly tradingClass?: string | undefined
}

/** At most so many smiles are compared with each other. */
export const MOST_SMILES = 5
/** Calendar days to which the expirations of a question without names are nearest. */
const USUAL_DAYS = [7, 30, 60]

/** The expirations of a slot that a question is about. */
export interface ChosenExpirations<One> {
  /** By time to expiry, at most `MOST_SMILES`. */
  readonly found: readonly One[]
  /** Those named that the slot does not have: not listed, not collected, or over. */
  readonly missing: readonly NamedExpiration[]
}

/** The named expirations, or without names those nearest to 7, 30 and 60 days. `expirations` are by time to expiry. Pure. */
export function chooseExpirations<One extends Pick<Expiration, 'expiry' | 'tradingClass' | 'minutes'>>(
  expirations: readonly One[],
  named: readonly NamedExpiration[] | undefined,
): ChosenExpirations<One> {
  if (named === undefined) {
    const nearest = new Set(USUAL_DAYS.flatMap((days) => nearestTo(expirations, days) ?? []))
    return { found: expirations.filter((one) => nearest.has(one)), missing: [] }
  }
  const isNamed = (one: One) => named.some((name) => matches(one, name))
  return {
    found: expirations.filter(isNamed).slice(0, MOST_SMILES),
    missing: named.filter((name) => !expirations.some((one) => matches(one, name))),
  }
}

function matches(
  { expiry, tradingClass }: Pick<Expiration, 'expiry' | 'tradingClass'>,
  name: NamedExpiration,
): boolean {
  return expiry === name.expiry && (name.tradingClass === undefined || tradingClass === name.tradingClass)
}

function nearestTo<One extends Pick<Expiration, 'minutes'>>(
  expirations: readonly One[],
  days: number,
): One | undefined {
  const distance = (one: One) => Math.abs(daysOf(one) - days)
  return expirations.reduce<One | undefined>(
    (best, one) => (best === undefined || distance(one) < distance(best) ? one : best),
    undefined,
  )
}
