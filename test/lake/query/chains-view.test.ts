import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { sqlLiteral } from '../../../src/lake/engines/duckdb.ts'
import { exportRows } from '../../../src/lake/query/export.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { append } from '../../../src/lake/write/append.ts'
import { codeBelow } from '../../interop/page-snippets.ts'
import { temporaryLake } from '../lakes.ts'
import { chain, DAY, row, slotOf } from '../slots.ts'

/** One row of the view for each of the given changes to a row, by strike. */
async function rowsOfView(columns: string, changes: readonly Parameters<typeof row>[0][]) {
  const lake = await temporaryLake()
  const rows = changes.map((change, at) => row({ strike: 600 + at, ...change }))
  await append(lake, slotOf({ SPY: rows }))
  return (await sql(lake, `SELECT ${columns} FROM chains ORDER BY strike`)).rows
}

test('the mid is null without both sides, with a bid of zero, and for a crossed quote', async () => {
  const rows = await rowsOfView('mid', [
    { bid: 5.1, ask: 5.2 },
    { bid: 5.2, ask: 5.2 },
    { bid: null, ask: 5.2 },
    { bid: 5.1, ask: null },
    { bid: 0, ask: 0.05 },
    { bid: 5.3, ask: 5.2 },
  ])
  expect(rows).toEqual([[(5.1 + 5.2) / 2], [5.2], [null], [null], [null], [null]])
})

test('the days to expiry are counted from the New York date of the slot', async () => {
  const rows = await rowsOfView('expiry_date, days_to_expiry', [
    { expiry: '20261120' },
    { expiry: '20261218' },
    { expiry: '20270115' },
  ])
  expect(rows).toEqual([
    ['2026-11-20', 0],
    ['2026-12-18', 28],
    ['2027-01-15', 56],
  ])
})

test('right and flags have names that need no quotes, and the common flags are booleans', async () => {
  const rows = await rowsOfView('option_right, quality_flags, is_wide, is_stale, is_iv_outlier', [
    { right: 'C', flags: 0 },
    { right: 'P', flags: 16 | 4096 },
    { right: 'P', flags: 32 },
  ])
  expect(rows).toEqual([
    ['C', 0, false, false, false],
    ['P', 16 | 4096, true, false, true],
    ['P', 32, false, true, false],
  ])
})

test('the view has all other columns of option_snapshots, also without rows', async () => {
  const lake = await temporaryLake()
  const { columns } = await sql(lake, 'SELECT * FROM option_snapshots')
  const kept = columns.filter((name) => name !== 'right' && name !== 'flags')
  const { columns: ofView } = await sql(lake, 'SELECT * FROM chains')
  expect(ofView.slice(0, kept.length)).toEqual(kept)
  expect(ofView).toContain('days_to_expiry')
})

test("the statements for DuckDB in docs/lake.md give the view's values from an exported file", async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(40), QQQ: chain(10) }))
  const out = join(lake.layout.root, 'spy.parquet')
  await exportRows(lake, { symbol: 'SPY', from: DAY, to: DAY, out, replace: false })
  const statements = codeBelow(resolve(import.meta.dirname, '../../../docs/lake.md'), 'DuckDB', 'sql')
  expect(statements).toHaveLength(2)

  const { DuckDBInstance } = await import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create()).connect()
  for (const code of statements) await connection.run(code.replace("'spy.parquet'", sqlLiteral(out)))
  const totals =
    'SELECT count(mid)::INTEGER, sum(mid), sum(days_to_expiry)::INTEGER, max(option_right) FROM chains'
  const [read] = (await connection.runAndReadAll(totals)).getRows()
  connection.closeSync()
  expect([read]).toEqual((await sql(lake, `${totals} WHERE symbol = 'SPY'`)).rows)
  expect(read?.[0]).toBeGreaterThan(20)
})
