import type { EpochMs } from '../../market/units.ts'
import { GRID_POINTS, type SurfaceGridRow } from '../../snapshot/surface/surface-grid.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import type { AbsenceReason, Found } from '../measured.ts'
import type { SurfaceData } from '../stored/surfaces/read-surface.ts'
import { storedSmile } from '../stored/surfaces/surface-rows.ts'
import { quotedVolAt } from '../surface/evaluate.ts'
import { gridRanks } from '../surface-grid/grid-ranks.ts'

/** The columns of a row that an answer gives as they are stored. */
const STORED = [
  'expiry',
  'trading_class',
  'forward',
  'forward_error',
  'carry',
  'carry_error',
  'pairs',
  'atm_iv',
  'atm_iv_error',
  'skew',
  'skew_error',
  'quoted_from',
  'quoted_to',
  'checked_from',
  'checked_to',
  'quotes',
  'within_one',
  'within_two',
  'residual',
  'constrained',
  'least_density',
  'least_calendar_gap',
  'reason',
] as const satisfies readonly (keyof SurfaceRow)[]

/** One expiration: its stored row, with its curve as a list of points. */
export interface SurfaceExpiration extends Pick<SurfaceRow, (typeof STORED)[number]> {
  readonly expires_at: string
  /** Calendar days from the slot to `expires_at`. */
  readonly days: number
  /** The curve at its knots; empty without one. */
  readonly curve: readonly CurvePoint[]
}

/** A point of the curve, at a knot of the spline or at an end of the quotes. */
interface CurvePoint {
  /** ln(strike / forward). */
  readonly k: number
  /** $; null without a forward. */
  readonly strike: number | null
  /** A fraction a year. */
  readonly iv: number
}

/** A point of the grid with its place among the same point of the 252 sessions before. */
export interface GridPointAnswer
  extends Pick<
    SurfaceGridRow,
    'tenor_days' | 'point' | 'iv' | 'k' | 'near_expiry' | 'far_expiry' | 'reason'
  > {
  readonly rank: RankAnswer
  readonly percentile: RankAnswer
}

interface RankAnswer {
  /** 0 to 100. */
  readonly value: number | null
  readonly reason: AbsenceReason | null
  /** Sessions of the window with a value. */
  readonly observations: number
  readonly window: number
}

/** The volatility surface of a symbol's slot. */
export interface SurfaceAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with options. */
  readonly slot: string | null
  readonly date: string | null
  readonly age_seconds: number | null
  /** Whether it comes from the tables; otherwise it was fitted to the stored chain just now. Null without a slot. */
  readonly stored: boolean | null
  readonly definition_version: number | null
  readonly expirations: readonly SurfaceExpiration[]
  readonly grid: readonly GridPointAnswer[]
}

/** The surface of a slot as the command line and HTTP return it. With `expiry`, only expirations of that day. */
export function surfaceAnswer(
  data: SurfaceData | null,
  {
    symbol,
    now,
    expiry,
  }: { readonly symbol: string; readonly now: EpochMs; readonly expiry?: string | undefined },
): SurfaceAnswer {
  if (!data) {
    const none = { slot: null, date: null, age_seconds: null, stored: null, definition_version: null }
    return { symbol, ...none, expirations: [], grid: [] }
  }
  const { slot, date, isStored, surfaces, grid, history } = data
  const placeOf = gridRanks(history, date)
  const wanted = surfaces.filter((row) => expiry === undefined || row.expiry === expiry)
  return {
    symbol,
    slot: new Date(slot).toISOString(),
    date,
    age_seconds: Math.max(0, (now - slot) / 1_000),
    stored: isStored,
    definition_version: surfaces[0]?.definition_version ?? null,
    expirations: wanted.map(expirationAnswer).sort((a, b) => a.days - b.days),
    grid: [...grid].sort(inGridOrder).map((row) => {
      const { tenor_days, point, iv, k, near_expiry, far_expiry, reason } = row
      const { rank, percentile, observations, window } = placeOf(row)
      const answer = ({ value, reason }: Found<number>) => ({ value, reason, observations, window })
      return {
        ...{ tenor_days, point, iv, k, near_expiry, far_expiry, reason },
        ...{ rank: answer(rank), percentile: answer(percentile) },
      }
    }),
  }
}

/** By tenor, then from the lowest strike up. */
function inGridOrder(a: SurfaceGridRow, b: SurfaceGridRow): number {
  return a.tenor_days - b.tenor_days || GRID_POINTS.indexOf(a.point) - GRID_POINTS.indexOf(b.point)
}

function expirationAnswer(row: SurfaceRow): SurfaceExpiration {
  const stored = Object.fromEntries(STORED.map((name) => [name, row[name]]))
  return {
    ...(stored as Pick<SurfaceRow, (typeof STORED)[number]>),
    expires_at: new Date(row.expires_at).toISOString(),
    days: row.years * 365,
    curve: curveOf(row),
  }
}

/** Where the curve has quotes: at its knots between the lowest and the highest, and at these two. */
function curveOf(row: SurfaceRow): CurvePoint[] {
  const smile = storedSmile(row)
  if (smile === null) return []
  const { from, to } = smile.quoted
  const inside = smile.knots
    .map((z) => z * Math.sqrt(smile.atmVariance))
    .filter((k) => k > from + NEAR && k < to - NEAR)
  return [from, ...inside, to].flatMap((k) => {
    const { value } = quotedVolAt(smile, k)
    const strike = row.forward === null ? null : row.forward * Math.exp(k)
    return value === null ? [] : [{ k, strike, iv: value }]
  })
}

/** Two points of a curve are farther apart; the outermost knots are the outermost quotes, up to rounding. */
const NEAR = 1e-4
