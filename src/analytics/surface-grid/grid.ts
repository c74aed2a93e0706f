import type { EpochMs } from '../../market/units.ts'
import {
  type DELTA_POINTS,
  GRID_POINTS,
  GRID_TENORS,
  type GridPoint,
} from '../../snapshot/surface/surface-grid.ts'
import type { Found } from '../measured.ts'
import { type SmileVolatility, strikeOfDelta, volAtLogMoneyness } from '../surface/delta-strike.ts'
import { type DatedSmile, type MaturitySmile, maturitySmile } from '../surface/maturity.ts'
import { createTradingClock, TRADING_DAYS_PER_YEAR, type TradingClock } from '../trading-time.ts'

/** One point of the grid. */
export interface GridValue<Slice extends DatedSmile = DatedSmile> {
  readonly tenorDays: number
  readonly point: GridPoint
  readonly value: Found<SmileVolatility>
  /** The expirations between which the point lies; null without them. */
  readonly between: readonly [near: Slice, far: Slice] | null
}

const OF_DELTA: Readonly<
  Record<Exclude<(typeof DELTA_POINTS)[number], 'atm'>, { readonly right: 'C' | 'P'; readonly delta: number }>
> = {
  put_10d: { right: 'P', delta: 0.1 },
  put_25d: { right: 'P', delta: 0.25 },
  call_25d: { right: 'C', delta: 0.25 },
  call_10d: { right: 'C', delta: 0.1 },
}

const DAY_MS = 86_400_000
const DAYS_PER_YEAR = 365

/**
 * The clock by which tenors are measured: sessions alone, 252 a year, so that 30 days are 20.71 trading days. A tenor that
 * ended on a date would have one session less or more by its weekday, which is worth up to 4 % of a volatility of 30 days
 * and would be in its history. Events move the interpolation and no tenor.
 */
const SESSIONS = createTradingClock({ overnightFraction: 0, closedDayWeight: 0, events: [] })

/** Calendar days from the slot to the end of a tenor. */
function daysOfTenor(slot: EpochMs, tenorDays: number): number {
  const end = SESSIONS.after(slot, (tenorDays * TRADING_DAYS_PER_YEAR) / DAYS_PER_YEAR)
  return (end - slot) / DAY_MS
}

/**
 * The surface at fixed tenors and points, from slices by time to expiry. A tenor without an expiration on either side
 * has no values (`no_bracket`), and neither has a point beyond the quotes of one of the two (`outside_quotes`). Pure.
 */
export function surfaceGrid<Slice extends DatedSmile>(
  slices: readonly Slice[],
  { slot, clock }: { readonly slot: EpochMs; readonly clock: TradingClock },
): GridValue<Slice>[] {
  return GRID_TENORS.flatMap((tenorDays) => {
    const smile = maturitySmile(slices, { slot, days: daysOfTenor(slot, tenorDays), clock })
    const years = tenorDays / DAYS_PER_YEAR
    const between = smile.value?.between ?? null
    return GRID_POINTS.map((point): GridValue<Slice> => {
      const value = smile.reason === null ? valueAt({ ...smile.value, years }, point) : smile
      return { tenorDays, point, value, between }
    })
  })
}

function valueAt(smile: MaturitySmile, point: GridPoint): Found<SmileVolatility> {
  if (point === 'atm') return volAtLogMoneyness(smile, 0)
  if (!isOfDelta(point)) return volAtLogMoneyness(smile, Math.log(Number(point)))
  const { right, delta } = OF_DELTA[point]
  return strikeOfDelta(smile, right, delta)
}

function isOfDelta(point: GridPoint): point is keyof typeof OF_DELTA {
  return Object.hasOwn(OF_DELTA, point)
}
