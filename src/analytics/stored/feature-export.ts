import type { Lake } from '../../lake/open.ts'
import { slots } from '../../lake/query/stats.ts'
import { smallState } from '../../lake/tables/loaded-small-tables.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import {
  DAILY_OBSERVATIONS,
  MARKET_METRICS,
  SURFACE_GRID,
  UNDERLYING_BARS,
} from '../../lake/tables/small-tables.ts'
import { VIX } from '../../market/contract.ts'
import type { InstrumentKind } from '../../market/instrument.ts'
import { addDays, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { Known } from '../features/as-of.ts'
import { type FeatureInterval, type FeatureRow, featureRows } from '../features/feature-rows.ts'
import { barKnownAt, lastSlotsKnownAt, observationKnownAt, slotKnownAt } from '../features/known-at.ts'
import { sessionsOf } from '../figure-session.ts'
import { groupBySymbol, INTRADAY_DAYS } from './reader.ts'

/** Which rows: of one symbol or all, of trade dates inclusive, one for each slot or each session. */
export interface FeatureRequest {
  readonly symbol?: string | undefined
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
  readonly every: FeatureInterval
}

/** The trade dates of a request that have figures, ascending. */
export async function featureDates(lake: Lake, { from, to }: FeatureRequest): Promise<SessionDate[]> {
  const dates = await metricsDates(lake)
  return dates.filter((date) => (from === undefined || date >= from) && (to === undefined || date <= to))
}

/**
 * The rows of a request by trade date, then symbol, then time, as they were known then. Reads one day after the other and
 * keeps the slots of two weeks, which intraday trends look back on, so that memory does not grow with the range.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function* features(
  lake: Lake,
  request: FeatureRequest,
  onDate: (date: SessionDate) => void = () => {},
): AsyncGenerator<FeatureRow> {
  const { symbol, every } = request
  const dates = await featureDates(lake, request)
  const all = await metricsDates(lake)
  const observed = groupBySymbol(await readRows(lake, DAILY_OBSERVATIONS))
  const only = symbol === undefined ? {} : { symbol }
  let days: {
    readonly date: SessionDate
    readonly slots: readonly Known<MarketMetricsRow>[]
    kinds: Kinds
  }[] = []
  for (const date of dates) {
    const first = addDays(date, -INTRADAY_DAYS)
    const wanted = all.filter((one) => one >= first && one <= date)
    const kept = days.filter((day) => wanted.includes(day.date))
    const missing = wanted.filter((one) => !kept.some((day) => day.date === one))
    for (const one of missing) kept.push({ date: one, ...(await slotsOf(lake, one, only)) })
    days = kept.sort((a, b) => (a.date < b.date ? -1 : 1))
    const kinds = days.at(-1)?.kinds ?? new Map()
    const range = { ...only, from: date, to: date }
    const bars = groupBySymbol(await readRows(lake, UNDERLYING_BARS, range))
    const grid = groupBySymbol(await readRows(lake, SURFACE_GRID, range))
    const bySymbol = groupBySymbol(
      days.flatMap((day) => day.slots.map((one) => ({ ...one, symbol: one.value.symbol }))),
    )
    for (const [name, slots] of [...bySymbol].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const kind = kinds.get(name) ?? null
      const sessionOn = sessionsOf({ symbol: name, kind })
      const ready = lastSlotsKnownAt(slots, sessionOn)
      const known = (value: ObservationRow) => {
        const slotsKnownAt = value.symbol === name ? (ready.get(value.date) ?? null) : null
        return { value, knownAt: observationKnownAt(value, sessionOn, slotsKnownAt) }
      }
      const knownOfSlot = new Map(slots.map(({ value, knownAt }) => [value.timestamp, knownAt]))
      yield* featureRows(
        {
          ...{ symbol: name, kind, date, sessionOn, slots },
          observed: (observed.get(name) ?? []).map(known),
          vix: (observed.get(VIX.symbol) ?? []).map(known),
          bars: (bars.get(name) ?? []).map((value) => ({ value, knownAt: barKnownAt(value) })),
          grid: (grid.get(name) ?? []).flatMap((value) => {
            const knownAt = knownOfSlot.get(value.timestamp)
            return knownAt === undefined ? [] : [{ value, knownAt }]
          }),
        },
        every,
      )
    }
    onDate(date)
  }
}

type Kinds = ReadonlyMap<string, InstrumentKind | null>

/** The figures of a date's slots with the times at which they were known, and what the symbols were. */
async function slotsOf(lake: Lake, date: SessionDate, only: { readonly symbol?: string }) {
  const entries = await slots(lake, { ...only, date })
  const entryOf = new Map(entries.map((entry) => [`${entry.timestamp} ${entry.symbol}`, entry]))
  const metrics = await readRows(lake, MARKET_METRICS, { ...only, from: date, to: date })
  return {
    slots: metrics.map((value) => ({
      value,
      knownAt: slotKnownAt(epochMs(value.timestamp), entryOf.get(`${value.timestamp} ${value.symbol}`)),
    })),
    kinds: new Map(entries.map(({ symbol, kind }) => [symbol, kind])) as Kinds,
  }
}

async function metricsDates(lake: Lake): Promise<SessionDate[]> {
  const state = await smallState(lake, MARKET_METRICS)
  const dates = [...(state?.files.values() ?? [])].flatMap(({ partition }) =>
    partition === null ? [] : [sessionDate(partition)],
  )
  return [...new Set(dates)].sort()
}
