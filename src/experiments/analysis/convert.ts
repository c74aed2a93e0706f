import { rmSync, statSync } from 'node:fs'
import { sqlLiteral } from '../../lake/engines/duckdb.ts'
import { publish, temporaryBeside, writeFailure } from '../files/write-atomically.ts'
import type { LoadedRun, RunEngine } from './engine.ts'
import { completeRecordsSql } from './record-tables.ts'

/** Small row groups: one is held in memory, and a row with its levels takes 2 kB. */
const PARQUET = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384'

export const FORMATS = ['csv', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

export interface ConvertedRun {
  readonly path: string
  readonly rows: number
  readonly bytes: number
}

/** The columns of the original's CSV, in its order, and where their values come from. */
const ORIGINAL_COLUMNS: Readonly<Record<string, string>> = {
  step: 'step',
  timestamp: 'timestamp',
  scenario: 'scenario',
  experiment: 'experiment',
  run_id: 'run_id',
  mode: 'mode',
  bid: 'bid',
  ask: 'ask',
  mid: 'mid',
  spread: 'spread',
  last_trade: 'last_trade',
  bid_depth: 'bid_depth',
  ask_depth: 'ask_depth',
  inventory: 'inventory',
  cash_flow: 'cash_flow',
  pnl: 'pnl',
  orders_sent: 'orders_sent',
  action_side: 'orders[1].side',
  action_price: 'orders[1].price',
  action_qty: 'orders[1].qty',
  fill_side: 'fills[-1].side',
  fill_price: 'fills[-1].price',
  fill_qty: 'fills[-1].qty',
  fill_latency_ms: 'fills[-1].latency_ms',
}

/** What ours has more. */
const OWN_COLUMNS: Readonly<Record<string, string>> = {
  seed: 'seed',
  rules: 'rules',
  bid_size: 'bid_size',
  ask_size: 'ask_size',
  mark: 'mark',
  average_price: 'average_price',
  realised_pnl: 'realised_pnl',
  unrealised_pnl: 'unrealised_pnl',
  open_orders: 'open_orders',
  orders: 'len(orders)',
  fills: 'len(fills)',
  filled_qty: 'coalesce(list_sum([f.qty FOR f IN fills]), 0)',
  cancels: 'cancels',
  skipped: 'skipped',
  refused: 'refused',
  decision_ms: 'decision_ms',
  step_ms: 'step_ms',
}

/** Columns of the CSV of one run. */
export const CSV_COLUMNS: readonly string[] = Object.keys({ ...ORIGINAL_COLUMNS, ...OWN_COLUMNS })

/** Shares are whole numbers, and are written without a fraction. */
const WHOLE =
  /^(bid_depth|ask_depth|inventory|orders_sent|action_qty|fill_qty|bid_size|ask_size|open_orders|filled_qty)$/

/**
 * Writes a loaded run as CSV (one row a step; an empty cell is null; `fill_*` is the last fill of the step) or as Parquet
 * (all fields of the records; orders, fills, trades and levels as lists), in the order of the file: a sort would need the memory
 * of the whole run. A file of that name is replaced.
 * @throws Failure when it cannot be written; nothing half-written is left.
 */
export async function convertRun(
  engine: RunEngine,
  run: LoadedRun,
  { path, format }: { readonly path: string; readonly format: Format },
): Promise<ConvertedRun> {
  const temporary = temporaryBeside(path)
  const how = format === 'csv' ? 'FORMAT csv, HEADER' : PARQUET
  const select = format === 'csv' ? csvSql(run.name) : completeRecordsSql(run.source, run.origin)
  try {
    const [row] = await engine.query(`COPY (${select}) TO ${sqlLiteral(temporary)} (${how})`)
    publish(temporary, path)
    return { path, rows: Number(row?.Count), bytes: statSync(path).size }
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writeFailure(path, error)
  }
}

function csvSql(name: string): string {
  const columns = Object.entries({ ...ORIGINAL_COLUMNS, ...OWN_COLUMNS }).map(
    ([column, value]) => `${WHOLE.test(column) ? `${value}::BIGINT` : value} AS ${column}`,
  )
  return `SELECT ${columns.join(', ')} FROM ${name}.records`
}
