import type { RowOf } from './column.ts'

/** Decimals stored. Further digits are noise of IB's model and only take up space. */
export const GREEK_DECIMALS = { iv: 6, delta: 6, gamma: 8, theta: 6, vega: 6 }

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
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'New York date of the slot.', partition: true },
] as const

export type SnapshotRow = RowOf<typeof SNAPSHOT_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const SNAPSHOT_KEY = ['timestamp', 'symbol', 'strike', 'expiry', 'right'] as const
