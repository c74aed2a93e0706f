import type { EpochMs, SessionDate } from '../market/units.ts'
import { flagCounts } from '../snapshot/quality-flags.ts'
import { type Carry, dividendsFrom } from './carry.ts'
import { type ChainRow, groupChain, spotOf } from './chain.ts'
import {
  rankFigures,
  type Slice,
  shapeFigures,
  trendFigures,
  varianceFigures,
  volFigures,
} from './figures.ts'
import type { Measured } from './measured.ts'
import { type ChainQuality, chainQuality } from './quality/chain-quality.ts'
import { parityResidual } from './quality/parity-residual.ts'
import type { Observation } from './ranks/rank.ts'
import type { Bar, Direction } from './trend.ts'
import { type TermPoint, termPoint } from './volatility/at-the-money.ts'

/** What the figures of one slot are made from. */
export interface SlotMetricsInput {
  readonly slot: EpochMs
  /** New York date of the slot. */
  readonly date: SessionDate
  /** All rows of one symbol's slot. */
  readonly rows: readonly ChainRow[]
  readonly carry: Carry
  /** VIX index level of the cycle, points; null where not received. */
  readonly vix: number | null
  /** IB's own 30-day volatility of the underlying (tick 24), a fraction; null where not received. */
  readonly ivIndexFraction: number | null
  /** Daily volatilities of the sources `chain` and `ib_index`; what is not before `date` is left out. */
  readonly history: readonly Observation[]
  /** Sessions, ascending, over the longest window at least; see `reachBack`. */
  readonly sessions: readonly SessionDate[]
  /** Closes of the sessions before, ascending. */
  readonly dailyBars: readonly Bar[]
  /** The slots before, across sessions, ascending; this slot's own price is added. */
  readonly intradayBars: readonly Bar[]
}

/** Every figure of one slot with what it rests on. Names are those of the columns of `market_metrics`. */
export interface MarketMetrics {
  readonly underlying_price: Measured<number>
  readonly iv30: Measured<number>
  readonly iv30_ib_model: Measured<number>
  readonly iv30_ib_index: Measured<number>
  readonly mfiv30: Measured<number>
  readonly mfiv30_wing_truncated: Measured<boolean>
  readonly iv_rank: Measured<number>
  readonly iv_rank_60d: Measured<number>
  readonly iv_rank_126d: Measured<number>
  readonly iv_percentile: Measured<number>
  readonly iv_percentile_60d: Measured<number>
  readonly iv_percentile_126d: Measured<number>
  readonly vix: Measured<number>
  readonly trend_daily: Measured<Direction>
  readonly trend_intraday: Measured<Direction>
  readonly skew_25d: Measured<number>
  readonly term_slope: Measured<number>
  readonly put_call_volume_ratio: Measured<number>
  readonly put_call_oi_ratio: Measured<number>
  readonly expected_move: Measured<number>
}

export interface SlotMetrics {
  readonly figures: MarketMetrics
  readonly quality: ChainQuality
  readonly contracts: number
  readonly withIv: number
  /** Rows by what is odd about them, such as `wide`, `stale` or `delayed`. */
  readonly flags: ReturnType<typeof flagCounts>
  readonly terms: readonly TermPoint[]
}

/**
 * All figures of one slot. Pure: the same input gives the same bits. Rows of one symbol and one slot; what is wrong
 * with a quote takes it out of the figures that need it, and what cannot be computed is null with its reason.
 */
export function slotMetrics(input: SlotMetricsInput): SlotMetrics {
  const { rows, carry, slot } = input
  const chain = groupChain(rows, slot)
  const terms = chain.map((expiration) => termPoint(expiration, carry.rateFraction))
  const slice: Slice = { input, chain, terms, spot: spotOf(rows) }
  const vols = volFigures(slice)
  const parity = { spot: slice.spot, rateFraction: carry.rateFraction, dividends: dividendsFrom(carry, slot) }
  return {
    figures: {
      ...vols,
      ...varianceFigures(slice),
      ...rankFigures(input, vols.iv30.value),
      ...trendFigures(slice, vols.iv30.value),
      ...shapeFigures(slice),
    },
    quality: chainQuality(chain, parityResidual(chain, parity)),
    contracts: rows.length,
    withIv: rows.reduce((count, { iv }) => (iv === null ? count : count + 1), 0),
    flags: flagCounts(rows),
    terms,
  }
}
