import { setImmediate } from 'node:timers/promises'
import { addDays, type SessionDate } from '../../market/units.ts'
import { GRID_POINTS, GRID_TENORS, type GridPoint } from '../../snapshot/surface/surface-grid.ts'
import { type Observation, type RankResult, rankOf } from '../ranks/rank.ts'
import { LONGEST_WINDOW } from '../ranks/rank-figures.ts'
import type { TenorData } from '../stored/surfaces/tenor-data.ts'

/** A point of the grid, or the volatility of the 25-delta put less that of the call. */
export const TENOR_POINTS = [...GRID_POINTS, 'skew_25d'] as const
export type TenorPoint = (typeof TENOR_POINTS)[number]

/** Values of one tenor, by session or by slot; null where there is none. */
type Values = readonly (number | null)[]

/** The history of the volatility at fixed tenors: lists in the order of `tenor_days`, fractions a year. */
export interface TenorAnswer {
  readonly symbol: string
  readonly date: SessionDate
  readonly point: TenorPoint
  readonly definition_version: number
  readonly tenor_days: readonly number[]
  /** Sessions before the date, also those without a value. A value is the median of the slots before the close. */
  readonly sessions: { readonly date: readonly SessionDate[]; readonly iv: readonly Values[] }
  /** Slots of the date with a stored surface. */
  readonly slots: {
    readonly slot: readonly string[]
    readonly iv: readonly Values[]
    /** Of each value among those of the window of sessions before, 0 to 100. */
    readonly rank: readonly Values[]
    readonly percentile: readonly Values[]
    /** Why a value is null. */
    readonly reason: readonly (readonly (string | null)[])[]
  }
  /** Sessions of the window with a value. */
  readonly observations: readonly number[]
  readonly window: number
}

/**
 * The history of a point as the page shows it, over `days` calendar days. A skew has no rank: ranks are of volatilities,
 * which are above 0. Other work of the process can run between two tenors.
 */
export async function tenorAnswer(
  data: TenorData,
  { point, days }: { readonly point: TenorPoint; readonly days: number },
): Promise<TenorAnswer> {
  const { symbol, date, definitionVersion } = data
  const from = addDays(date, -days)
  const dates = data.sessions.filter((session) => session >= from && session < date)
  const slots = [...new Set(data.slots.map(({ timestamp }) => timestamp))].sort((a, b) => a - b)
  const tenors: (ReturnType<typeof slotsOf> & { readonly daily: Values })[] = []
  for (const tenor of GRID_TENORS) {
    await setImmediate()
    const daily = dailyOf(data, tenor, point)
    const own = dates.map((session) => rounded(daily.get(session) ?? null))
    tenors.push({ ...slotsOf(data, { slots, tenor, point, daily }), daily: own })
  }
  return {
    ...{ symbol, date, point, definition_version: definitionVersion, tenor_days: GRID_TENORS },
    sessions: { date: dates, iv: tenors.map(({ daily }) => daily) },
    slots: {
      slot: slots.map((slot) => new Date(slot).toISOString()),
      iv: tenors.map(({ iv }) => iv),
      rank: tenors.map(({ rank }) => rank),
      percentile: tenors.map(({ percentile }) => percentile),
      reason: tenors.map(({ reason }) => reason),
    },
    observations: tenors.map(({ observations }) => observations),
    window: LONGEST_WINDOW,
  }
}

type DailyValues = ReadonlyMap<SessionDate, number>

function dailyOf({ observations }: TenorData, tenor: number, point: TenorPoint): DailyValues {
  const of = (name: GridPoint): DailyValues =>
    new Map(
      observations
        .filter((one) => one.tenorDays === tenor && one.point === name)
        .map(({ date, iv }) => [date, iv]),
    )
  if (point !== 'skew_25d') return of(point)
  const calls = of('call_25d')
  const skews = [...of('put_25d')].flatMap(([date, put]) => {
    const call = calls.get(date)
    return call === undefined ? [] : [[date, put - call] as const]
  })
  return new Map(skews)
}

function slotsOf(
  data: TenorData,
  {
    slots,
    tenor,
    point,
    daily,
  }: {
    readonly slots: readonly number[]
    readonly tenor: number
    readonly point: TenorPoint
    readonly daily: DailyValues
  },
) {
  const slotValue = slotValues(data, tenor, point)
  const values = slots.map((slot) => slotValue(slot))
  const history = [...daily].map(([date, value]): Observation => ({ date, value, source: 'chain' }))
  const place = (current: number | null) =>
    rankOf(history, {
      current,
      source: 'chain',
      today: data.date,
      sessions: data.sessions,
      window: LONGEST_WINDOW,
    })
  const places: readonly (RankResult | null)[] = values.map(({ iv }) =>
    point === 'skew_25d' ? null : place(iv),
  )
  return {
    iv: values.map(({ iv }) => rounded(iv)),
    reason: values.map(({ reason }) => reason),
    rank: places.map((one) => tenth(one?.rank.value ?? null)),
    percentile: places.map((one) => tenth(one?.percentile.value ?? null)),
    observations: point === 'skew_25d' ? daily.size : place(null).observations,
  }
}

interface SlotValue {
  readonly iv: number | null
  readonly reason: string | null
}

function slotValues({ slots }: TenorData, tenor: number, point: TenorPoint): (slot: number) => SlotValue {
  const of = (name: GridPoint) =>
    new Map(
      slots
        .filter((row) => row.tenor_days === tenor && row.point === name)
        .map(({ timestamp, iv, reason }) => [timestamp, { iv, reason }] as const),
    )
  const none: SlotValue = { iv: null, reason: 'not_stored' }
  if (point !== 'skew_25d') {
    const own = of(point)
    return (slot) => own.get(slot) ?? none
  }
  const [puts, calls] = [of('put_25d'), of('call_25d')]
  return (slot) => {
    const [put, call] = [puts.get(slot) ?? none, calls.get(slot) ?? none]
    if (put.iv === null || call.iv === null) return { iv: null, reason: put.reason ?? call.reason }
    return { iv: put.iv - call.iv, reason: null }
  }
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(5))
}

function tenth(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(1))
}
