import type { RowOf } from './column.ts'

/** Decimals stored. Further digits are noise of IB's model and only take up space. */
export const GREEK_DECIMALS = { iv: 6, delta: 6, gamma: 8, theta: 6, vega: 6, pvDividend: 4 }

/** American options may be exercised on any day, European ones only at expiry. */
export const EXERCISE_STYLES = ['american', 'european'] as const
/** am: the value is fixed at an opening after the last trading day; pm: at the close of the last trading day. */
export const SETTLEMENTS = ['am', 'pm'] as const
/** IB's security types of what an option is on. */
export const UNDERLYING_TYPES = ['STK', 'IND', 'FUT'] as const

/** `option_snapshots`: one row for each contract that answered in a slot. Columns in the order on disk. */
// biome-ignore format: one column a line
export const SNAPSHOT_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot: the five-minute mark the row belongs to.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying.', partition: true },
  { name: 'expiry', type: 'string', nullable: false, unit: 'YYYYMMDD', doc: 'Last trading day.' },
  { name: 'strike', type: 'double', nullable: false, unit: '$', doc: 'Strike price.' },
  { name: 'right', type: 'string', nullable: false, unit: '', doc: 'C for a call, P for a put.' },
  { name: 'bid', type: 'double', nullable: true, unit: '$', doc: 'Best bid; null without one.' },
  { name: 'ask', type: 'double', nullable: true, unit: '$', doc: 'Best ask; null without one.' },
  { name: 'last', type: 'double', nullable: true, unit: '$', doc: 'Last trade of the day; null where there was none.' },
  { name: 'bid_size', type: 'long', nullable: true, unit: 'contracts', doc: 'Size at the bid.' },
  { name: 'ask_size', type: 'long', nullable: true, unit: 'contracts', doc: 'Size at the ask.' },
  { name: 'volume', type: 'long', nullable: true, unit: 'contracts', doc: 'Traded today; null where the gateway did not say.' },
  { name: 'open_interest', type: 'long', nullable: true, unit: 'contracts', doc: 'As of the end of the previous session; null where unknown.' },
  { name: 'iv', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Implied volatility.', decimals: GREEK_DECIMALS.iv },
  { name: 'delta', type: 'double', nullable: true, unit: '$ per $', doc: 'Change of the price for a dollar of the underlying.', decimals: GREEK_DECIMALS.delta },
  { name: 'gamma', type: 'double', nullable: true, unit: '1/$', doc: 'Change of delta for a dollar of the underlying.', decimals: GREEK_DECIMALS.gamma },
  { name: 'theta', type: 'double', nullable: true, unit: '$ a calendar day', doc: 'Change of the price by the next calendar day.', decimals: GREEK_DECIMALS.theta },
  { name: 'vega', type: 'double', nullable: true, unit: '$ per volatility point', doc: 'Change of the price for a point of volatility.', decimals: GREEK_DECIMALS.vega },
  { name: 'underlying_price', type: 'double', nullable: true, unit: '$', doc: 'Underlying when the quote came.' },
  { name: 'greeks_source', type: 'string', nullable: true, unit: '', doc: 'ib_model; own where the gateway sent none and we solved them from the middle of the quote; null where there are none.' },
  { name: 'data_type', type: 'string', nullable: true, unit: '', doc: 'live, frozen, delayed or delayed_frozen, as the gateway said.' },
  { name: 'quoted_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When the bid or ask last spoke; null if neither did.', decimals: 3 },
  { name: 'con_id', type: 'long', nullable: false, unit: '', doc: "IB's contract id." },
  { name: 'trading_class', type: 'string', nullable: false, unit: '', doc: 'Trading class.' },
  { name: 'flags', type: 'integer', nullable: false, unit: 'bit mask', doc: 'Quality flags; see QUALITY_FLAGS.' },
  { name: 'yearmonth', type: 'string', nullable: false, unit: 'YYYYMM', doc: 'Month of expiry.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: "Trade date of the slot on the underlying's exchange. For stocks and indices the New York date; an evening session of futures has the date of its end.", partition: true },
  { name: 'exercise_style', type: 'string', nullable: true, unit: '', doc: 'american or european; null where unknown.', values: EXERCISE_STYLES, since: 2 },
  { name: 'settlement', type: 'string', nullable: true, unit: '', doc: 'am: the value is fixed at an opening after the last trading day; pm: at the close of the last trading day.', values: SETTLEMENTS, since: 2 },
  { name: 'expires_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When the value is fixed: the end of the time to expiry.', since: 2 },
  { name: 'multiplier', type: 'double', nullable: true, unit: '$ per $', doc: 'What a contract pays for a dollar, or a point, of the price.', since: 2 },
  { name: 'currency', type: 'string', nullable: true, unit: '', doc: 'Currency of the prices, as ISO 4217 writes it.', since: 2 },
  { name: 'exchange', type: 'string', nullable: true, unit: '', doc: "Exchange that the quote was requested from, in IB's words.", since: 2 },
  { name: 'underlying_type', type: 'string', nullable: true, unit: '', doc: 'What underlying_price is the price of: STK a stock or fund, IND an index, FUT a future.', values: UNDERLYING_TYPES, since: 2 },
  { name: 'underlying_con_id', type: 'long', nullable: true, unit: '', doc: "IB's contract id of what underlying_price is the price of.", since: 2 },
  { name: 'pv_dividend', type: 'double', nullable: true, unit: '$', doc: "Present value of the dividends until expiry that IB's model used; null where it sent none.", decimals: GREEK_DECIMALS.pvDividend, since: 2 },
  { name: 'carried_from', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'Earlier slot in which the quote was taken that this row repeats; null for a row measured in its own slot.', since: 2 },
  { name: 'definition_version', type: 'integer', nullable: true, unit: '', doc: 'Version of the definitions that the computed values follow; null for version 1.', since: 2 },
] as const

export type SnapshotRow = RowOf<typeof SNAPSHOT_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const SNAPSHOT_KEY = ['timestamp', 'symbol', 'strike', 'expiry', 'right', 'trading_class'] as const

/** The columns that rows of version 0.1 have not, as they read in such rows. */
export const NOT_RECORDED = {
  exercise_style: null,
  settlement: null,
  expires_at: null,
  multiplier: null,
  currency: null,
  exchange: null,
  underlying_type: null,
  underlying_con_id: null,
  pv_dividend: null,
  carried_from: null,
  definition_version: null,
} as const satisfies Partial<SnapshotRow>
