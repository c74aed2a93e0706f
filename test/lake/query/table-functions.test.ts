import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../../src/lake/query/sql.ts'
import { append } from '../../../src/lake/write/append.ts'
import { temporaryFolder, temporaryLake } from '../lakes.ts'
import { chain, slotOf } from '../slots.ts'

test('a SELECT cannot call a function that writes files or runs other SQL', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(10) }))
  const outside = join(temporaryFolder(), 'made.json')
  const inside = join(lake.layout.root, 'made.json')
  for (const path of [outside, inside]) {
    const profile = `enable_profiling(format = 'json', save_location = '${path}')`
    const log = `enable_logging(storage = 'file', storage_config = {'path': '${path}'})`
    for (const query of [
      ...[`SELECT * FROM ${profile}`, `FROM ${log}`, `SELECT (SELECT count(*) FROM ${profile})`],
      ...[`WITH a AS (FROM ${profile}) SELECT 1`, `SELECT * FROM range(1), "ENABLE_PROFILING"()`],
      ...[`SELECT * FROM system.main.enable_logging()`, `SELECT 1 UNION ALL SELECT 2 FROM ${log}`],
      ...["SELECT * FROM query('SELECT 1')", 'SELECT * FROM arrow_scan(1, 2, 3)'],
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    ]) {
      await expect(sql(lake, query), query).rejects.toThrow(/^the table function \w+ is not allowed here/)
    }
    expect(existsSync(path)).toBe(false)
  }
})

test('a statement that is refused has not begun: EXPORT makes its folder while it is planned', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(10) }))
  const path = join(lake.layout.root, 'made')
  await expect(sql(lake, `EXPORT DATABASE '${path}'`)).rejects.toThrow(/^EXPORT is not allowed here/)
  expect(existsSync(path)).toBe(false)
})

test('a SELECT can call the table functions that only read', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(10) }))
  const rowsOf = async (query: string) => (await sql(lake, query)).rows
  expect(await rowsOf('SELECT sum(a.range) FROM range(3) a, generate_series(1, 2) b')).toEqual([[6]])
  expect(await rowsOf('SELECT count(*) FROM option_snapshots, unnest([1, 2])')).toEqual([[20]])
  const files = `${lake.layout.root}/**/*.parquet`
  expect((await rowsOf(`SELECT count(*) FROM glob('${files}')`))[0]?.[0]).toBeGreaterThan(0)
  expect(await rowsOf("SELECT name FROM pragma_table_info('slots') WHERE cid = 0")).toHaveLength(1)
  expect(await rowsOf('SELECT enable_logging FROM (SELECT 1 AS enable_logging)')).toEqual([[1]])
})
