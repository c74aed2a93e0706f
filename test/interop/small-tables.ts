import { join } from 'node:path'
import { openLake } from '../../src/lake/open.ts'
import { storeLedger } from '../../src/lake/tables/ledger.ts'
import { fieldOf, readRows } from '../../src/lake/tables/read-rows.ts'
import {
  DAILY_OBSERVATIONS,
  fileColumnsOf,
  MARKET_METRICS,
  SMALL_TABLES,
  type SmallTable,
  type TableRow,
} from '../../src/lake/tables/small-tables.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import { slotAt } from '../support/writer-operations.ts'
import type { ColumnCounts, CountQuery, Engine } from './engine.ts'

const SLOTS = 90

/** A query of a small table, and the answer that every engine must give. */
export interface SmallTableCheck {
  readonly query: CountQuery
  readonly expected: ColumnCounts
}

/** Stores rows with some nulls in all small tables. */
export async function fillSmallTables(folder: string): Promise<readonly SmallTableCheck[]> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    const slots = Array.from({ length: SLOTS }, (_, n) => slotAt(n))
    const metrics = slots.map(({ slot, date }, n) => rowOf(MARKET_METRICS, { timestamp: slot, date }, n))
    await upsert(lake, MARKET_METRICS, metrics as TableRow<typeof MARKET_METRICS>[])
    const observed = slots.map(({ slot, date }, n) =>
      rowOf(DAILY_OBSERVATIONS, { recorded_at: slot, date, symbol: `S${n}` }, n),
    )
    await upsert(lake, DAILY_OBSERVATIONS, observed as TableRow<typeof DAILY_OBSERVATIONS>[])
    await storeLedger(lake)
    const checks = SMALL_TABLES.map(async (table) => {
      const columns = fileColumnsOf(table)
      const names = columns.map(({ name }) => name)
      const doubles = columns.filter(({ type }) => type === 'double').map(({ name }) => name)
      const query = { table: join(folder, table.name), columns: names, doubles }
      const rows = (await readRows(lake, table)) as readonly object[]
      return { query, expected: countsOf(rows, names, doubles) }
    })
    return await Promise.all(checks)
  } finally {
    await lake.close()
  }
}

/** Row `n`: a value in every column, but null in one of three columns that may be null. */
function rowOf(table: SmallTable, fixed: Record<string, unknown>, n: number): object {
  const values = table.columns.map(({ name, type, nullable }, at) => {
    if (name in fixed) return [name, fixed[name]]
    if (nullable && (n + at) % 3 === 0) return [name, null]
    if (type === 'string') return [name, `${name} ${n}`]
    return [name, type === 'double' ? (n * 1_009 + at) / 1e4 : n + at]
  })
  return Object.fromEntries(values)
}

/** The counts of rows in memory. */
export function countsOf(
  rows: readonly object[],
  columns: readonly string[],
  doubles: readonly string[],
): ColumnCounts {
  const of = (row: object, name: string) => fieldOf(row, name) ?? null
  return {
    rows: rows.length,
    known: columns.map((name) => rows.filter((row) => of(row, name) !== null).length),
    sum: rows.reduce((sum, row) => doubles.reduce((part, name) => part + Number(of(row, name)), sum), 0),
  }
}

/** The errors of an engine in reading the small tables. */
export async function checkSmallTables(
  engine: Engine,
  checks: readonly SmallTableCheck[],
): Promise<string[]> {
  const faults: string[] = []
  for (const { query, expected } of checks) {
    const found = await engine.count(query).catch((error: Error) => error.message)
    // Sums may differ slightly, because engines add in different orders.
    const isRight =
      typeof found !== 'string' &&
      found.rows === expected.rows &&
      found.known.join() === expected.known.join() &&
      Math.abs(found.sum - expected.sum) <= 1e-9 * Math.abs(expected.sum)
    if (!isRight)
      faults.push(`${query.table}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
  }
  return faults
}
