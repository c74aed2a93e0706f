import { copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type Add, commitName, pathToLog } from '../../../src/delta/index.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, report, SLOT, slotOf } from '../slots.ts'

/** Slots 0, 2 and 4 of 20 contracts of SPY, as Spark's OPTIMIZE writes them: see test/fixtures/README.md. */
const SPARK_DAY = resolve(import.meta.dirname, '../../fixtures/spark-optimized-day.parquet')
const PARTITION = `symbol=SPY/date=${DAY}`

/** Commits as another program: all files of the partition are replaced with these, which it has written. */
async function replaceFiles(lake: Lake, paths: readonly string[], stats?: (path: string) => object) {
  const { version, files } = await currentState(lake)
  const removed = [...files.values()].filter(({ symbol }) => symbol === 'SPY')
  const lines = [
    { commitInfo: { operation: 'OPTIMIZE', engineInfo: 'Apache-Spark/4.0.1 Delta-Lake/4.0.0' } },
    ...removed.map(({ path }) => ({
      remove: { path: pathToLog(path), deletionTimestamp: 1, dataChange: false },
    })),
    ...paths.map((path) => ({
      add: {
        path: pathToLog(path),
        partitionValues: { date: DAY, symbol: 'SPY' },
        size: statSync(join(lake.layout.table, path)).size,
        modificationTime: 1,
        dataChange: false,
        ...(stats ? { stats: JSON.stringify(stats(path)) } : {}),
        tags: null,
      } satisfies Add,
    })),
  ]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  writeFileSync(join(lake.layout.log, commitName(version + 1)), text)
}

/** Three slots, the day then optimized by Spark; `spark` is the path of its file. */
async function sparkLake(withStatistics = true): Promise<{ lake: Lake; spark: string }> {
  const lake = await temporaryLake(temporaryFolder())
  for (const n of [0, 2, 4]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  const spark = `${PARTITION}/part-00000-8c1a83b0-7a0e-4a55-a4d2-2a1f0d9e6b11.c000.snappy.parquet`
  copyFileSync(SPARK_DAY, join(lake.layout.table, spark))
  const statistics = () => ({
    numRecords: 60,
    minValues: { expiry: '20261120', strike: 500, timestamp: '2026-11-20T07:30:00.000-08:00' },
    maxValues: { expiry: '20270115', strike: 501, timestamp: '2026-11-20T07:50:00.000-08:00' },
    nullCount: { expiry: 0, strike: 0, timestamp: 0 },
  })
  await replaceFiles(lake, [spark], withStatistics ? statistics : undefined)
  return { lake, spark }
}

type Model = Map<number, SnapshotRow[]>

const stamped = (rows: readonly SnapshotRow[], n: number): SnapshotRow[] =>
  slotOf({ SPY: rows }, after(n)).symbols[0]?.rows as SnapshotRow[]

const sortedRows = (rows: readonly SnapshotRow[]) =>
  [...rows].sort((a, b) =>
    a.expiry !== b.expiry
      ? a.expiry < b.expiry
        ? -1
        : 1
      : a.strike - b.strike || (a.right < b.right ? -1 : 1),
  )

/** Every stored row must be that of the model, to the last digit, as this process and as another one reads it. */
async function expectModel(lake: Lake, model: Model): Promise<void> {
  const reader = await readingLake(lake.layout.root)
  for (const [n, rows] of model) {
    for (const one of [lake, reader]) {
      expect(sortedRows(await chainAsOf(one, 'SPY', { at: after(n) }))).toEqual(sortedRows(rows))
    }
  }
  const total = [...model.values()].reduce((sum, rows) => sum + rows.length, 0)
  expect((await stats(reader)).rows).toBe(total)
  expect((await verify(lake.layout.root, { clock: systemClock })).findings).toEqual([])
}

const modelOf = (): Model => new Map([0, 2, 4].map((n) => [n, stamped(chain(20), n)]))

test.each([true, false])(
  'after Spark optimized a day, every operation works and every row stays exact (statistics: %s)',
  async (withStatistics) => {
    const { lake, spark } = await sparkLake(withStatistics)
    const model = modelOf()
    await expectModel(lake, model)

    // A gap inside the range of the file is filled; the file stays.
    const gap = await append(lake, slotOf({ SPY: chain(7) }, after(1)))
    expect(gap.reports[0]?.rows).toBe(7)
    model.set(1, stamped(chain(7), 1))
    expect((await currentState(lake)).files.has(spark)).toBe(true)
    await expectModel(lake, model)

    // A slot without rows counts those stored.
    expect((await append(lake, slotOf({ SPY: [] }, after(4)))).reports[0]?.rows).toBe(20)
    const [recorded] = await recordReports(lake, [
      report({ timestamp: after(3), outcome: 'missing', reason: 'not_running', answered: 0 }),
    ])
    expect(recorded?.rows).toBe(0)

    // A slot is collected again: 8 of its 20 contracts, and 2 new ones.
    const again = [
      ...chain(8, { bid: 1.25 }),
      ...chain(2, { strike: 700 }).map((row, i) => ({ ...row, right: i === 0 ? 'C' : 'P' })),
    ]
    const { reports, rowsWritten } = await append(lake, slotOf({ SPY: again }, after(2)))
    expect(reports[0]?.rows).toBe(22)
    expect(rowsWritten).toBe(62)
    model.set(2, [...stamped(again, 2), ...stamped(chain(20).slice(8), 2)])
    expect((await currentState(lake)).files.has(spark)).toBe(false)
    await expectModel(lake, model)

    const { refused, compacted } = await compact(lake, { scope: { kind: 'all' } })
    expect(refused).toEqual([])
    expect(compacted).toMatchObject([{ symbol: 'SPY', rows: 69 }])
    await expectModel(lake, model)
    expect((await vacuum(lake, { retentionMs: -1_000 })).deleted.length).toBeGreaterThan(3)
    await expectModel(lake, model)
    expect((await slots(lake)).map(({ rows }) => rows)).toEqual([20, 7, 22, 0, 20])
  },
)

test('files of Spark and of ours are compacted together', async () => {
  const { lake } = await sparkLake()
  await append(lake, slotOf({ SPY: chain(9) }, after(5)))
  await append(lake, slotOf({ SPY: chain(3) }, after(1)))
  const { refused, compacted } = await compact(lake, { scope: { kind: 'all' } })
  expect(refused).toEqual([])
  expect(compacted).toMatchObject([{ files: 3, rows: 72 }])
  const model = modelOf()
    .set(5, stamped(chain(9), 5))
    .set(1, stamped(chain(3), 1))
  await expectModel(lake, model)
})

/** Writes files from the rows of the partition with DuckDB, as another program. */
async function rewrite(lake: Lake, queries: Readonly<Record<string, string>>): Promise<void> {
  const { files } = await currentState(lake)
  const stored = [...files.keys()].filter((path) => path.startsWith(PARTITION))
  const list = stored.map((path) => `'${join(lake.layout.table, path)}'`).join(', ')
  await lake.engine.use(async (connection) => {
    for (const [name, query] of Object.entries(queries)) {
      const source = `read_parquet([${list}], hive_partitioning = false, union_by_name = true)`
      const target = join(lake.layout.table, PARTITION, name)
      await connection.run(`COPY (${query.replace('FILES', source)}) TO '${target}' (FORMAT parquet)`)
    }
  })
  await replaceFiles(
    lake,
    Object.keys(queries).map((name) => `${PARTITION}/${name}`),
  )
}

test('a day that was z-ordered into files with overlapping slots takes an upsert, a gap and a compaction', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 2, 4]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  await rewrite(lake, {
    'part-00000-a.parquet': 'SELECT * FROM FILES WHERE "right" = \'C\' ORDER BY strike',
    'part-00001-a.parquet': 'SELECT * FROM FILES WHERE "right" = \'P\' ORDER BY strike',
  })
  const model = modelOf()
  await expectModel(lake, model)
  await append(lake, slotOf({ SPY: chain(4) }, after(3)))
  model.set(3, stamped(chain(4), 3))
  expect((await append(lake, slotOf({ SPY: [] }, after(2)))).reports[0]?.rows).toBe(20)
  const fresh = chain(10, { bid: 2.5 })
  expect((await append(lake, slotOf({ SPY: fresh }, after(2)))).reports[0]?.rows).toBe(20)
  model.set(2, [...stamped(fresh, 2), ...stamped(chain(20).slice(10), 2)])
  await expectModel(lake, model)
  expect((await compact(lake, { scope: { kind: 'all' } })).refused).toEqual([])
  await expectModel(lake, model)
})

test('types and nulls of another program are read as ours: NaN, wider and narrower numbers', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 2, 4]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  await rewrite(lake, {
    'part-00000-a.parquet':
      `SELECT * REPLACE (coalesce("last", 'NaN'::DOUBLE) AS "last", flags::BIGINT AS flags, ` +
      'volume::INTEGER AS volume, "timestamp"::TIMESTAMP_NS AS "timestamp") FROM FILES',
  })
  const model = modelOf()
  const fresh = chain(10, { bid: 2.5 })
  await append(lake, slotOf({ SPY: fresh }, after(2)))
  model.set(2, [...stamped(fresh, 2), ...stamped(chain(20).slice(10), 2)])
  await expectModel(lake, model)
})

/** Adds a column to the metadata of a table, as ALTER TABLE or a schema merge of another program. */
async function addColumn(
  table: {
    readonly logFolder: string
    readonly state: Pick<Lake['snapshots']['state'], 'version' | 'metaData'>
  },
  field: { name: string; type: string },
): Promise<void> {
  const { version, metaData } = table.state
  const schema = JSON.parse(metaData?.schemaString ?? '')
  schema.fields.push({ ...field, nullable: true, metadata: {} })
  const line = { metaData: { ...metaData, schemaString: JSON.stringify(schema) } }
  writeFileSync(join(table.logFolder, commitName(version + 1)), JSON.stringify(line))
}

async function valuesOf(lake: Lake, select: string): Promise<unknown[][]> {
  const { files } = await currentState(lake)
  const list = [...files.keys()].map((path) => `'${join(lake.layout.table, path)}'`).join(', ')
  return lake.engine.use(async (connection) => {
    const source = `read_parquet([${list}], hive_partitioning = false, union_by_name = true)`
    return (await connection.runAndReadAll(select.replace('FILES', source))).getRows()
  })
}

test('columns that another program has added survive an upsert and a compaction', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 2, 4]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  await addColumn(lake.snapshots, { name: 'mood', type: 'string' })
  await addColumn(
    { ...lake.snapshots, state: await currentState(lake) },
    { name: 'seen_at', type: 'timestamp' },
  )
  await currentState(lake)
  await rewrite(lake, {
    'part-00000-a.parquet': `SELECT *, 'strike ' || strike AS mood, "timestamp"::TIMESTAMP AS seen_at FROM FILES WHERE "timestamp" < make_timestamptz(${after(4) * 1000})`,
    'part-00001-a.parquet': `SELECT * FROM FILES WHERE "timestamp" >= make_timestamptz(${after(4) * 1000})`,
  })
  const fresh = chain(5, { bid: 9.5 })
  expect((await append(lake, slotOf({ SPY: fresh }, after(2)))).rowsWritten).toBe(40)
  const kept =
    'SELECT count(*)::INT, count(mood)::INT, count(seen_at)::INT, ' +
    `count_if(mood = 'strike ' || strike AND epoch_ms(seen_at) = epoch_ms("timestamp"))::INT FROM FILES`
  expect(await valuesOf(lake, kept)).toEqual([[60, 35, 35, 35]])
  await append(lake, slotOf({ SPY: chain(6) }, after(0)))
  expect(await valuesOf(lake, kept)).toEqual([[60, 29, 29, 29]])
  await append(lake, slotOf({ SPY: chain(6) }, after(7)))
  const { compacted, refused } = await compact(lake, { scope: { kind: 'all' } })
  expect(refused).toEqual([])
  expect(compacted).toMatchObject([{ rows: 66 }])
  expect((await currentState(lake)).files.size).toBe(1)
  expect(await valuesOf(lake, kept)).toEqual([[66, 29, 29, 29]])
  const model = new Map([
    [0, stamped(chain(20), 0)],
    [2, [...stamped(fresh, 2), ...stamped(chain(20).slice(5), 2)]],
    [4, stamped(chain(20), 4)],
    [7, stamped(chain(6), 7)],
  ])
  await expectModel(lake, model)
})

const OBSERVATION = {
  symbol: 'SPY',
  date: '2026-11-20',
  source: 'chain',
  iv30: 0.184213,
  close: 600.25,
  vix: null,
  cycles: 6,
  recorded_at: SLOT,
  definition_version: null,
  ...NO_DAILY_PRICES,
} as const

test('an upsert of a small table keeps columns that another program has added', async () => {
  const lake = await temporaryLake()
  const days = ['2026-11-18', '2026-11-19', '2026-11-20']
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    days.map((date) => ({ ...OBSERVATION, date })),
  )
  const folder = join(lake.layout.root, 'daily_observations')
  const table = await lake.smallTables.get('daily_observations')
  if (!table) throw new Error('not loaded')
  await addColumn(table, { name: 'note', type: 'string' })
  const [stored] = [...table.state.files.keys()]
  const name = 'part-00000-8c1a83b0-7a0e-4a55-a4d2-2a1f0d9e6b11-c000.snappy.parquet'
  await lake.engine.use((connection) =>
    connection.run(
      `COPY (SELECT source, "date", symbol, 'of ' || "date" AS note, * EXCLUDE (source, "date", symbol) REPLACE ('NaN'::DOUBLE AS vix) ` +
        `FROM read_parquet('${join(folder, stored as string)}')) TO '${join(folder, name)}' (FORMAT parquet)`,
    ),
  )
  const size = statSync(join(folder, name)).size
  const lines = [
    { remove: { path: stored, dataChange: false } },
    { add: { path: name, partitionValues: {}, size, modificationTime: 1, dataChange: true } },
  ]
  const next = commitName(table.state.version + 2)
  writeFileSync(join(table.logFolder, next), lines.map((line) => JSON.stringify(line)).join('\n'))
  await upsert(lake, DAILY_OBSERVATIONS, [
    { ...OBSERVATION, close: 601 },
    { ...OBSERVATION, date: '2026-11-23' },
  ])
  const rows = await readRows(await readingLake(lake.layout.root), DAILY_OBSERVATIONS)
  expect(rows.map(({ date, close, vix }) => [date, close, vix])).toEqual([
    ['2026-11-18', 600.25, null],
    ['2026-11-19', 600.25, null],
    ['2026-11-20', 601, null],
    ['2026-11-23', 600.25, null],
  ])
  const [written] = [...table.state.files.keys()]
  const notes = await lake.engine.use(async (connection) => {
    const sql = `SELECT note FROM read_parquet('${join(folder, written as string)}') ORDER BY "date"`
    return (await connection.runAndReadAll(sql)).getRows()
  })
  expect(notes.flat()).toEqual(['of 2026-11-18', 'of 2026-11-19', null, null])
})
