/** The columns of `market_metrics` about the shape of the smile at 30 days. They are defined in docs/numbers.md. */
// biome-ignore format: one column a line
export const SMILE_FIGURE_COLUMNS = [
  { name: 'risk_reversal_25d', type: 'double', nullable: true, unit: 'fraction a year', doc: '25-delta call volatility less 25-delta put volatility, 30 days.', since: 3 },
  { name: 'risk_reversal_10d', type: 'double', nullable: true, unit: 'fraction a year', doc: 'The same at 10 delta.', since: 3 },
  { name: 'butterfly_25d', type: 'double', nullable: true, unit: 'fraction a year', doc: 'Mean of the 25-delta volatilities less the 50-delta volatility, 30 days.', since: 3 },
  { name: 'butterfly_10d', type: 'double', nullable: true, unit: 'fraction a year', doc: 'The same at 10 delta.', since: 3 },
  { name: 'expected_move_straddle', type: 'double', nullable: true, unit: '$', doc: 'Price of the straddle at the money, 30 days: about 0.8 of expected_move.', since: 3 },
] as const
