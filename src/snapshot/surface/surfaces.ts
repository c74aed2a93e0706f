import type { RowOf } from '../column.ts'

/**
 * `surfaces`: the implied volatilities of one expiration in one slot as a curve without arbitrage, one row for each
 * (slot, symbol, expiration). An expiration that cannot be fitted has a row with the reason. Columns in the order on disk.
 */
// biome-ignore format: one column a line
export const SURFACE_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying.' },
  { name: 'expiry', type: 'string', nullable: false, unit: 'YYYYMMDD', doc: 'Last trading day.' },
  { name: 'trading_class', type: 'string', nullable: false, unit: '', doc: 'Trading class; empty where the rows of the chain do not say.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the slot.', partition: true },
  { name: 'expires_at', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'When the value is fixed: the end of the time to expiry.' },
  { name: 'years', type: 'double', nullable: false, unit: 'years', doc: 'Calendar time to expires_at in whole minutes, over 365 days.' },
  { name: 'forward', type: 'double', nullable: true, unit: '$', doc: 'Forward, from call less put of all strikes near the money.' },
  { name: 'forward_error', type: 'double', nullable: true, unit: '$', doc: 'Its standard error.' },
  { name: 'carry', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Implied carry, ln(forward / underlying) / years: the rate less the yield of dividends and borrow. Null for options on a future or forward.' },
  { name: 'carry_error', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Its standard error.' },
  { name: 'pairs', type: 'long', nullable: true, unit: 'strikes', doc: 'Strikes whose call and put gave the forward.' },
  { name: 'atm_iv', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Volatility of the curve at the forward.' },
  { name: 'atm_iv_error', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Its standard error.' },
  { name: 'skew', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Slope of the volatility at the forward by k = ln(strike / forward): below 0 where puts cost more.' },
  { name: 'skew_error', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Its standard error.' },
  { name: 'atm_variance', type: 'double', nullable: true, unit: '', doc: 'Total variance that scales the curve: z = k / √atm_variance, y = total variance / atm_variance.' },
  { name: 'knots_z', type: 'string', nullable: true, unit: 'JSON', doc: 'z at the knots of the natural cubic spline, ascending: a list of numbers with six decimals.' },
  { name: 'knots_y', type: 'string', nullable: true, unit: 'JSON', doc: 'y at the knots. The curve is straight beyond the first and the last one.' },
  { name: 'quoted_from', type: 'double', nullable: true, unit: 'k', doc: 'k of the lowest quote that was fitted.' },
  { name: 'quoted_to', type: 'double', nullable: true, unit: 'k', doc: 'k of the highest.' },
  { name: 'checked_from', type: 'double', nullable: true, unit: 'k', doc: 'Least k at which the curve was checked for arbitrage. It has no value below.' },
  { name: 'checked_to', type: 'double', nullable: true, unit: 'k', doc: 'Greatest k at which it was checked. It has no value above.' },
  { name: 'quotes', type: 'long', nullable: true, unit: 'quotes', doc: 'Out-of-the-money quotes that were fitted.' },
  { name: 'within_one', type: 'double', nullable: true, unit: 'fraction', doc: 'Share of them whose fitted volatility is within one half-width of the middle of bid and ask volatility.' },
  { name: 'within_two', type: 'double', nullable: true, unit: 'fraction', doc: 'The same within two half-widths.' },
  { name: 'residual', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Root mean square of fitted less middle volatility.' },
  { name: 'constrained', type: 'integer', nullable: true, unit: '0 or 1', doc: '1 where the free fit had to be bent to be free of arbitrage.' },
  { name: 'least_density', type: 'double', nullable: true, unit: '', doc: 'Least value of the density g on the checked range: not negative means no butterfly arbitrage.' },
  { name: 'least_calendar_gap', type: 'double', nullable: true, unit: 'fraction', doc: 'Least total variance above that of the expiration before, as a share of its own: not negative means no calendar arbitrage. Null for the first.' },
  { name: 'reason', type: 'string', nullable: true, unit: '', doc: 'Why there is no curve; null where there is one.' },
  { name: 'definition_version', type: 'integer', nullable: false, unit: '', doc: 'Version of the definitions that the row follows.' },
] as const

export type SurfaceRow = RowOf<typeof SURFACE_COLUMNS>

/** Primary key: a new row with the same key replaces the old one. */
export const SURFACE_KEY = ['timestamp', 'symbol', 'expiry', 'trading_class'] as const
