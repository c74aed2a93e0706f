import { type EpochMs, epochMs, type SessionDate } from '../../../market/units.ts'
import { DEFINITION_VERSION } from '../../../snapshot/definition-version.ts'
import { SURFACE_GRID_KEY, type SurfaceGridRow } from '../../../snapshot/surface/surface-grid.ts'
import { SURFACE_KEY, type SurfaceRow } from '../../../snapshot/surface/surfaces.ts'
import { yearsOf } from '../../chain.ts'
import { found } from '../../measured.ts'
import type { FittedSmile, Smile } from '../../surface/smile.ts'
import type { SurfaceFit, SurfaceSlice } from '../../surface/surface.ts'
import { surfaceGrid } from '../../surface-grid/grid.ts'
import type { TradingClock } from '../../trading-time.ts'

/** One symbol's slot. */
export interface SurfaceKey {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
}

/** The rows of a slot's surface in both tables. */
export interface SurfaceRows {
  readonly surfaces: readonly SurfaceRow[]
  readonly grid: readonly SurfaceGridRow[]
}

/**
 * The stored rows of a fitted surface. The grid is computed from the stored knots, which are rounded, so that it can be
 * computed again from the rows to the last bit. Pure.
 */
export function surfaceRows(fit: SurfaceFit, key: SurfaceKey, clock: TradingClock): SurfaceRows {
  const surfaces = fit.slices.map((slice) => surfaceRow(slice, key)).sort(by(SURFACE_KEY))
  return { surfaces, grid: gridRows(surfaces, key, clock).sort(by(SURFACE_GRID_KEY)) }
}

/** The order in which the lake returns rows. */
function by<Name extends string>(key: readonly Name[]) {
  return (a: Readonly<Record<Name, string | number>>, b: Readonly<Record<Name, string | number>>) => {
    for (const name of key) if (a[name] !== b[name]) return a[name] < b[name] ? -1 : 1
    return 0
  }
}

function surfaceRow(slice: SurfaceSlice, { symbol, slot, date }: SurfaceKey): SurfaceRow {
  const { expiry, tradingClass, expiresAt, parity, smile } = slice
  const line = parity.value
  return {
    ...{ timestamp: slot, symbol, expiry, trading_class: tradingClass, date },
    ...{ expires_at: expiresAt, years: yearsOf(slice) },
    forward: line?.forward ?? null,
    forward_error: line?.forwardError ?? null,
    carry: line?.carryFraction ?? null,
    carry_error: line?.carryError ?? null,
    pairs: line?.pairs ?? null,
    ...(smile.value ? smileColumns(smile.value) : NO_SMILE),
    reason: smile.reason,
    definition_version: DEFINITION_VERSION,
  }
}

type SmileColumns = Pick<SurfaceRow, keyof ReturnType<typeof smileColumns>>

function smileColumns(smile: FittedSmile) {
  const { quoted, checked, check } = smile
  return {
    atm_iv: smile.atmVolFraction,
    atm_iv_error: smile.atmVolError,
    skew: smile.skew,
    skew_error: smile.skewError,
    atm_variance: smile.atmVariance,
    knots_z: listText(smile.knots),
    knots_y: listText(smile.values),
    ...{ quoted_from: quoted.from, quoted_to: quoted.to },
    ...{ checked_from: checked.from, checked_to: checked.to },
    quotes: smile.quotes,
    within_one: smile.withinOne,
    within_two: smile.withinTwo,
    residual: smile.residualFraction,
    constrained: Number(smile.constrained),
    least_density: check.leastDensity,
    least_calendar_gap: check.leastCalendarGap,
  }
}

const NO_SMILE: SmileColumns = {
  atm_iv: null,
  atm_iv_error: null,
  skew: null,
  skew_error: null,
  atm_variance: null,
  knots_z: null,
  knots_y: null,
  quoted_from: null,
  quoted_to: null,
  checked_from: null,
  checked_to: null,
  quotes: null,
  within_one: null,
  within_two: null,
  residual: null,
  constrained: null,
  least_density: null,
  least_calendar_gap: null,
}

/** Six decimals of z and y are far below the errors of the fit: at 20 % volatility 0.000005 points. */
function listText(values: readonly number[]): string {
  return JSON.stringify(values.map((value) => Math.round(value * 1e6) / 1e6))
}

/** The smile of a stored row; null for an expiration without one. */
export function storedSmile(row: SurfaceRow): Smile | null {
  const { years, atm_variance: atmVariance, knots_z, knots_y } = row
  const { quoted_from, quoted_to, checked_from, checked_to } = row
  if (atmVariance === null || knots_z === null || knots_y === null) return null
  if (quoted_from === null || quoted_to === null || checked_from === null || checked_to === null) return null
  const knots = JSON.parse(knots_z) as number[]
  const values = JSON.parse(knots_y) as number[]
  const quoted = { from: quoted_from, to: quoted_to }
  const checked = { from: checked_from, to: checked_to }
  return { years, atmVariance, knots, values, quoted, checked }
}

function gridRows(
  surfaces: readonly SurfaceRow[],
  { symbol, slot, date }: SurfaceKey,
  clock: TradingClock,
): SurfaceGridRow[] {
  const slices = surfaces
    .flatMap((row) => {
      const smile = storedSmile(row)
      const { expiry, expires_at } = row
      return smile === null ? [] : [{ expiry, expiresAt: epochMs(expires_at), smile: found(smile) }]
    })
    // Sorted by expiry: of two classes that end together, the order of the alphabet stays.
    .sort((a, b) => a.expiresAt - b.expiresAt)
  return surfaceGrid(slices, { slot, clock }).map(({ tenorDays, point, value, between }) => ({
    ...{ timestamp: slot, symbol, tenor_days: tenorDays, point, date },
    iv: value.value?.volFraction ?? null,
    k: value.value?.k ?? null,
    near_expiry: between?.[0].expiry ?? null,
    far_expiry: between?.[1].expiry ?? null,
    reason: value.reason,
    definition_version: DEFINITION_VERSION,
  }))
}
