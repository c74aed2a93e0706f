import { join } from 'node:path'
import { openLake } from '../../src/lake/open.ts'
import { settleLedger } from '../../src/lake/tables/ledger.ts'
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
import type { Counted, Engine, SmallQuestion } from './engine.ts'

const SLOTS = 90

/** Rows of every table but the snapshots, some values null; what an engine must find in each. */
export async function fillSmallTables(
  folder: string,
): Promise<readonly { readonly question: SmallQuestion; readonly right: Counted }[]> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    const slots = Array.from({ length: SLOTS }, (_, n) => slotAt(n))
    const metrics = slots.map(({ slot, date }, n) => rowOf(MARKET_METRICS, { timestamp: slot, date }, n))
    await upsert(lake, MARKET_METRICS, metrics as TableRow<typeof MARKET_METRICS>[])
    const observed = slots.map(({ slot, date }, n) =>
      rowOf(DAILY_OBSERVATIONS, { recorded_at: slot, date, symbol: `S${n}` }, n),
    )
    await upsert(lake, DAILY_OBSERVATIONS, observed as TableRow<typeof DAILY_OBSERVATIONS>[])
    await settleLedger(lake)
    const asked = SMALL_TABLES.map(async (table) => {
      const columns = fileColumnsOf(table)
      const names = columns.map(({ name }) => name)
      const doubles = columns.filter(({ type }) => type === 'double').map(({ name }) => name)
      const question = { table: join(folder, table.name), columns: names, doubles }
      const rows = (await readRows(lake, table)) as readonly object[]
      return { question, right: counted(rows, names, doubles) }
    })
    return await Promise.all(asked)
  } finally {
    await lake.close()
  }
}

/** A value in every column that is not part of the key, but for one in three of those that may be null. */
function rowOf(table: SmallTable, fixed: Record<string, unknown>, n: number): object {
  const values = table.columns.map(({ name, type, nullable }, at) => {
    if (name in fixed) return [name, fixed[name]]
    if (nullable && (n + at) % 3 === 0) return [name, null]
    if (type === 'string') return [name, `${name} ${n}`]
    return [name, type === 'double' ? (n * 1_009 + at) / 1e4 : n + at]
  })
  return Object.fromEntries(values)
}

export function counted(
  rows: readonly object[],
  columns: readonly string[],
  doubles: readonly string[],
): Counted {
  const of = (row: object, name: string) => fieldOf(row, name) ?? null
  return {
    rows: rows.length,
    known: columns.map((name) => rows.filter((row) => of(row, name) !== null).length),
    sum: rows.reduce((sum, row) => doubles.reduce((part, name) => part + Number(of(row, name)), sum), 0),
  }
}

/** What is wrong with an engine's view of the small tables. */
export async function readSmall(
  engine: Engine,
  asked: Awaited<ReturnType<typeof fillSmallTables>>,
): Promise<string[]> {
  const faults: string[] = []
  for (const { question, right } of asked) {
    const found = await engine.count(question).catch((error: Error) => error.message)
    // Engines add in different orders.
    const isRight =
      typeof found !== 'string' &&
      found.rows === right.rows &&
      found.known.join() === right.known.join() &&
      Math.abs(found.sum - right.sum) <= 1e-9 * Math.abs(right.sum)
    if (!isRight)
      faults.push(`${question.table}: ${JSON.stringify(found)} instead of ${JSON.stringify(right)}`)
  }
  return faults
}
