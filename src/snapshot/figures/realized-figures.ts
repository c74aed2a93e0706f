/** The columns of `market_metrics` about realized volatility. They are defined in docs/numbers.md. */
// biome-ignore format: one column a line
export const REALIZED_FIGURE_COLUMNS = [
  { name: 'realized_vol_close', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Realized volatility of the 20 sessions before the slot, from closes.', since: 3 },
  { name: 'realized_vol_parkinson', type: 'double', nullable: true, unit: 'fraction a year', doc: 'The same from highs and lows, nights not included.', since: 3 },
  { name: 'realized_vol_yang_zhang', type: 'double', nullable: true, unit: 'fraction a year', doc: 'The same from open, high, low and close.', since: 3 },
  { name: 'realized_vol_5min', type: 'double', nullable: true, unit: 'fraction a year', doc: 'The same from five-minute returns and the returns of the nights.', since: 3 },
  { name: 'realized_vol_today', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Volatility of the session so far from five-minute returns, as if every session were like it; no night.', since: 3 },
  { name: 'variance_risk_premium', type: 'double', nullable: true, unit: 'fraction² a year', doc: 'iv30 squared less realized_vol_yang_zhang squared: the past, no forecast.', since: 3 },
  { name: 'volatility_spread', type: 'double', nullable: true, unit: 'points', doc: 'iv30 less realized_vol_yang_zhang.', since: 3 },
  { name: 'realized_source', type: 'string', nullable: true, unit: '', doc: "Source of the daily prices of these figures: bars (our own), ib_index (IB's daily bars) or index; null where there is none.", since: 3 },
] as const
