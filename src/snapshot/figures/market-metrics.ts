import type { RowOf } from '../column.ts'
import { FIGURE_BASIS_COLUMNS } from './figure-basis-columns.ts'
import { FUTURE_FIGURE_COLUMNS } from './future-figures.ts'
import { POSITIONING_FIGURE_COLUMNS } from './positioning-figures.ts'
import { REALIZED_FIGURE_COLUMNS } from './realized-figures.ts'
import { SMILE_FIGURE_COLUMNS } from './smile-figures.ts'

/**
 * `market_metrics`: one row for each (slot, symbol), computed from the rows of the slot and the history before it.
 * A figure that could not be computed is null; `null_reasons` gives the reason. Columns in the order on disk.
 */
// biome-ignore format: one column a line
export const MARKET_METRICS_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the slot.', partition: true },
  { name: 'underlying_price', type: 'double', nullable: true, unit: '$', doc: 'Underlying price of the slot: the median over its rows.' },
  { name: 'iv30', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Implied volatility, 30 days, at the money, from our own mids.' },
  { name: 'iv30_ib_model', type: 'double', nullable: true, unit: 'fraction a year', doc: "The same from the gateway's model volatilities." },
  { name: 'iv30_ib_index', type: 'double', nullable: true, unit: 'fraction a year', doc: "The gateway's own 30-day volatility of the underlying when the slot was taken (tick 24)." },
  { name: 'mfiv30', type: 'double', nullable: true, unit: 'points', doc: 'Model-free implied volatility, 30 days; comparable to vix.' },
  { name: 'mfiv30_wing_truncated', type: 'integer', nullable: true, unit: '0 or 1', doc: '1 where the strike window cut a wing: mfiv30 is then too low.' },
  { name: 'iv_source', type: 'string', nullable: true, unit: '', doc: 'Source of the history that ranks are taken in: chain or ib_index.' },
  { name: 'iv_rank', type: 'double', nullable: true, unit: '0 to 100', doc: 'Place between lowest and highest of 252 sessions: of iv30, or of iv30_ib_index where iv_source says so.' },
  { name: 'iv_rank_60d', type: 'double', nullable: true, unit: '0 to 100', doc: 'The same of 60 sessions.' },
  { name: 'iv_rank_126d', type: 'double', nullable: true, unit: '0 to 100', doc: 'The same of 126 sessions.' },
  { name: 'iv_percentile', type: 'double', nullable: true, unit: '0 to 100', doc: 'Share of 252 sessions strictly below the same value.' },
  { name: 'iv_percentile_60d', type: 'double', nullable: true, unit: '0 to 100', doc: 'The same of 60 sessions.' },
  { name: 'iv_percentile_126d', type: 'double', nullable: true, unit: '0 to 100', doc: 'The same of 126 sessions.' },
  { name: 'iv_observations', type: 'long', nullable: true, unit: 'sessions', doc: 'Observations found in the window of 252 sessions.' },
  { name: 'vix', type: 'double', nullable: true, unit: 'points', doc: 'VIX index level.' },
  { name: 'trend_daily', type: 'string', nullable: true, unit: '', doc: 'up, down or neutral: 20 against 50 daily closes.' },
  { name: 'trend_intraday', type: 'string', nullable: true, unit: '', doc: 'The same on 5-minute prices.' },
  { name: 'skew_25d', type: 'double', nullable: true, unit: 'fraction a year', doc: '25-delta put volatility less 25-delta call volatility, 30 days.' },
  { name: 'term_slope', type: 'double', nullable: true, unit: 'fraction a year', doc: 'At-the-money volatility at 45 days less that at 14.' },
  { name: 'put_call_volume_ratio', type: 'double', nullable: true, unit: '', doc: 'Volume of puts over volume of calls.' },
  { name: 'put_call_oi_ratio', type: 'double', nullable: true, unit: '', doc: 'Open interest of puts over that of calls.' },
  { name: 'expected_move', type: 'double', nullable: true, unit: '$', doc: 'One standard deviation of the underlying over 30 days, by iv30.' },
  { name: 'contracts', type: 'long', nullable: false, unit: 'contracts', doc: 'Rows of the slot that the figures are made from.' },
  { name: 'with_iv', type: 'long', nullable: false, unit: 'contracts', doc: 'Of these with an implied volatility.' },
  { name: 'zero_bid_share', type: 'double', nullable: true, unit: 'fraction', doc: 'Share of rows without a bid above zero.' },
  { name: 'parity_residual', type: 'double', nullable: true, unit: 'half-spreads', doc: 'Distance outside the bounds of put-call parity: the 95th percentile over pairs.' },
  { name: 'vertical_violations', type: 'long', nullable: true, unit: 'pairs', doc: 'Arbitrage between neighbouring strikes, on executable prices.' },
  { name: 'butterfly_violations', type: 'long', nullable: true, unit: 'triples', doc: 'Arbitrage over three strikes, on executable prices.' },
  { name: 'calendar_violations', type: 'long', nullable: true, unit: 'pairs', doc: 'Arbitrage between expirations, on executable prices.' },
  { name: 'null_reasons', type: 'string', nullable: true, unit: 'JSON', doc: 'Column → why it is null; null where nothing is amiss.' },
  ...FUTURE_FIGURE_COLUMNS,
  { name: 'definition_version', type: 'integer', nullable: true, unit: '', doc: 'Version of the definitions that the figures follow; null for version 1.', since: 2 },
  ...FIGURE_BASIS_COLUMNS,
  ...REALIZED_FIGURE_COLUMNS,
  ...SMILE_FIGURE_COLUMNS,
  ...POSITIONING_FIGURE_COLUMNS,
] as const

export type MarketMetricsRow = RowOf<typeof MARKET_METRICS_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const MARKET_METRICS_KEY = ['timestamp', 'symbol'] as const
