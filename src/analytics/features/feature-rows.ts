import type { SessionOn } from '../../market/trade-dates.ts'
import { type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { isOfThisVersion } from '../../snapshot/definition-version.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { SurfaceGridRow } from '../../snapshot/surface/surface-grid.ts'
import type { UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import type { FigureSymbol } from '../figure-session.ts'
import { absent, found } from '../measured.ts'
import { RANK_FIGURES, rankFigures } from '../ranks/rank-figures.ts'
import { realizedFigures } from '../realized/realized-figures.ts'
import { realizedSource } from '../stored/metrics-row.ts'
import { historyAt } from '../stored/reader.ts'
import { trendFigures } from '../trend.ts'
import { asOf, type Known, newestOfEach } from './as-of.ts'
import { FEATURE_COLUMNS, gridColumn, OBSERVED } from './feature-columns.ts'

export type FeatureValue = string | number | null
/** One row by the names of `FEATURE_COLUMNS`. */
export type FeatureRow = Readonly<Record<string, FeatureValue>>

/** What one symbol's rows of a trade date are joined from, each value with the time from which it was known. */
export interface FeatureDay extends FigureSymbol {
  readonly date: SessionDate
  readonly sessionOn: SessionOn
  /** Figures of the slots of the date and of the days that intraday trends look back on. */
  readonly slots: readonly Known<MarketMetricsRow>[]
  /** Daily observations of the symbol, of all dates. */
  readonly observed: readonly Known<ObservationRow>[]
  /** Daily levels of the VIX. */
  readonly vix: readonly Known<ObservationRow>[]
  /** Bars of the date. */
  readonly bars: readonly Known<UnderlyingBarRow>[]
  /** The surface's grid of the date. */
  readonly grid: readonly Known<SurfaceGridRow>[]
}

/** slot: a row for each slot, at the time at which it was known. day: a row for each session, at its close. */
export type FeatureInterval = 'slot' | 'day'

/**
 * The rows of one symbol and trade date, by time. Every value was known at or before `known_at` of its row: figures of the
 * slot, the newest daily observation of each source, and figures with a history, which are computed from the
 * observations, slots and bars that were known then and not taken from `market_metrics`, where a rebuild may have used
 * later ones. Of values with the same key the one that became known last by then is used. Pure.
 */
export function featureRows(day: FeatureDay, every: FeatureInterval): FeatureRow[] {
  const lookUp = {
    slots: asOf(day.slots),
    observed: asOf(day.observed),
    vix: asOf(day.vix),
    bars: asOf(day.bars),
    grid: asOf(day.grid),
  }
  const rows: FeatureRow[] = []
  for (const { at, slot } of rowTimes(day, every)) {
    const metrics = newestOfEach(lookUp.slots.at(at), ({ timestamp }) => `${timestamp}`)
    const own = slot ?? metrics.filter(({ date }) => date === day.date).reduce(laterSlot, null)
    if (own === null) continue
    const known: KnownNow = {
      at,
      metrics: metrics.sort((a, b) => a.timestamp - b.timestamp),
      observed: newestOfEach(lookUp.observed.at(at), observationKey),
      vix: newestOfEach(lookUp.vix.at(at), observationKey),
      bars: newestOfEach(lookUp.bars.at(at), ({ timestamp, con_id }) => `${timestamp} ${con_id}`),
      grid: lookUp.grid.at(at).filter(({ timestamp }) => timestamp === own.timestamp),
    }
    rows.push(rowOf(own, known, day))
  }
  return rows
}

interface KnownNow {
  readonly at: EpochMs
  readonly metrics: readonly MarketMetricsRow[]
  readonly observed: readonly ObservationRow[]
  readonly vix: readonly ObservationRow[]
  readonly bars: readonly UnderlyingBarRow[]
  readonly grid: readonly SurfaceGridRow[]
}

/** The times of a date's rows, ascending, and with one row a slot the slot of each. */
function rowTimes(
  { date, slots, sessionOn }: FeatureDay,
  every: FeatureInterval,
): { readonly at: EpochMs; readonly slot: MarketMetricsRow | null }[] {
  if (every === 'day') {
    const session = sessionOn(date)
    return session ? [{ at: session.closeAt, slot: null }] : []
  }
  const first = new Map<number, Known<MarketMetricsRow>>()
  for (const one of [...slots].sort((a, b) => a.knownAt - b.knownAt)) {
    // A slot that was written twice has the row of the time at which it was first known, and its values of then.
    if (one.value.date === date && !first.has(one.value.timestamp)) first.set(one.value.timestamp, one)
  }
  return [...first.values()].map(({ knownAt, value }) => ({ at: knownAt, slot: value }))
}

function laterSlot(one: MarketMetricsRow | null, other: MarketMetricsRow): MarketMetricsRow {
  return one === null || other.timestamp >= one.timestamp ? other : one
}

function observationKey({ date, source }: ObservationRow): string {
  return `${date} ${source}`
}

const NOTHING: FeatureRow = Object.fromEntries(FEATURE_COLUMNS.map(({ name }) => [name, null]))

function rowOf(slot: MarketMetricsRow, known: KnownNow, day: FeatureDay): FeatureRow {
  const values: Record<string, FeatureValue> = { ...NOTHING }
  for (const [name, value] of Object.entries(slot)) if (name in NOTHING) values[name] = value
  const newest = (rows: readonly ObservationRow[], source: string) =>
    rows.filter((row) => row.source === source).reduce(laterDate, null)
  for (const { prefix, source } of OBSERVED) {
    for (const [name, value] of Object.entries(newest(known.observed, source) ?? {})) {
      if (`${prefix}_${name}` in NOTHING) values[`${prefix}_${name}`] = value
    }
  }
  const vix = newest(known.vix, 'index')
  for (const { tenor_days, point, iv } of known.grid) values[gridColumn(tenor_days, point)] = iv
  return {
    ...values,
    ...historyFigures(slot, known, day),
    ...{ last_vix_date: vix?.date ?? null, last_vix_close: vix?.close ?? vix?.vix ?? null },
    ...{ symbol: day.symbol, date: day.date, timestamp: slot.timestamp, known_at: known.at },
  }
}

function laterDate(one: ObservationRow | null, other: ObservationRow): ObservationRow {
  return one === null || other.date >= one.date ? other : one
}

/** Ranks, trends and realized volatility from what was known; the version of the slot's own value decides the ranks. */
function historyFigures(
  slot: MarketMetricsRow,
  { metrics, observed, bars }: KnownNow,
  { symbol, kind, date, sessionOn }: FeatureDay,
): Record<string, FeatureValue> {
  const at = epochMs(slot.timestamp)
  const iv30 = isOfThisVersion(slot) ? slot.iv30 : null
  const past = historyAt({ observed, metrics, bars }, symbol, { at, date }, sessionOn)
  const input = { slot: at, date, symbol, kind: kind ?? null, ...past }
  const ranks = rankFigures({ ...input, ivIndexFraction: slot.iv30_ib_index }, iv30)
  const trends = trendFigures(input, { spot: slot.underlying_price, iv30 })
  const realized = realizedFigures(input, iv30 === null ? absent('no_current_value') : found(iv30))
  const figures = Object.entries({ ...ranks, ...trends, ...realized })
  return {
    ...Object.fromEntries(figures.map(([name, { value }]) => [name, value])),
    iv_source: ranks.iv_percentile.reason === null ? ranks.iv_percentile.source : null,
    iv_observations: ranks[RANK_FIGURES[0] as 'iv_rank'].observations,
    realized_source: realizedSource(realized),
  }
}
