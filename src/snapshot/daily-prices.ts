import type { RowOf } from './column.ts'

/**
 * The columns of `daily_observations` that volatility is realized in. Rows of source bars have all of them, made of the
 * five-minute bars of the session; rows of ib_index and index the first three, from IB's daily bars. Others have none.
 */
// biome-ignore format: one column a line
export const DAILY_PRICE_COLUMNS = [
  { name: 'open', type: 'double', nullable: true, unit: '$ or points', doc: 'First price of the session; null where its first bar is missing.', since: 3 },
  { name: 'high', type: 'double', nullable: true, unit: '$ or points', doc: 'Highest price of the session; of source bars null where less than nine tenths of it are covered.', since: 3 },
  { name: 'low', type: 'double', nullable: true, unit: '$ or points', doc: 'Lowest price; null as high is.', since: 3 },
  { name: 'overnight_return', type: 'double', nullable: true, unit: 'logarithm', doc: 'Logarithm of the open over the last price of the session before, of the same contract; null where either is missing, and where it may be a split.', since: 3 },
  { name: 'realized_variance', type: 'double', nullable: true, unit: 'fraction² a session', doc: 'Sum of the squared five-minute log returns of the session, the night not included; null where its first or last bar is missing or less than nine tenths of it are covered.', since: 3 },
  { name: 'bars', type: 'long', nullable: true, unit: 'bars', doc: 'Five-minute bars of the session that have a price.', since: 3 },
  { name: 'covered_seconds', type: 'double', nullable: true, unit: 's', doc: 'Time of the session that these bars cover.', since: 3 },
] as const

export type DailyPriceColumns = RowOf<typeof DAILY_PRICE_COLUMNS>

/** The columns of a row without prices of its own. */
export const NO_DAILY_PRICES: DailyPriceColumns = {
  open: null,
  high: null,
  low: null,
  overnight_return: null,
  realized_variance: null,
  bars: null,
  covered_seconds: null,
}
