import { versionOf } from '../../snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { Basis } from '../measured.ts'

/** The figures of a day's slots that the page draws over the day, with what is the same for every slot. */
export const DAY_FIGURES = {
  underlying_price: { unit: '$', from: 'underlying', window: null },
  iv30: { unit: 'fraction', from: 'chain', window: null },
  iv30_ib_index: { unit: 'fraction', from: 'ib_index', window: null },
  mfiv30: { unit: 'points', from: 'chain', window: null },
  vix: { unit: 'points', from: 'index', window: null },
  iv_rank: { unit: 'percent', from: 'ranked', window: 252 },
  iv_rank_126d: { unit: 'percent', from: 'ranked', window: 126 },
  iv_rank_60d: { unit: 'percent', from: 'ranked', window: 60 },
  iv_percentile: { unit: 'percent', from: 'ranked', window: 252 },
  iv_percentile_126d: { unit: 'percent', from: 'ranked', window: 126 },
  iv_percentile_60d: { unit: 'percent', from: 'ranked', window: 60 },
  realized_vol_close: { unit: 'fraction', from: 'realized', window: 20 },
  realized_vol_parkinson: { unit: 'fraction', from: 'realized', window: 20 },
  realized_vol_yang_zhang: { unit: 'fraction', from: 'realized', window: 20 },
  realized_vol_5min: { unit: 'fraction', from: 'bars', window: 20 },
  realized_vol_today: { unit: 'fraction', from: 'bars', window: null },
  variance_risk_premium: { unit: 'fraction²', from: 'chain', window: 20 },
  volatility_spread: { unit: 'points', from: 'chain', window: 20 },
  expected_move: { unit: '$', from: 'chain', window: null },
  expected_move_straddle: { unit: '$', from: 'chain', window: null },
} as const satisfies Partial<Record<keyof MarketMetricsRow, DayFigure>>

export type DayFigureName = keyof typeof DAY_FIGURES
const NAMES = Object.keys(DAY_FIGURES) as DayFigureName[]

interface DayFigure extends Pick<Basis, 'unit' | 'window'> {
  /** Where the values come from: a fixed source, or that which the row names for its ranks or realized volatilities. */
  readonly from: 'underlying' | 'chain' | 'ib_index' | 'index' | 'bars' | 'ranked' | 'realized'
}

/** One figure over the slots of a day. */
export interface DayColumn extends Pick<Basis, 'unit' | 'window'> {
  readonly values: readonly (number | null)[]
  /** Why a value is null; null where there is one, or where the row does not say. Left out where all slots have one. */
  readonly reasons?: readonly (string | null)[]
  /** Left out where every slot has the same. */
  readonly sources?: readonly (string | null)[]
  /** Null where no slot has one. */
  readonly source: string | null
}

/** The stored figures of one symbol's slots of a trade date, column by column. */
export interface DayFigures {
  readonly slots: readonly string[]
  readonly figures: Readonly<Record<DayFigureName, DayColumn>>
  /** Sessions in the window of 252 with a value to rank among. */
  readonly iv_observations: readonly (number | null)[]
  /** The expirations that iv30 was made from, such as `20261218`; null where the row does not say. */
  readonly iv30_expirations: readonly (readonly string[] | null)[]
  readonly definition_versions: readonly number[]
}

/** @param rows of one symbol and one trade date, by slot. Pure. */
export function dayFigures(rows: readonly MarketMetricsRow[]): DayFigures {
  const reasons = rows.map(({ null_reasons: text }) => objectOf<string>(text))
  const expirations = rows.map(({ figure_expirations: text }) => objectOf<readonly string[]>(text))
  const columns = NAMES.map((name) => [name, columnOf(name, rows, reasons)] as const)
  return {
    slots: rows.map(({ timestamp }) => new Date(timestamp).toISOString()),
    figures: Object.fromEntries(columns) as Record<DayFigureName, DayColumn>,
    iv_observations: rows.map((row) => row.iv_observations),
    iv30_expirations: expirations.map(({ iv30 = null }) => iv30),
    definition_versions: rows.map(versionOf),
  }
}

function columnOf(
  name: DayFigureName,
  rows: readonly MarketMetricsRow[],
  reasons: readonly Readonly<Record<string, string>>[],
): DayColumn {
  const { unit, window, from } = DAY_FIGURES[name]
  const values = rows.map((row) => rounded(row[name]))
  const sources = rows.map((row) =>
    from === 'ranked' ? row.iv_source : from === 'realized' ? row.realized_source : from,
  )
  const known = [...new Set(sources.filter((source) => source !== null))]
  return {
    ...{ unit, window, values, source: known[0] ?? null },
    ...(values.includes(null) && {
      reasons: values.map((value, at) => (value === null ? (reasons[at]?.[name] ?? null) : null)),
    }),
    ...(known.length > 1 && { sources }),
  }
}

/** A millionth is more than any chart shows. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e6) / 1e6
}

/** The object in a column of JSON text; an empty one for null, and for text that another program spoiled. */
export function objectOf<Value>(text: string | null): Readonly<Record<string, Value>> {
  if (text === null) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, Value>) : {}
  } catch {
    return {}
  }
}
