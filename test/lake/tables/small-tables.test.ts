import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pl from 'nodejs-polars'
import { expect, onTestFinished, test } from 'vitest'
import { commitName } from '../../../src/delta/index.ts'
import { openLake } from '../../../src/lake/open.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { checkpointNow, storeLedger } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, type TableRow } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import {
  MARKET_METRICS_COLUMNS,
  type MarketMetricsRow,
} from '../../../src/snapshot/figures/market-metrics.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, SLOT, slotOf } from '../slots.ts'

type Observation = TableRow<typeof DAILY_OBSERVATIONS>

function observation(change: Partial<Observation> = {}): Observation {
  return {
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
    ...change,
  }
}

function metrics(change: Partial<MarketMetricsRow> = {}): MarketMetricsRow {
  const empty = Object.fromEntries(MARKET_METRICS_COLUMNS.map((column) => [column.name, null]))
  const row = {
    ...empty,
    timestamp: SLOT,
    symbol: 'SPY',
    date: DAY,
    contracts: 2400,
    with_iv: 2390,
    ...change,
  }
  return row as unknown as MarketMetricsRow
}

const dataFiles = (folder: string) => filesBelow(folder).filter((path) => path.endsWith('.parquet'))

test('rows of a small table come back as they were written, absent values as null', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  const rows = [
    metrics({ iv30: 0.18, trend_daily: 'up', mfiv30_wing_truncated: 1, null_reasons: '{"vix":"no index"}' }),
    metrics({ symbol: 'QQQ', timestamp: after(1), vertical_violations: 3 }),
  ]
  await upsert(lake, MARKET_METRICS, rows)
  expect(await readRows(await readingLake(folder), MARKET_METRICS)).toEqual(rows)
  await upsert(lake, DAILY_OBSERVATIONS, [observation()])
  expect(await readRows(await readingLake(folder), DAILY_OBSERVATIONS)).toEqual([observation()])
})

test('a row written again replaces the one of its key; there is one file a day', async () => {
  const lake = await temporaryLake()
  const monday = { timestamp: epochMs(SLOT + 3 * 86_400_000), date: '2026-11-23' }
  await upsert(lake, MARKET_METRICS, [metrics({ iv30: 0.1 }), metrics({ symbol: 'QQQ' }), metrics(monday)])
  await upsert(lake, MARKET_METRICS, [metrics({ iv30: 0.3 }), metrics({ iv30: 0.2 })])
  const rows = await readRows(lake, MARKET_METRICS)
  expect(rows.map((row) => [row.date, row.symbol, row.iv30])).toEqual([
    ['2026-11-20', 'QQQ', null],
    ['2026-11-20', 'SPY', 0.2],
    ['2026-11-23', 'SPY', null],
  ])
  const log = await lake.smallTables.get('market_metrics')
  expect([...log!.state.files.values()].map((file) => [file.partition, file.rows])).toEqual([
    ['2026-11-23', 1],
    ['2026-11-20', 2],
  ])
})

test('replacing a day removes its other rows, and leaves other days', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, [
    observation({ date: '2026-11-19' }),
    observation(),
    observation({ symbol: 'QQQ' }),
  ])
  await replaceDay(lake, DAILY_OBSERVATIONS, { date: '2026-11-20', rows: [observation({ iv30: 0.2 })] })
  const left = async () => (await readRows(lake, DAILY_OBSERVATIONS)).map(({ date, iv30 }) => [date, iv30])
  expect(await left()).toEqual([
    ['2026-11-19', 0.184213],
    ['2026-11-20', 0.2],
  ])
  await replaceDay(lake, DAILY_OBSERVATIONS, { date: '2026-11-20', rows: [] })
  expect(await left()).toEqual([['2026-11-19', 0.184213]])
  const stranger = replaceDay(lake, DAILY_OBSERVATIONS, { date: '2026-11-21', rows: [observation()] })
  await expect(stranger).rejects.toThrow('a row of 2026-11-20 is not of 2026-11-21')
})

test('rows can be queried by symbol and dates', async () => {
  const lake = await temporaryLake()
  const dates = ['2026-11-18', '2026-11-19', '2026-11-20']
  const rows = dates.flatMap((date) => ['QQQ', 'SPY'].map((symbol) => observation({ date, symbol })))
  await upsert(lake, DAILY_OBSERVATIONS, rows)
  const only = { symbol: 'SPY', from: sessionDate('2026-11-19'), to: sessionDate('2026-11-20') }
  expect((await readRows(lake, DAILY_OBSERVATIONS, only)).map((row) => `${row.symbol} ${row.date}`)).toEqual([
    'SPY 2026-11-19',
    'SPY 2026-11-20',
  ])
})

test('concurrent writers of one day lose none of their rows', async () => {
  const lake = await temporaryLake()
  const symbols = ['A', 'B', 'C', 'D']
  await Promise.all(symbols.map((symbol) => upsert(lake, DAILY_OBSERVATIONS, [observation({ symbol })])))
  expect((await readRows(lake, DAILY_OBSERVATIONS)).map((row) => row.symbol)).toEqual(symbols)
  expect(dataFiles(join(lake.layout.root, 'daily_observations'))).toHaveLength(4)
})

test('a value that does not fit its column is refused, and nothing of the write is visible', async () => {
  const lake = await temporaryLake()
  const writing = upsert(lake, DAILY_OBSERVATIONS, [
    observation(),
    observation({ symbol: 'QQQ', iv30: Number.NaN }),
  ])
  await expect(writing).rejects.toThrow(/column iv30 of QQQ 2026-11-20 chain is not a finite number/)
  expect(await readRows(lake, DAILY_OBSERVATIONS)).toEqual([])
  expect(dataFiles(join(lake.layout.root, 'daily_observations'))).toEqual([])
})

test.each<[string, Partial<MarketMetricsRow>, string]>([
  ['an empty symbol', { symbol: '' }, 'symbol "": expected a symbol in capital letters, such as SPY'],
  ['the date of another day', { date: '2026-11-19' }, 'date "2026-11-19" of slot 2026-11-20T15:30:00.000Z'],
  ['a slot with milliseconds', { timestamp: SLOT + 1 }, 'expected epoch milliseconds of a whole second'],
])('a row of a small table with %s is refused before anything is written', async (_what, change, message) => {
  const lake = await temporaryLake()
  const before = filesBelow(lake.layout.root)
  const row = metrics(change)
  await expect(upsert(lake, MARKET_METRICS, [metrics(), row])).rejects.toThrow(message)
  await expect(replaceDay(lake, MARKET_METRICS, { date: row.date, rows: [row] })).rejects.toThrow(message)
  const day = observation({ date: '2026-11-31' })
  const why = 'date "2026-11-31": expected a date of the form YYYY-MM-DD'
  await expect(upsert(lake, DAILY_OBSERVATIONS, [day])).rejects.toThrow(why)
  await expect(replaceDay(lake, DAILY_OBSERVATIONS, { date: day.date, rows: [day] })).rejects.toThrow(why)
  await expect(replaceDay(lake, DAILY_OBSERVATIONS, { date: day.date, rows: [] })).rejects.toThrow(why)
  expect(filesBelow(lake.layout.root)).toEqual(before)
})

test('a table that was never written has no rows, and reading creates nothing', async () => {
  const folder = temporaryFolder()
  await temporaryLake(folder)
  const reader = await readingLake(folder)
  const before = filesBelow(folder)
  expect(await readRows(reader, MARKET_METRICS)).toEqual([])
  mkdirSync(join(folder, 'market_metrics/_delta_log'), { recursive: true })
  expect(await readRows(reader, MARKET_METRICS)).toEqual([])
  expect(filesBelow(folder)).toEqual(before)
  await expect(upsert(reader, MARKET_METRICS, [])).rejects.toThrow('open for reading only')
})

test('a damaged file of a small table is a failure that names it', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, [observation()])
  const folder = join(lake.layout.root, 'daily_observations')
  const [file] = dataFiles(folder)
  writeFileSync(join(folder, file as string), 'PAR1')
  await expect(readRows(lake, DAILY_OBSERVATIONS)).rejects.toMatchObject({
    exitCode: 74,
    message: expect.stringMatching(
      /daily_observations\/part-.*\.parquet: it is damaged, its checksum differs/,
    ),
  })
})

test('files of a killed writer in a small table are cleared by the next write', async () => {
  const folder = temporaryFolder()
  const first = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await upsert(first, MARKET_METRICS, [metrics()])
  await first.close()
  const day = join(folder, 'market_metrics/date=2026-11-20')
  for (const name of ['.tmp-1', 'part-orphan.parquet']) {
    writeFileSync(join(day, name), 'x')
    utimesSync(join(day, name), new Date('2026-01-01'), new Date('2026-01-01'))
  }
  const lake = await temporaryLake(folder)
  expect(await readRows(lake, MARKET_METRICS)).toEqual([metrics()])
  expect(readdirSync(day)).toHaveLength(1)
  expect(filesBelow(lake.layout.quarantine)).toEqual(['market_metrics/date=2026-11-20/part-orphan.parquet'])
})

test('a small table of another source is refused', async () => {
  const folder = temporaryFolder()
  const other = temporaryFolder()
  const real = await openLake(other, { mode: 'write', source: 'ib', clock: systemClock })
  onTestFinished(() => real.close())
  await upsert(real, DAILY_OBSERVATIONS, [observation()])
  const lake = await temporaryLake(folder)
  mkdirSync(join(folder, 'daily_observations/_delta_log'), { recursive: true })
  const name = join('daily_observations/_delta_log', commitName(0))
  writeFileSync(join(folder, name), readFileSync(join(other, name)))
  await expect(upsert(lake, DAILY_OBSERVATIONS, [observation()])).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringMatching(
      /daily_observations holds rows of source "ib", this run has source "simulated"/,
    ),
  })
})

test('the ledger is the same before, between and after it is stored, and counts a slot once', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  for (let n = 0; n < 3; n++) await append(lake, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(n)))
  const before = await slots(lake)
  await storeLedger(lake)
  await storeLedger(lake)
  expect(await slots(lake)).toEqual(before)
  await append(lake, slotOf({ SPY: chain(30), QQQ: chain(10) }, after(1)))
  const news = await slots(lake)
  expect(news.map((row) => row.rows)).toEqual([10, 20, 10, 30, 10, 20])
  await checkpointNow(lake)
  const reader = await readingLake(folder)
  expect(await slots(reader)).toEqual(news)
  expect((await stats(reader)).slots).toBe(3)
  expect(await slots(reader, { symbol: 'SPY', date: DAY })).toHaveLength(3)
  expect(await slots(reader, { date: sessionDate('2026-11-19') })).toEqual([])
})

test.each([
  ['a small table, in its newest commit', 'daily_observations', 1],
  ['a small table, in the commit that made it', 'daily_observations', 0],
  ['option_snapshots, in the commit that made it', 'option_snapshots', 0],
])('%s: a truncated line is detected, and nothing is lost', async (_, table, version) => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await append(lake, slotOf({ SPY: chain(5) }))
  await upsert(lake, DAILY_OBSERVATIONS, [observation()])
  const commit = join(folder, table, '_delta_log', commitName(version))
  const whole = readFileSync(commit, 'utf8')
  writeFileSync(commit, whole.slice(0, whole.trimEnd().lastIndexOf('\n') + 1))
  const read = async () => readRows(await readingLake(folder), DAILY_OBSERVATIONS)
  await expect(read()).rejects.toThrow(
    `${commitName(version)}: it is truncated or damaged, its checksum does not match`,
  )
  writeFileSync(commit, whole)
  expect(await read()).toEqual([observation()])
})

test('a file that another program rewrote with another compression is read', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await upsert(lake, DAILY_OBSERVATIONS, [observation(), observation({ symbol: 'QQQ', vix: 17.25 })])
  const expected = await readRows(lake, DAILY_OBSERVATIONS)
  const table = join(folder, 'daily_observations')
  const [path] = dataFiles(table) as [string]
  const bytes = pl.readParquet(join(table, path)).writeParquet({ compression: 'zstd' })
  writeFileSync(join(table, 'other.parquet'), bytes)
  const add = {
    path: 'other.parquet',
    partitionValues: {},
    size: bytes.length,
    modificationTime: SLOT,
    dataChange: false,
  }
  const remove = { path, deletionTimestamp: SLOT, dataChange: false }
  const text = [
    { commitInfo: { operation: 'OPTIMIZE' } },
    { remove },
    { add: { ...add, stats: '{"numRecords":2}' } },
  ]
    .map((action) => JSON.stringify(action))
    .join('\n')
  writeFileSync(join(table, '_delta_log', commitName(2)), `${text}\n`)
  expect(await readRows(await readingLake(folder), DAILY_OBSERVATIONS)).toEqual(expected)
})

test('the statistics of text columns bound every value, in the order of UTF-8', async () => {
  const lake = await temporaryLake()
  const texts = ['b', '\u{1F600}'.repeat(40), '\uFFFD', 'a']
  const rows = texts.map((null_reasons, n) =>
    metrics({ timestamp: epochMs(SLOT + n * 300_000), null_reasons }),
  )
  await upsert(lake, MARKET_METRICS, rows)
  const log = join(lake.layout.root, MARKET_METRICS.name, '_delta_log')
  const lines = readFileSync(join(log, commitName(1)), 'utf8')
    .trim()
    .split('\n')
  const { minValues, maxValues, nullCount } = JSON.parse(JSON.parse(lines.at(-1) as string).add.stats)
  expect(minValues.null_reasons).toBe('a')
  expect(maxValues.null_reasons).toBe(`${'\u{1F600}'.repeat(32)}\u{10FFFF}`)
  expect(minValues.symbol).toBe('SPY')
  // A column has bounds unless it is null in every row.
  const known = Object.keys(nullCount).filter((name) => nullCount[name] < texts.length)
  expect(Object.keys(minValues)).toEqual(known)
})
