import { sessionOn } from '../market/calendar.ts'
import type { Expiration } from './chain.ts'
import { absent, type Found, found, mapFound, measured } from './measured.ts'
import { RANK_WINDOWS, type RankResult, rankOf } from './ranks/rank.ts'
import type { MarketMetrics, SlotMetricsInput } from './slot-metrics.ts'
import { TREND_BARS, trendOf } from './trend.ts'
import type { TermPoint } from './volatility/at-the-money.ts'
import { constantMaturity, THIRTY_DAYS, type VolKind } from './volatility/constant-maturity.ts'
import { modelFree30 } from './volatility/model-free.ts'
import { expectedMove, putCallRatio, skew25, TERM_DAYS, termSlope } from './volatility/skew.ts'

/** A slot, cut up once for all figures. */
export interface Slice {
  readonly input: SlotMetricsInput
  readonly chain: readonly Expiration[]
  readonly terms: readonly TermPoint[]
  /** Dollars. */
  readonly spot: number | null
}

type Figures<Name extends keyof MarketMetrics> = Pick<MarketMetrics, Name>

/** Volatility at the money and what follows from it. */
export function volFigures(
  slice: Slice,
): Figures<'underlying_price' | 'iv30' | 'iv30_ib_model' | 'term_slope' | 'expected_move'> {
  const { terms, spot, input } = slice
  const at = (days: number, kind: VolKind) => constantMaturity(terms, { days, kind })
  const known = (kind: VolKind) => terms.filter((point) => point[kind].reason === null).length
  const iv30 = at(THIRTY_DAYS, 'own')
  const own = {
    source: 'chain',
    window: null,
    observations: known('own'),
    observations_of: 'expirations',
    as_of: input.slot,
  } as const
  const slope = termSlope(at(TERM_DAYS.short, 'own'), at(TERM_DAYS.long, 'own'))
  return {
    underlying_price: measured(spot === null ? absent('no_underlying_price') : found(spot), {
      ...own,
      definition: 'underlying_price',
      unit: '$',
      source: 'underlying',
      observations: input.rows.filter(({ underlying_price }) => underlying_price !== null).length,
      observations_of: 'contracts',
    }),
    iv30: measured(iv30, { ...own, definition: 'iv30', unit: 'fraction' }),
    iv30_ib_model: measured(at(THIRTY_DAYS, 'ibModel'), {
      ...own,
      definition: 'iv30_ib_model',
      unit: 'fraction',
      source: 'ib_model',
      observations: known('ibModel'),
    }),
    term_slope: measured(slope, { ...own, definition: 'term_slope', unit: 'fraction' }),
    expected_move: measured(spot === null ? absent('no_underlying_price') : expectedMove(spot, iv30), {
      ...own,
      definition: 'expected_move',
      unit: '$',
    }),
  }
}

/** What others publish of volatility, and our strip beside it. */
export function varianceFigures({
  input,
  chain,
}: Slice): Figures<'mfiv30' | 'mfiv30_wing_truncated' | 'vix' | 'iv30_ib_index'> {
  const strips = modelFree30(chain, input.carry.rateFraction)
  const strikes = strips.reason === null ? strips.value.near.count + strips.value.next.count : 0
  const own = {
    source: 'chain',
    window: null,
    observations: strikes,
    observations_of: 'strikes',
    as_of: input.slot,
  } as const
  const published = (value: number | null) =>
    ({ ...own, observations: value === null ? 0 : 1, observations_of: 'values' }) as const
  return {
    mfiv30: measured(
      mapFound(strips, ({ points }) => points),
      { ...own, definition: 'mfiv30', unit: 'points' },
    ),
    mfiv30_wing_truncated: measured(
      mapFound(strips, ({ wingTruncated }) => wingTruncated),
      { ...own, definition: 'mfiv30_wing_truncated', unit: '' },
    ),
    vix: measured(received(input.vix), {
      ...published(input.vix),
      definition: 'vix',
      unit: 'points',
      source: 'index',
    }),
    iv30_ib_index: measured(received(input.ivIndexFraction), {
      ...published(input.ivIndexFraction),
      definition: 'iv30_ib_index',
      unit: 'fraction',
      source: 'ib_index',
    }),
  }
}

export const RANK_FIGURES = [
  'iv_rank',
  'iv_rank_126d',
  'iv_rank_60d',
  'iv_percentile',
  'iv_percentile_126d',
  'iv_percentile_60d',
] as const satisfies readonly (keyof MarketMetrics)[]
export type RankFigure = (typeof RANK_FIGURES)[number]

/** What ranks are made from. */
export type RankInput = Pick<SlotMetricsInput, 'slot' | 'date' | 'history' | 'sessions' | 'ivIndexFraction'>

/**
 * Rank and percentile over the three windows, all of one source, so that they can be held against each other: our own
 * iv30 among our own observations, or IB's live value among IB's daily ones. That source is taken which answers more of
 * the three windows, and of two that answer as many the one with more observations in the longest; ours where equal.
 * Without an answer the source with more observations says what is missing.
 */
export function rankFigures(input: RankInput, iv30: number | null): Figures<RankFigure> {
  const ours = standings(input, 'chain', iv30)
  const theirs = standings(input, 'ib_index', received(input.ivIndexFraction).value)
  const more = answeredOf(theirs) - answeredOf(ours) || theirs[2].observations - ours[2].observations
  const isTheirs = more > 0
  const chosen = isTheirs ? theirs : ours
  const source = isTheirs ? 'ib_index' : 'chain'
  const basis = (one: RankResult, definition: string) =>
    ({
      definition,
      unit: 'percent',
      source,
      window: one.window,
      observations: one.observations,
      observations_of: 'sessions',
      as_of: input.slot,
    }) as const
  const rank = (one: RankResult) => measured(one.rank, basis(one, `iv_rank_${one.window}d`))
  const percentile = (one: RankResult) => measured(one.percentile, basis(one, `iv_percentile_${one.window}d`))
  const [quarter, half, year] = chosen
  return {
    iv_rank: rank(year),
    iv_rank_60d: rank(quarter),
    iv_rank_126d: rank(half),
    iv_percentile: percentile(year),
    iv_percentile_60d: percentile(quarter),
    iv_percentile_126d: percentile(half),
  }
}

type Standings = readonly [quarter: RankResult, half: RankResult, year: RankResult]

function standings(
  { history, sessions, date }: RankInput,
  source: 'chain' | 'ib_index',
  current: number | null,
): Standings {
  const over = (window: number) => rankOf(history, { current, source, today: date, sessions, window })
  return [over(RANK_WINDOWS[0]), over(RANK_WINDOWS[1]), over(RANK_WINDOWS[2])]
}

/** How many windows a source can place its value in. */
function answeredOf(all: Standings): number {
  return all.filter(({ percentile }) => percentile.reason === null).length
}

/** Daily and intraday trend. */
export function trendFigures(
  { input, spot }: Slice,
  iv30: number | null,
): Figures<'trend_daily' | 'trend_intraday'> {
  // Prices after the close of the underlying are no bars of its session.
  const isOpen = input.slot < (sessionOn(input.date)?.closeAt ?? 0)
  const bars = spot === null || !isOpen ? input.intradayBars : [...input.intradayBars, { close: spot, iv30 }]
  const basis = {
    unit: '',
    source: 'underlying',
    window: TREND_BARS,
    observations_of: 'bars',
    as_of: input.slot,
  } as const
  const daily = trendOf(input.dailyBars, 'daily')
  const intraday = trendOf(bars, 'intraday')
  return {
    trend_daily: measured(
      mapFound(daily, ({ direction }) => direction),
      { ...basis, definition: 'trend_daily', observations: daily.value?.bars ?? input.dailyBars.length },
    ),
    trend_intraday: measured(
      mapFound(intraday, ({ direction }) => direction),
      { ...basis, definition: 'trend_intraday', observations: intraday.value?.bars ?? bars.length },
    ),
  }
}

/** Skew and ratios. The contracts of a ratio are those with a count. */
export function shapeFigures({
  input,
  chain,
}: Slice): Figures<'skew_25d' | 'put_call_volume_ratio' | 'put_call_oi_ratio'> {
  const basis = { window: null, source: 'chain', as_of: input.slot } as const
  const ratio = (definition: string, of: 'volume' | 'open_interest') => {
    const counts = putCallRatio(input.rows, of)
    return measured(
      mapFound(counts, (one) => one.ratio),
      {
        ...basis,
        definition,
        unit: 'ratio',
        observations: counts.value?.counted ?? 0,
        observations_of: 'contracts',
      },
    )
  }
  const wings = skew25(chain)
  return {
    skew_25d: measured(
      mapFound(wings, ({ skew }) => skew),
      {
        ...basis,
        definition: 'skew_25d',
        unit: 'fraction',
        observations: wings.value?.expirations ?? 0,
        observations_of: 'expirations',
      },
    ),
    put_call_volume_ratio: ratio('put_call_volume_ratio', 'volume'),
    put_call_oi_ratio: ratio('put_call_oi_ratio', 'open_interest'),
  }
}

function received(value: number | null): Found<number> {
  return value !== null && Number.isFinite(value) && value > 0 ? found(value) : absent('not_received')
}
