import type { RowOf } from '../column.ts'

/**
 * The columns of `market_metrics` that describe the futures of a symbol; null for a symbol without futures. They are
 * defined in docs/numbers.md.
 */
// biome-ignore format: one column a line
export const FUTURE_FIGURE_COLUMNS = [
  { name: 'front_future', type: 'string', nullable: true, unit: '', doc: 'Name of the front future at the exchange, such as ESH7.', since: 2 },
  { name: 'next_future', type: 'string', nullable: true, unit: '', doc: 'Name of the one after it.', since: 2 },
  { name: 'front_price', type: 'double', nullable: true, unit: 'as quoted', doc: 'Middle of bid and ask of the front future.', since: 2 },
  { name: 'spot_index', type: 'string', nullable: true, unit: '', doc: 'Index that the basis is measured against, such as SPX.', since: 2 },
  { name: 'spot_price', type: 'double', nullable: true, unit: 'points', doc: 'Level of that index when the front future was quoted.', since: 2 },
  { name: 'basis', type: 'double', nullable: true, unit: 'as quoted', doc: 'front_price less spot_price.', since: 2 },
  { name: 'basis_fraction', type: 'double', nullable: true, unit: 'fraction', doc: 'basis over spot_price.', since: 2 },
  { name: 'roll_yield', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Logarithm of front over next price, a year of 365 days; positive in backwardation.', since: 2 },
] as const

export type FutureFigureColumns = RowOf<typeof FUTURE_FIGURE_COLUMNS>

/** The columns of a symbol without futures. */
export const NO_FUTURE_FIGURES: FutureFigureColumns = {
  front_future: null,
  next_future: null,
  front_price: null,
  spot_index: null,
  spot_price: null,
  basis: null,
  basis_fraction: null,
  roll_yield: null,
}
