import { SMALL_TABLES } from '../lake/tables/small-tables.ts'
import type { Column } from '../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../snapshot/row.ts'

/** A table as SQL sees it. */
export interface StoredTable {
  readonly name: string
  readonly meaning: string
  readonly columns: readonly Column[]
}

const MEANINGS: Readonly<Record<(typeof SMALL_TABLES)[number]['name'], string>> = {
  slots: 'the ledger: one row for each slot and symbol, with what was collected or why it was not',
  market_metrics: 'one row for each slot and symbol: every figure, with null_reasons',
  daily_observations: 'one row for each symbol, session and source: the history that ranks are taken in',
  future_snapshots: 'one row for each future that answered in a slot',
  underlying_bars: 'one row for five minutes of prices of a stock, index or future',
  surfaces: 'one row for each slot, symbol and expiration: the fitted volatility curve',
  surface_grid: 'one row for each slot, symbol, tenor and point: the surface at fixed places',
}

/** The tables of a lake with their columns. The view `chains` is option_snapshots with names that need no quotes. */
export const STORED_TABLES: readonly StoredTable[] = [
  {
    name: 'option_snapshots',
    meaning:
      'one row for each contract that answered in a slot; partitioned by symbol and date: name both in WHERE',
    columns: SNAPSHOT_COLUMNS,
  },
  ...SMALL_TABLES.map(({ name, columns }) => ({ name, meaning: MEANINGS[name], columns })),
]

/** Types as SQL names them. */
export const SQL_TYPES: Readonly<Record<Column['type'], string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  long: 'BIGINT',
  integer: 'INTEGER',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  date: 'DATE',
}
