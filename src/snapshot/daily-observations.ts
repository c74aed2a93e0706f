import type { RowOf } from './column.ts'
import { DAILY_PRICE_COLUMNS } from './daily-prices.ts'

/**
 * Source of a daily observation: `chain` is our own snapshots, `ib_index` the gateway's daily volatility of the
 * underlying and its daily prices, `index` the daily level of an index such as the VIX, `bars` our own five-minute bars. A
 * history never mixes sources.
 */
const OBSERVATION_SOURCES = ['chain', 'ib_index', 'index', 'bars'] as const
export type ObservationSource = (typeof OBSERVATION_SOURCES)[number]

/** `daily_observations`: one row for each (symbol, session, source). Columns in the order on disk. */
// biome-ignore format: one column a line
export const OBSERVATION_COLUMNS = [
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying, or index.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the session.' },
  { name: 'source', type: 'string', nullable: false, unit: '', doc: 'chain, ib_index, index or bars.' },
  { name: 'iv30', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Implied volatility, 30 days: of source chain the median over the cycles 15:30 to 15:55.' },
  { name: 'close', type: 'double', nullable: true, unit: '$ or points', doc: 'Close of the session.' },
  { name: 'vix', type: 'double', nullable: true, unit: 'points', doc: 'VIX index level at the close, or at the last of the cycles.' },
  { name: 'cycles', type: 'long', nullable: true, unit: 'cycles', doc: 'Cycles that the median is over; null where it is none.' },
  { name: 'recorded_at', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'When the row was written.' },
  { name: 'definition_version', type: 'integer', nullable: true, unit: '', doc: 'Version of the definitions that the values follow; null for version 1, and where the source computed them.', since: 2 },
  ...DAILY_PRICE_COLUMNS,
] as const

export type ObservationRow = RowOf<typeof OBSERVATION_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const OBSERVATION_KEY = ['symbol', 'date', 'source'] as const
