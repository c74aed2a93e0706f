/** Sources of the dividends that volatilities are solved with; `mixed` where the expirations of a figure differ. */
export const DIVIDEND_SOURCES = ['pv_dividend', 'setting', 'none', 'mixed'] as const

/** The columns of `market_metrics` that say what its volatility figures were made from. */
// biome-ignore format: one column a line
export const FIGURE_BASIS_COLUMNS = [
  { name: 'mfiv30_missing_points', type: 'double', nullable: true, unit: 'points', doc: 'Estimate of what the strikes that were not collected would add to mfiv30.', since: 3 },
  { name: 'dividend_source', type: 'string', nullable: true, unit: '', doc: 'Where the dividends before the expirations of iv30 come from: pv_dividend of the rows, setting, none; mixed where they differ.', values: DIVIDEND_SOURCES, since: 3 },
  { name: 'figure_expirations', type: 'string', nullable: true, unit: 'JSON', doc: 'Figure → the expirations it was made from, such as 20261218, or 20261218 SPXW where the slot has several classes.', since: 3 },
] as const
