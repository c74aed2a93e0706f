import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Add, commitName, loadTable } from '../../../src/delta/index.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { chainAsOf, latestChain } from '../../../src/lake/query/chains.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { stats } from '../../../src/lake/query/stats.ts'
import type { SnapshotFile } from '../../../src/lake/tables/data-files.ts'
import { storeLedger } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { SLOTS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, slotOf } from '../slots.ts'

type Statistics = Record<string, unknown> | string | undefined

/** The add actions of a table as another program commits them after rewriting the files: without tags. */
async function rewriteStatistics(folder: string, change: (stats: Record<string, never>) => Statistics) {
  const table = await loadTable(folder)
  const { version, files } = table.state
  const lines = [...files.values()].flatMap((file) => {
    const changed = change(JSON.parse(file.stats as string))
    const text = typeof changed === 'string' || changed === undefined ? changed : JSON.stringify(changed)
    const { tags: _, path: _path, ...rest } = file
    const add: Add = { ...rest, path: encodeURI(file.path), dataChange: false }
    return [
      { remove: { path: add.path, dataChange: false, deletionTimestamp: 1 } },
      { add: { ...add, stats: text } },
    ]
  })
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  writeFileSync(join(table.logFolder, commitName(version + 1)), `${text}\n`)
}

async function threeSlots(folder = temporaryFolder()): Promise<Lake> {
  const lake = await temporaryLake(folder)
  for (const n of [0, 1, 2]) await append(lake, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(n)))
  return lake
}

const filesIn = async (lake: Lake): Promise<SnapshotFile[]> => [...(await currentState(lake)).files.values()]

const without = (stats: Record<string, never>, ...keys: string[]) =>
  Object.fromEntries(Object.entries(stats).filter(([key]) => !keys.includes(key)))

test.each<[string, (stats: Record<string, never>) => Statistics]>([
  ['no statistics', () => undefined],
  ['empty statistics', () => ''],
  ['statistics that are null', () => 'null'],
  ['statistics that are not JSON', () => '{"numRecords":2'],
  ['only a row count', ({ numRecords }) => ({ numRecords })],
  ['no minimum', (stats) => without(stats, 'minValues')],
  ['no null counts', (stats) => without(stats, 'nullCount')],
  ['null counts of some columns', (stats) => ({ ...stats, nullCount: { timestamp: 0, strike: 0 } })],
  ['no row count', (stats) => without(stats, 'numRecords')],
  [
    'timestamps without a time zone',
    (stats) => ({
      ...stats,
      minValues: { ...(stats.minValues as unknown as object), timestamp: '2026-11-20 15:30:00' },
    }),
  ],
])('a file of another program with %s is read like any other', async (_what, change) => {
  const lake = await threeSlots()
  const before = await filesIn(lake)
  const rows = await chainAsOf(lake, 'SPY', { at: after(1) })
  await rewriteStatistics(lake.layout.table, change)
  const unproven = before.map((file) => ({ ...file, sha256: null, constants: {} }))
  expect(await filesIn(lake)).toEqual(unproven)
  const reader = await readingLake(lake.layout.root)
  expect(await filesIn(reader)).toEqual(unproven)
  expect(await chainAsOf(reader, 'SPY', { at: after(1) })).toEqual(rows)
  expect((await verify(reader.layout.root, { clock: systemClock })).findings).toEqual([])
  expect((await append(lake, slotOf({ SPY: chain(30) }, after(1)))).reports[0]?.rows).toBe(30)
})

test('a file without statistics that lacks a newer column has nulls in it', async () => {
  const lake = await threeSlots()
  const [file] = await filesIn(lake)
  const path = join(lake.layout.table, file?.path as string)
  await lake.engine.use(async (connection) => {
    await connection.run(
      `COPY (SELECT * EXCLUDE (vega) FROM read_parquet('${path}', hive_partitioning = false)) TO '${path}' (FORMAT parquet)`,
    )
  })
  await rewriteStatistics(lake.layout.table, () => undefined)
  expect((await filesIn(lake))[0]?.missingColumns).toEqual(['vega'])
  const { rows } = await sql(lake, 'SELECT count(*), count(vega) FROM option_snapshots')
  expect(rows).toEqual([[90, 70]])
})

const NEXT_DAY = sessionDate('2026-11-23')

test.each<[string, (path: string) => void, string]>([
  ['is missing', (path) => rmSync(path), 'it is missing'],
  ['is truncated', (path) => truncateSync(path, 300), 'parquet'],
])('an unreadable file that %s fails only the queries that need it', async (_what, damage, why) => {
  const lake = await threeSlots()
  const monday = after(3 * 24 * 12)
  await append(lake, slotOf({ SPY: chain(5), QQQ: chain(5) }, monday, NEXT_DAY))
  const [first] = await filesIn(lake)
  const { symbol, path } = first as SnapshotFile
  damage(join(lake.layout.table, path))
  await rewriteStatistics(lake.layout.table, () => undefined)
  const reader = await readingLake(lake.layout.root)
  const unreadable = (await filesIn(reader)).filter((file) => file.unreadable !== null)
  expect(unreadable).toMatchObject([{ path, rows: null, unreadable: expect.stringContaining(why) }])
  expect(await latestChain(reader, symbol)).toHaveLength(5)
  expect(await latestChain(reader, 'QQQ')).toHaveLength(5)
  await expect(sql(reader, 'SELECT count(*) FROM option_snapshots')).rejects.toThrow(path)
  await expect(chainAsOf(reader, symbol, { at: after(1) })).rejects.toThrow(path)
  await expect(append(lake, slotOf({ [symbol]: chain(5) }, after(0)))).rejects.toThrow(path)
  expect((await append(lake, slotOf({ [symbol]: chain(6) }, monday, NEXT_DAY))).reports[0]?.rows).toBe(6)
  const findings = (await verify(reader.layout.root, { clock: systemClock })).findings.filter((one) =>
    one.path.endsWith(path),
  )
  expect(findings).toHaveLength(1)
  expect((await stats(reader)).rows).toBe(101 - (symbol === 'SPY' ? 20 : 10))
})

test('a small table without statistics is read, and counts the same slots', async () => {
  const lake = await threeSlots()
  await storeLedger(lake)
  const before = await stats(lake)
  await rewriteStatistics(join(lake.layout.root, 'slots'), () => undefined)
  const reader = await readingLake(lake.layout.root)
  expect(await readRows(reader, SLOTS)).toHaveLength(6)
  expect((await verify(reader.layout.root, { clock: systemClock })).findings).toEqual([])
  expect(await stats(reader)).toEqual(before)
})
