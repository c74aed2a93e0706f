import type { RowOf } from './column.ts'

/**
 * `future_snapshots`: one row for each future that answered in a slot, of the front months of a symbol. Prices are in the
 * unit that the exchange quotes: index points, or dollars for a barrel. Columns in the order on disk.
 */
// biome-ignore format: one column a line
export const FUTURE_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot: the five-minute mark the row belongs to.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Root of the future, such as ES.' },
  { name: 'expiry', type: 'string', nullable: false, unit: 'YYYYMMDD', doc: 'Last trading day.' },
  { name: 'contract_month', type: 'string', nullable: true, unit: 'YYYYMM', doc: 'Month that the contract is named after; for crude oil the month after that of its expiry.' },
  { name: 'con_id', type: 'long', nullable: false, unit: '', doc: "IB's contract id." },
  { name: 'local_symbol', type: 'string', nullable: false, unit: '', doc: 'Name at the exchange, such as ESH7.' },
  { name: 'trading_class', type: 'string', nullable: false, unit: '', doc: 'Trading class.' },
  { name: 'exchange', type: 'string', nullable: false, unit: '', doc: 'Exchange, as IB names it.' },
  { name: 'currency', type: 'string', nullable: false, unit: '', doc: 'Currency of the price.' },
  { name: 'multiplier', type: 'double', nullable: false, unit: '', doc: 'Value of one contract for a price of 1.' },
  { name: 'front_rank', type: 'integer', nullable: true, unit: '', doc: '1 for the front future, 2 for the next, and so on; null for one that the roll has left and that has not expired.' },
  { name: 'roll_days', type: 'integer', nullable: false, unit: 'days', doc: 'The rule of front_rank: a future stops being the front this many calendar days before its last trading day.' },
  { name: 'bid', type: 'double', nullable: true, unit: 'as quoted', doc: 'Best bid; null without one.' },
  { name: 'ask', type: 'double', nullable: true, unit: 'as quoted', doc: 'Best ask; null without one.' },
  { name: 'bid_size', type: 'long', nullable: true, unit: 'contracts', doc: 'Size at the bid.' },
  { name: 'ask_size', type: 'long', nullable: true, unit: 'contracts', doc: 'Size at the ask.' },
  { name: 'last', type: 'double', nullable: true, unit: 'as quoted', doc: 'Last trade; null where there was none.' },
  { name: 'volume', type: 'long', nullable: true, unit: 'contracts', doc: 'Traded in the session so far; null where the gateway did not say.' },
  { name: 'open_interest', type: 'long', nullable: true, unit: 'contracts', doc: 'As of the end of the previous session; null where unknown.' },
  { name: 'settlement', type: 'double', nullable: true, unit: 'as quoted', doc: 'Settlement price of the previous session (tick 9); null where the gateway did not say.' },
  { name: 'spot_index', type: 'string', nullable: true, unit: '', doc: 'Index that the basis is measured against, such as SPX; null for a future without one.' },
  { name: 'spot_price', type: 'double', nullable: true, unit: 'points', doc: 'Level of that index when the bid or ask last spoke; null where it was not received, and outside the hours of the index.' },
  { name: 'spot_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When that level was received.', decimals: 3 },
  { name: 'data_type', type: 'string', nullable: true, unit: '', doc: 'live, frozen, delayed or delayed_frozen, as the gateway said.' },
  { name: 'quoted_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When the bid or ask last spoke; null if neither did.', decimals: 3 },
  { name: 'flags', type: 'integer', nullable: false, unit: 'bit mask', doc: 'Quality flags, as in option_snapshots, as far as they apply to a future.' },
  { name: 'definition_version', type: 'integer', nullable: false, unit: '', doc: 'Version of the definitions that front_rank and flags follow.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the slot.', partition: true },
] as const

export type FutureRow = RowOf<typeof FUTURE_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const FUTURE_KEY = ['timestamp', 'symbol', 'expiry'] as const
