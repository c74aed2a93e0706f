import type { RowOf } from './column.ts'

/** Length of a bar; ms. Bars begin at the five-minute marks of the wall clock, whatever the interval of the slots is. */
export const BAR_MS = 300_000

/**
 * Which prices a bar is made of: `trade`, the trades of a stock or future; `level`, the levels of an index; `mid`, the
 * midpoints of bid and ask, where no trade and no level came in the interval.
 */
const PRICE_BASES = ['trade', 'level', 'mid'] as const
export type PriceBasis = (typeof PRICE_BASES)[number]

/** `regular`: the bar lies in the session of its date; `extended`: outside it, and was made of trades. */
const BAR_SESSIONS = ['regular', 'extended'] as const
export type BarSession = (typeof BAR_SESSIONS)[number]

/**
 * `underlying_bars`: the prices of one underlying, index or future in one interval of five minutes, as its stream showed
 * them. An interval without a price has no row. Columns in the order on disk.
 */
// biome-ignore format: one column a line
export const UNDERLYING_BARS_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Start of the bar; it ends five minutes later, and a price at its end belongs to the next one.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Stock, index, or root of the future.' },
  { name: 'con_id', type: 'long', nullable: false, unit: '', doc: "IB's contract id of what was streamed." },
  { name: 'kind', type: 'string', nullable: false, unit: '', doc: 'STK, IND or FUT.', values: ['STK', 'IND', 'FUT'] },
  { name: 'expiry', type: 'string', nullable: true, unit: 'YYYYMMDD', doc: 'Last trading day of the future; null for a stock or index.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the bar.', partition: true },
  { name: 'open', type: 'double', nullable: false, unit: '$ or points', doc: 'First price of the interval.' },
  { name: 'high', type: 'double', nullable: false, unit: '$ or points', doc: 'Highest price.' },
  { name: 'low', type: 'double', nullable: false, unit: '$ or points', doc: 'Lowest price.' },
  { name: 'close', type: 'double', nullable: false, unit: '$ or points', doc: 'Last price of the interval.' },
  { name: 'ticks', type: 'long', nullable: false, unit: 'prices', doc: 'Price updates that the bar is made of.' },
  { name: 'price_basis', type: 'string', nullable: false, unit: '', doc: 'trade, level (of an index), or mid where neither came.', values: PRICE_BASES },
  { name: 'session', type: 'string', nullable: false, unit: '', doc: 'regular; extended for trades outside the session of the date.', values: BAR_SESSIONS },
  { name: 'coverage_seconds', type: 'double', nullable: false, unit: 's', doc: 'Time of the interval in which the stream was open and data could come: 300 for a bar without a hole.' },
  { name: 'data_type', type: 'string', nullable: true, unit: '', doc: 'live or delayed, as the gateway said; null where it did not. A bar has prices of one type, of the better one where both came.' },
  { name: 'first_at', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'When the first price arrived.' },
  { name: 'last_at', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'When the last price arrived.' },
] as const

export type UnderlyingBarRow = RowOf<typeof UNDERLYING_BARS_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const UNDERLYING_BARS_KEY = ['timestamp', 'symbol', 'con_id'] as const
