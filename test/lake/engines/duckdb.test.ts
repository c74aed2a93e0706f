import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openQueryEngine } from '../../../src/lake/engines/duckdb.ts'
import { currentState } from '../../../src/lake/open.ts'
import { filesOf } from '../../../src/lake/query/file-index.ts'
import { append } from '../../../src/lake/write/append.ts'
import { temporaryFolder, temporaryLake } from '../lakes.ts'
import { chain, slotOf } from '../slots.ts'

test('the engine can read only its folder, and its settings are locked', async () => {
  const engine = openQueryEngine(temporaryFolder())
  const ask = (sql: string) => engine.use((connection) => connection.run(sql))
  await expect(ask("SELECT * FROM read_text('/etc/hostname')")).rejects.toThrow(/Permission Error/)
  const zone = await engine.use(async (c) =>
    (await c.runAndReadAll("SELECT current_setting('TimeZone')")).getRows(),
  )
  expect(zone).toEqual([['UTC']])
  await expect(ask("SET memory_limit = '8GB'")).rejects.toThrow(/configuration has been locked/)
  await engine.close()
  await expect(ask('SELECT 1')).rejects.toThrow(/was queried after it was closed/)
  await engine.close()
})

test('cached footers of thousands of files stay bounded, and simultaneous queries are all answered', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(30) }))
  const [file] = filesOf(await currentState(lake), 'SPY')
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const engine = openQueryEngine(folder)
  const sums: unknown[] = []
  let most = 0
  for (let round = 0; round < 55; round++) {
    const names = Array.from({ length: 70 }, (_, n) => join(folder, `${round}-${n}.parquet`))
    for (const name of names) copyFileSync(join(lake.layout.table, file!.path), name)
    const ask = (from: string) => engine.use(async (c) => (await c.runAndReadAll(from)).getRows()[0]?.[0])
    const list = names.map((name) => `'${name}'`).join(', ')
    const both = await Promise.all([
      ask(`SELECT count(*)::INTEGER FROM read_parquet([${list}])`),
      ask(`SELECT count(DISTINCT strike)::INTEGER FROM read_parquet([${list}])`),
    ])
    sums.push(...both)
    const held = await ask(
      "SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'",
    )
    most = Math.max(most, Number(held ?? 0))
  }
  expect(sums).toEqual(Array.from({ length: 55 }, () => [2_100, 3]).flat())
  expect(most).toBeLessThan(110_000_000)
  await engine.close()
})
