import type { EpochMs } from '../../market/units.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import type { Comparison, EarlierCurves } from '../stored/surfaces/smile-data.ts'
import { storedSmile } from '../stored/surfaces/surface-rows.ts'
import type { TermData } from '../stored/surfaces/term-data.ts'
import { strikeOfDelta } from '../surface/delta-strike.ts'
import { expirationSmile, type MaturitySmile } from '../surface/maturity.ts'
import { type NoComparison, noComparison } from './smile-answer.ts'

/** Expirations by time to expiry, a list for each column; volatilities are fractions a year. */
export interface TermColumns {
  readonly expiry: readonly string[]
  readonly trading_class: readonly string[]
  /** Calendar days from the slot. */
  readonly days: readonly number[]
  readonly atm_iv: readonly (number | null)[]
  readonly atm_iv_error: readonly (number | null)[]
  /** At a delta of 25 of the forward; null where the quotes do not reach. */
  readonly put_25d: readonly (number | null)[]
  readonly call_25d: readonly (number | null)[]
  readonly skew: readonly (number | null)[]
  readonly skew_error: readonly (number | null)[]
  readonly forward: readonly (number | null)[]
  readonly forward_error: readonly (number | null)[]
  /** A fraction a year. */
  readonly carry: readonly (number | null)[]
  readonly carry_error: readonly (number | null)[]
  /**
   * Volatility at the money between the expiration before and this one, in calendar time; null for the first, and where
   * the earlier one has more variance.
   */
  readonly forward_iv: readonly (number | null)[]
  readonly quotes: readonly (number | null)[]
  readonly within_one: readonly (number | null)[]
  /** Why there is no curve. */
  readonly reason: readonly (string | null)[]
}

/** The term structure of a symbol's slot. */
export interface TermAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with options. */
  readonly slot: string | null
  readonly date: string | null
  readonly age_seconds: number | null
  /** $; null if no row has a price of the underlying. */
  readonly spot: number | null
  readonly definition_version: number | null
  readonly expirations: TermColumns
  /** Why there is no surface at all; null where there is one. */
  readonly reason: 'no_chain' | 'not_stored' | null
  readonly against: Comparison
  readonly before: { readonly slot: string; readonly date: string; readonly expirations: TermColumns } | null
  /** Why nothing is compared although it was asked for. */
  readonly before_reason: NoComparison | null
}

/** The term structure of a slot as the page shows it. */
export function termAnswer(
  data: TermData | null,
  { symbol, now, against }: { readonly symbol: string; readonly now: EpochMs; readonly against: Comparison },
): TermAnswer {
  const { slot = null, date = null, spot = null, curves = [], before = null } = data ?? {}
  return {
    symbol,
    slot: slot === null ? null : new Date(slot).toISOString(),
    date,
    age_seconds: slot === null ? null : Math.max(0, (now - slot) / 1_000),
    spot: decimals(spot, 4),
    definition_version: curves[0]?.definition_version ?? null,
    expirations: termColumns(curves),
    reason: data === null ? 'no_chain' : curves.length === 0 ? 'not_stored' : null,
    against,
    before: before && earlierTerm(before),
    before_reason: data !== null && before === null ? noComparison(against) : null,
  }
}

function earlierTerm({ slot, date, curves }: EarlierCurves) {
  return { slot: new Date(slot).toISOString(), date, expirations: termColumns(curves) }
}

function termColumns(curves: readonly SurfaceRow[]): TermColumns {
  const rows = [...curves].sort((a, b) => a.years - b.years || (a.trading_class < b.trading_class ? -1 : 1))
  const smiles = rows.map((row) => {
    const smile = storedSmile(row)
    return smile && expirationSmile(smile)
  })
  const atDelta = (right: 'C' | 'P') =>
    smiles.map((smile) =>
      decimals(smile && (strikeOfDelta(smile, right, 0.25).value?.volFraction ?? null), 5),
    )
  const of = (name: keyof SurfaceRow & NumberColumn, digits: number) =>
    rows.map((row) => decimals(row[name], digits))
  return {
    expiry: rows.map((row) => row.expiry),
    trading_class: rows.map((row) => row.trading_class),
    days: rows.map((row) => decimals(row.years * 365, 4) as number),
    ...{ atm_iv: of('atm_iv', 5), atm_iv_error: of('atm_iv_error', 6) },
    ...{ put_25d: atDelta('P'), call_25d: atDelta('C') },
    ...{ skew: of('skew', 4), skew_error: of('skew_error', 4) },
    ...{ forward: of('forward', 4), forward_error: of('forward_error', 4) },
    ...{ carry: of('carry', 5), carry_error: of('carry_error', 5) },
    forward_iv: forwardVols(smiles),
    ...{ quotes: of('quotes', 0), within_one: of('within_one', 4) },
    reason: rows.map((row) => row.reason),
  }
}

type NumberColumn = {
  [Name in keyof SurfaceRow]: SurfaceRow[Name] extends number | null ? Name : never
}[keyof SurfaceRow]

/** Two expirations closer than this, in years, have no time between them: an opening and a close of one day. */
const LEAST_GAP = 0.5 / 365

/** σ² = (w₂ − w₁)/(T₂ − T₁) of each smile and the one before it that has a value. */
function forwardVols(smiles: readonly (MaturitySmile | null)[]): (number | null)[] {
  let before: { readonly years: number; readonly variance: number } | null = null
  return smiles.map((smile) => {
    const variance = smile?.totalVarianceAt(0) ?? null
    if (!smile || variance === null) return null
    const { years } = smile
    const earlier = before
    if (earlier && years - earlier.years < LEAST_GAP) return null
    before = { years, variance }
    if (!earlier || variance <= earlier.variance) return null
    return decimals(Math.sqrt((variance - earlier.variance) / (years - earlier.years)), 5)
  })
}

function decimals(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits))
}
