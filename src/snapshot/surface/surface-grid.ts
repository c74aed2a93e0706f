import type { RowOf } from '../column.ts'

/** Tenors of the grid: calendar days from the slot. */
export const GRID_TENORS = [7, 14, 30, 60] as const

/** Points by the Black delta of an out-of-the-money option; `atm` is at the forward. From the lowest strike up. */
export const DELTA_POINTS = ['put_10d', 'put_25d', 'atm', 'call_25d', 'call_10d'] as const
/** Points by strike / forward. */
export const MONEYNESS_POINTS = ['0.90', '0.95', '1.00', '1.05', '1.10'] as const
export const GRID_POINTS = [...DELTA_POINTS, ...MONEYNESS_POINTS] as const
export type GridPoint = (typeof GRID_POINTS)[number]

/**
 * `surface_grid`: the surface at fixed tenors and points, one row for each (slot, symbol, tenor, point), so that its
 * history can be compared. Columns in the order on disk.
 */
// biome-ignore format: one column a line
export const SURFACE_GRID_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying.' },
  { name: 'tenor_days', type: 'integer', nullable: false, unit: 'calendar days', doc: 'From the slot: 7, 14, 30 or 60.' },
  { name: 'point', type: 'string', nullable: false, unit: '', doc: 'put_10d, put_25d, atm, call_25d, call_10d, or strike / forward: 0.90, 0.95, 1.00, 1.05, 1.10.', values: GRID_POINTS },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the slot.', partition: true },
  { name: 'iv', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Volatility: total variance interpolated in trading days between two expirations, by calendar time.' },
  { name: 'k', type: 'double', nullable: true, unit: '', doc: 'ln(strike / forward) of the point.' },
  { name: 'near_expiry', type: 'string', nullable: true, unit: 'YYYYMMDD', doc: 'Expiration at or before the tenor.' },
  { name: 'far_expiry', type: 'string', nullable: true, unit: 'YYYYMMDD', doc: 'Expiration after it.' },
  { name: 'reason', type: 'string', nullable: true, unit: '', doc: 'Why iv is null.' },
  { name: 'definition_version', type: 'integer', nullable: false, unit: '', doc: 'Version of the definitions that the row follows.' },
] as const

export type SurfaceGridRow = RowOf<typeof SURFACE_GRID_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const SURFACE_GRID_KEY = ['timestamp', 'symbol', 'tenor_days', 'point'] as const
