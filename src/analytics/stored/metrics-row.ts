import { DEFINITION_VERSION } from '../../snapshot/definition-version.ts'
import { NO_FUTURE_FIGURES } from '../../snapshot/figures/future-figures.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import { NO_QUALITY } from '../../snapshot/ledger.ts'
import { type FutureFigures, futureColumns } from '../futures.ts'
import type { AbsenceReason, Measured } from '../measured.ts'
import { type ChainQuality, qualityColumns } from '../quality/chain-quality.ts'
import type { MarketMetrics, SlotMetrics } from '../slot-metrics.ts'

/** The key of a row of `market_metrics`. */
type MetricsKey = Pick<MarketMetricsRow, 'timestamp' | 'symbol' | 'date'>

/** A slot's figures as a row of `market_metrics`; `null_reasons` explains each null. Defaults are never stored. */
export function marketMetricsRow(
  key: MetricsKey,
  { figures, quality, contracts, withIv, futures }: SlotMetrics,
): MarketMetricsRow {
  const { mfiv30_wing_truncated, ...values } = valuesOf(figures)
  return {
    ...key,
    ...values,
    mfiv30_wing_truncated: mfiv30_wing_truncated === null ? null : Number(mfiv30_wing_truncated),
    iv_source: figures.iv_percentile.reason === null ? figures.iv_percentile.source : null,
    iv_observations: figures.iv_percentile.observations,
    contracts,
    with_iv: withIv,
    ...qualityColumns(quality),
    null_reasons: nullReasons({ ...figures, ...reasonsOf(futures) }, quality),
    ...(futures ? futureColumns(futures) : NO_FUTURE_FIGURES),
    definition_version: DEFINITION_VERSION,
    figure_expirations: figureExpirations(figures),
    realized_source: realizedSource(figures),
  }
}

/** The source of the daily prices of realized volatility; null where no figure is made of them. */
export function realizedSource({
  realized_vol_close,
  realized_vol_parkinson,
}: Pick<MarketMetrics, 'realized_vol_close' | 'realized_vol_parkinson'>): string | null {
  const known = [realized_vol_close, realized_vol_parkinson].find(({ reason }) => reason === null)
  return known?.source ?? null
}

/** The expirations that figures were made from, as JSON; null without any. */
function figureExpirations(figures: MarketMetrics): string | null {
  const named = (Object.entries(figures) as [string, Measured<unknown>][]).flatMap(([name, one]) =>
    one.expirations === null ? [] : [[name, one.expirations] as const],
  )
  return named.length > 0 ? JSON.stringify(Object.fromEntries(named)) : null
}

type Values = { readonly [Name in keyof MarketMetrics]: MarketMetrics[Name]['value'] }

/** The values of the figures. A figure and its column have the same name. */
function valuesOf(figures: MarketMetrics): Values {
  const entries = Object.entries(figures) as [string, Measured<unknown>][]
  return Object.fromEntries(entries.map(([name, one]) => [name, one.is_default ? null : one.value])) as Values
}

/** The figures of futures that have reasons, of a symbol with futures. */
function reasonsOf(futures: FutureFigures | null): Readonly<Record<string, Measured<number>>> {
  if (futures === null) return {}
  const { basis, basis_fraction, roll_yield } = futures
  return { basis, basis_fraction, roll_yield }
}

function nullReasons(
  figures: Readonly<Record<string, Measured<unknown>>> | MarketMetrics,
  quality: ChainQuality,
): string | null {
  const reasons: Record<string, AbsenceReason> = {}
  for (const [name, { reason }] of Object.entries(figures) as [string, Measured<unknown>][]) {
    if (reason !== null) reasons[name] = reason
  }
  const noRows = figures.iv30.reason === 'no_options' ? 'no_options' : 'no_chain'
  if (quality.rows === 0) for (const name of Object.keys(NO_QUALITY)) reasons[name] = noRows
  else if (quality.parity.residual95 === null) reasons.parity_residual = 'no_parity_pair'
  return Object.keys(reasons).length > 0 ? JSON.stringify(reasons) : null
}
