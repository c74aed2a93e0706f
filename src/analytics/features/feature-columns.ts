import type { Column } from '../../snapshot/column.ts'
import { DAILY_PRICE_COLUMNS } from '../../snapshot/daily-prices.ts'
import { MARKET_METRICS_COLUMNS } from '../../snapshot/figures/market-metrics.ts'
import { REALIZED_FIGURE_COLUMNS } from '../../snapshot/figures/realized-figures.ts'
import { GRID_POINTS, GRID_TENORS, type GridPoint } from '../../snapshot/surface/surface-grid.ts'
import { RANK_FIGURES } from '../ranks/rank-figures.ts'

/** Columns of `market_metrics` that are not features: the key, which comes first here, and texts about the figures. */
const NOT_FEATURES: ReadonlySet<string> = new Set([
  ...['timestamp', 'symbol', 'date', 'null_reasons', 'figure_expirations'],
])

/** Figures that need earlier days, and are computed again from what was known at the row's time. */
export const HISTORY_COLUMNS: ReadonlySet<string> = new Set([
  ...RANK_FIGURES,
  ...['iv_source', 'iv_observations', 'trend_daily', 'trend_intraday'],
  ...REALIZED_FIGURE_COLUMNS.map(({ name }) => name),
])

// biome-ignore format: one column a line
const KEY_COLUMNS = [
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying, or root of the future.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date.' },
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot that the figures are of; with --every day the last one known at the close.' },
  { name: 'known_at', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'The time of the row: everything in it was known then. When the rows of the slot were ready; with --every day the close of the session.' },
] as const satisfies readonly Column[]

/** The newest daily observation of each source, as columns of a row. */
export const OBSERVED = [
  { prefix: 'last_chain', source: 'chain', what: "our own, of the symbol's slots" },
  { prefix: 'last_ib', source: 'ib_index', what: "IB's daily values" },
  { prefix: 'last_bars', source: 'bars', what: 'our own, of five-minute bars' },
] as const

const PRICES: readonly Column[] = DAILY_PRICE_COLUMNS

const observedColumns: readonly Column[] = OBSERVED.flatMap(({ prefix, source, what }) => {
  const column = (name: string, type: Column['type'], unit: string, doc: string): Column => ({
    ...{ name: `${prefix}_${name}`, type, unit, nullable: true },
    doc: `Newest daily observation that was known (${what}): ${doc}.`,
  })
  return [
    column('date', 'date', 'YYYY-MM-DD', 'its trade date'),
    ...(source === 'bars'
      ? []
      : [column('iv30', 'double', 'fraction a year', 'implied volatility, 30 days')]),
    column('close', 'double', '$ or points', 'close'),
    ...(source === 'chain' ? [] : PRICES.filter(({ type }) => type === 'double' || type === 'long')).map(
      ({ name, type, unit, doc }) => column(name, type, unit, doc.replace(/\.$/, '')),
    ),
  ]
})

const vixColumns: readonly Column[] = [
  {
    name: 'last_vix_date',
    type: 'date',
    nullable: true,
    unit: 'YYYY-MM-DD',
    doc: 'Trade date of the newest daily level of the VIX that was known.',
  },
  { name: 'last_vix_close', type: 'double', nullable: true, unit: 'points', doc: 'That level.' },
]

const gridColumns: readonly Column[] = GRID_TENORS.flatMap((tenor) =>
  GRID_POINTS.map((point) => ({
    ...{ name: gridColumn(tenor, point), type: 'double' as const, nullable: true, unit: 'fraction a year' },
    doc: `Volatility of the surface at ${tenor} days, ${pointText(point)}; null where the slot has none.`,
  })),
)

/** The column of a point of the surface's grid, such as grid_30d_put_25d and grid_30d_m090. */
export function gridColumn(tenorDays: number, point: string): string {
  const name = /^\d/.test(point) ? `m${point.replace('.', '')}` : point
  return `grid_${tenorDays}d_${name}`
}

function pointText(point: GridPoint): string {
  if (point === 'atm') return 'at the forward'
  const [side, delta] = point.split('_')
  return delta === undefined ? `strike ${point} of the forward` : `${delta.replace('d', '')}-delta ${side}`
}

const figureColumns: readonly Column[] = (MARKET_METRICS_COLUMNS as readonly Column[])
  .filter(({ name }) => !NOT_FEATURES.has(name))
  .map(({ partition: _, decimals: __, ...column }) =>
    HISTORY_COLUMNS.has(column.name)
      ? { ...column, doc: `${column.doc} From the history that was known at the row's time.` }
      : column,
  )

/** The columns of `optionlake export --features`, in their order. */
export const FEATURE_COLUMNS: readonly Column[] = [
  ...KEY_COLUMNS,
  ...figureColumns,
  ...observedColumns,
  ...vixColumns,
  ...gridColumns,
]
