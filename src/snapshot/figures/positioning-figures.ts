/** The columns of `market_metrics` about open interest and volume. They are defined in docs/numbers.md. */
// biome-ignore format: one column a line
export const POSITIONING_FIGURE_COLUMNS = [
  { name: 'put_call_volume_ratio_60d', type: 'double', nullable: true, unit: '', doc: 'Volume of puts over volume of calls: 0 to 60 days, strikes within 20 % of the underlying.', since: 3 },
  { name: 'put_call_oi_ratio_60d', type: 'double', nullable: true, unit: '', doc: 'Open interest of puts over that of calls, in the same window.', since: 3 },
  { name: 'gamma_exposure', type: 'double', nullable: true, unit: '$ per 1 %', doc: 'What dealers would have to sell for a rise of the underlying by 1 %, if they are long the calls and short the puts that are open.', since: 3 },
  { name: 'gamma_flip', type: 'double', nullable: true, unit: '$', doc: 'Price of the underlying at which gamma_exposure changes sign; the nearest within 15 %.', since: 3 },
] as const
