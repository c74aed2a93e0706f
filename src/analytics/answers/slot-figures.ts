import { versionOf } from '../../snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import { objectOf } from './day-figures.ts'

/** The figures of a slot that the page shows side by side for all symbols, with where each comes from. */
const SLOT_FIGURES = {
  underlying_price: { unit: '$', from: 'underlying', window: null },
  iv30: { unit: 'fraction', from: 'chain', window: null },
  iv_rank: { unit: 'percent', from: 'ranked', window: 252 },
  iv_percentile: { unit: 'percent', from: 'ranked', window: 252 },
  mfiv30: { unit: 'points', from: 'chain', window: null },
  vix: { unit: 'points', from: 'index', window: null },
  skew_25d: { unit: 'fraction', from: 'chain', window: null },
  term_slope: { unit: 'fraction', from: 'chain', window: null },
  expected_move: { unit: '$', from: 'chain', window: null },
  trend_daily: { unit: '', from: 'underlying', window: null },
  trend_intraday: { unit: '', from: 'underlying', window: null },
} as const satisfies Partial<Record<keyof MarketMetricsRow, object>>

export type SlotFigureName = keyof typeof SLOT_FIGURES
const NAMES = Object.keys(SLOT_FIGURES) as SlotFigureName[]

/** One stored figure of a slot. */
export interface SlotFigure {
  readonly value: number | string | null
  /** Why it is null; null where it is not, or where the row does not say. */
  readonly reason: string | null
  readonly source: string | null
  readonly unit: string
  /** Sessions; null where the figure has no window. */
  readonly window: number | null
}

/** The stored figures of one symbol's slot. */
export interface SlotFigures {
  readonly symbol: string
  /** Null if no figures are stored at or before the time asked for. */
  readonly slot: string | null
  readonly date: string | null
  readonly figures: Readonly<Record<SlotFigureName, SlotFigure>> | null
  /** Sessions in the window of 252 with a value to rank among. */
  readonly iv_observations: number | null
  readonly definition_version: number | null
}

/** The figures of a row as it was stored; nothing is computed again. Pure. */
export function slotFigures(symbol: string, row: MarketMetricsRow | null): SlotFigures {
  if (row === null) {
    return { symbol, slot: null, date: null, figures: null, iv_observations: null, definition_version: null }
  }
  const reasons = objectOf<string>(row.null_reasons)
  const figures = NAMES.map((name) => {
    const { from, ...more } = SLOT_FIGURES[name]
    const value = row[name] ?? null
    const source = from === 'ranked' ? row.iv_source : from
    return [
      name,
      { value, reason: value === null ? (reasons[name] ?? null) : null, source, ...more },
    ] as const
  })
  return {
    symbol,
    slot: new Date(row.timestamp).toISOString(),
    date: row.date,
    figures: Object.fromEntries(figures) as Record<SlotFigureName, SlotFigure>,
    iv_observations: row.iv_observations,
    definition_version: versionOf(row),
  }
}
