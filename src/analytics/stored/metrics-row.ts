import { NO_QUALITY } from '../../snapshot/ledger.ts'
import type { MarketMetricsRow } from '../../snapshot/market-metrics.ts'
import type { AbsenceReason, Measured } from '../measured.ts'
import { type ChainQuality, qualityColumns } from '../quality/chain-quality.ts'
import type { MarketMetrics, SlotMetrics } from '../slot-metrics.ts'

/** Which row of `market_metrics` it is. */
export type MetricsKey = Pick<MarketMetricsRow, 'timestamp' | 'symbol' | 'date'>

/** The row that is stored of a slot's figures; why a figure is null stands in `null_reasons`. Defaults are never stored. */
export function marketMetricsRow(
  key: MetricsKey,
  { figures, quality, contracts, withIv }: SlotMetrics,
): MarketMetricsRow {
  const truncated = stored(figures.mfiv30_wing_truncated)
  return {
    ...key,
    underlying_price: stored(figures.underlying_price),
    iv30: stored(figures.iv30),
    iv30_ib_model: stored(figures.iv30_ib_model),
    iv30_ib_index: stored(figures.iv30_ib_index),
    mfiv30: stored(figures.mfiv30),
    mfiv30_wing_truncated: truncated === null ? null : Number(truncated),
    iv_source: figures.iv_percentile.reason === null ? figures.iv_percentile.source : null,
    iv_rank: stored(figures.iv_rank),
    iv_rank_60d: stored(figures.iv_rank_60d),
    iv_rank_126d: stored(figures.iv_rank_126d),
    iv_percentile: stored(figures.iv_percentile),
    iv_percentile_60d: stored(figures.iv_percentile_60d),
    iv_percentile_126d: stored(figures.iv_percentile_126d),
    iv_observations: figures.iv_percentile.observations,
    vix: stored(figures.vix),
    trend_daily: stored(figures.trend_daily),
    trend_intraday: stored(figures.trend_intraday),
    skew_25d: stored(figures.skew_25d),
    term_slope: stored(figures.term_slope),
    put_call_volume_ratio: stored(figures.put_call_volume_ratio),
    put_call_oi_ratio: stored(figures.put_call_oi_ratio),
    expected_move: stored(figures.expected_move),
    contracts,
    with_iv: withIv,
    ...qualityColumns(quality),
    null_reasons: nullReasons(figures, quality),
  }
}

function stored<T>(figure: Measured<T>): T | null {
  return figure.is_default ? null : figure.value
}

function nullReasons(figures: MarketMetrics, quality: ChainQuality): string | null {
  const reasons: Record<string, AbsenceReason> = {}
  for (const [name, { reason }] of Object.entries(figures) as [string, Measured<unknown>][]) {
    if (reason !== null) reasons[name] = reason
  }
  if (quality.rows === 0) for (const name of Object.keys(NO_QUALITY)) reasons[name] = 'no_chain'
  else if (quality.parity.residual95 === null) reasons.parity_residual = 'no_parity_pair'
  return Object.keys(reasons).length > 0 ? JSON.stringify(reasons) : null
}
