import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { pathToLog } from '../../../src/delta/index.ts'
import { commit } from '../../../src/lake/delta.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { atmOptions } from '../../../src/lake/query/at-the-money.ts'
import { chainAsOf, chainsBetween, latestChain } from '../../../src/lake/query/chains.ts'
import { exportRows } from '../../../src/lake/query/export.ts'
import { contractHistory } from '../../../src/lake/query/history.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { SHA256_TAG } from '../../../src/lake/tables/data-files.ts'
import { writableSmallTable } from '../../../src/lake/tables/loaded-small-tables.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { conId, epochMs, expiryDate, sessionDate } from '../../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { MARKET_METRICS_COLUMNS } from '../../../src/snapshot/figures/market-metrics.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, row, SLOT, slotOf } from '../slots.ts'

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/foreign-parquet')
const DECEMBER = expiryDate('20261218')

/** The rows of the fixtures, as make.py has them. */
const ROWS: readonly SnapshotRow[] = [
  row({ strike: 600, right: 'C', bid: 5.25, ask: 5.5, con_id: 700_000_001 }),
  row({
    strike: 601,
    right: 'P',
    bid: 4.5,
    ask: 4.75,
    last: 4.5,
    bid_size: 0,
    ask_size: 41,
    volume: null,
    open_interest: 1,
    iv: null,
    delta: -0.487655,
    gamma: null,
    theta: null,
    vega: null,
    greeks_source: null,
    quoted_at: SLOT + 12_346,
    con_id: 700_000_002,
    flags: 2048,
  }),
  row({
    strike: 602.5,
    right: 'C',
    bid: null,
    ask: 3.25,
    bid_size: null,
    ask_size: 42,
    volume: 0,
    open_interest: null,
    iv: 0.18,
    delta: null,
    gamma: 0,
    theta: -0.1,
    vega: 0.6,
    greeks_source: 'own',
    quoted_at: SLOT + 12_347,
    con_id: 700_000_003,
    flags: 1,
  }),
  row({
    strike: 603,
    right: 'P',
    bid: 0,
    ask: 0.05,
    bid_size: 3,
    ask_size: 43,
    volume: 7,
    open_interest: 0,
    iv: 0.181234,
    delta: -0.5,
    gamma: 0.01,
    theta: 0,
    vega: 0.61,
    quoted_at: null,
    con_id: 2_147_483_647,
    flags: 1,
  }),
].map((one) => ({ ...one, underlying_price: 600.5 }))

interface ForeignFile {
  readonly path: string
  readonly bytes: Buffer
  readonly symbol?: string
  readonly date?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** Commits files as another program does: without statistics and tags. */
async function commitFiles(lake: Lake, files: readonly ForeignFile[]): Promise<void> {
  const { version } = await currentState(lake)
  const adds = files.map(({ path, bytes, symbol = 'SPY', date = DAY, tags = {} }) => {
    mkdirSync(dirname(join(lake.layout.table, path)), { recursive: true })
    writeFileSync(join(lake.layout.table, path), bytes)
    const partitionValues = { symbol, date }
    const size = bytes.length
    const add = { path: pathToLog(path), partitionValues, size, modificationTime: 1, dataChange: true, tags }
    return { add }
  })
  await commit(lake.snapshots, version, adds)
}

function fixture(name: string): Buffer {
  return readFileSync(join(FIXTURES, `${name}.parquet`))
}

const KINDS = ['int96', 'local-ms', 'local-ns', 'local-us', 'utc-ms', 'utc-ns', 'utc-us']
const ZONED = 'TIMESTAMP WITH TIME ZONE'

test('timestamps of every kind, alone and beside our own, are read as UTC by every query', async () => {
  const writer = await temporaryLake()
  await append(writer, slotOf({ SPY: chain(10) }, after(1)))
  await commitFiles(
    writer,
    KINDS.map((name) => ({ path: `${name}.parquet`, bytes: fixture(name), symbol: name })),
  )
  const lake = await readingLake(writer.layout.root)
  const one = { expiry: DECEMBER, strike: 601, right: 'P', from: SLOT, to: SLOT } as const
  for (const name of KINDS) {
    const rows = ROWS.map((row) => ({ ...row, symbol: name }))
    expect(await latestChain(lake, name)).toEqual(rows)
    expect(await chainAsOf(lake, name, { at: SLOT })).toEqual(rows)
    expect(await chainAsOf(lake, name, { at: epochMs(SLOT - 1) })).toEqual([])
    expect(await contractHistory(lake, name, one)).toEqual([rows[1]])
  }
  const types = 'typeof(timestamp), typeof(quoted_at), typeof(flags)'
  const columns = `symbol, ${types}, min(timestamp), min(quoted_at), sum(volume), date, count(*)`
  const all = await sql(
    lake,
    `SELECT ${columns} FROM option_snapshots WHERE symbol <> 'SPY' GROUP BY ALL ORDER BY 1`,
  )
  const [slot, quoted] = [new Date(SLOT).toISOString(), new Date(SLOT + 12_345).toISOString()]
  expect(all.rows).toEqual(KINDS.map((name) => [name, ZONED, ZONED, 'INTEGER', slot, quoted, 1040, DAY, 4]))
  const during = "SELECT count(*) FROM option_snapshots WHERE timestamp = '2026-11-20 15:30:00Z'"
  expect((await sql(lake, during)).rows).toEqual([[4 * KINDS.length]])
})

test('a file that DuckDB wrote with TIMESTAMP is exported in UTC', async () => {
  const lake = await temporaryLake()
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const path = join(temporaryFolder(), 'duckdb.parquet')
  await connection.run("SET TimeZone = 'America/New_York'")
  await connection.run(
    `COPY (SELECT * REPLACE (timestamp AT TIME ZONE 'UTC' AS timestamp, quoted_at AT TIME ZONE 'UTC' AS quoted_at)
     FROM '${join(FIXTURES, 'utc-us.parquet')}') TO '${path}'`,
  )
  await commitFiles(lake, [{ path: 'data/duckdb.parquet', bytes: readFileSync(path) }])
  expect(await latestChain(lake, 'SPY')).toEqual(ROWS)
  const out = { symbol: 'SPY', from: DAY, to: DAY, replace: false }
  const csv = join(temporaryFolder(), 'rows.csv')
  await exportRows(lake, { ...out, out: csv })
  expect(readFileSync(csv, 'utf8').split('\n')[1]).toMatch(/^2026-11-20T15:30:00.000Z,SPY,20261218,600.0,C,/)
  const parquet = join(temporaryFolder(), 'rows.parquet')
  await exportRows(lake, { ...out, out: parquet })
  const described = await connection.runAndReadAll(
    `SELECT typeof(timestamp), epoch_ms(timestamp)::DOUBLE, typeof(quoted_at) FROM '${parquet}' LIMIT 1`,
  )
  expect(described.getRows()).toEqual([['TIMESTAMP WITH TIME ZONE', SLOT, 'TIMESTAMP WITH TIME ZONE']])
})

test('other types and orders of columns, missing and added ones, are read by name into our types', async () => {
  const lake = await temporaryLake()
  await commitFiles(lake, [
    { path: 'drift.parquet', bytes: fixture('drift') },
    { path: 'more/int96.parquet', bytes: fixture('int96'), symbol: 'QQQ' },
  ])
  const withoutLast = ROWS.map((one) => ({ ...one, last: null }))
  expect(await latestChain(lake, 'SPY')).toEqual(withoutLast)
  expect(await contractHistory(lake, 'SPY', { conId: conId(2_147_483_647), from: SLOT, to: SLOT })).toEqual([
    withoutLast[3],
  ])
  const { columns, rows } = await sql(
    lake,
    "SELECT * FROM option_snapshots WHERE symbol = 'SPY' ORDER BY strike",
  )
  expect(columns).not.toContain('note')
  expect(rows.map((cells) => cells[columns.indexOf('ask')])).toEqual([5.5, 4.75, 3.25, 0.05])
  expect(rows.map((cells) => cells[columns.indexOf('date')])).toEqual([DAY, DAY, DAY, DAY])
  expect((await sql(lake, "SELECT count(*) FROM option_snapshots WHERE symbol = 'WRONG'")).rows).toEqual([
    [0],
  ])
})

test('partition values come from the log, whatever the folders say', async () => {
  const lake = await temporaryLake()
  const bytes = fixture('utc-us')
  const yesterday = '2026-11-19'
  const values: readonly Required<Omit<ForeignFile, 'bytes' | 'tags'>>[] = [
    { path: 'part-0.parquet', symbol: 'AAA', date: DAY },
    { path: 'part-1.parquet', symbol: 'AAA', date: yesterday },
    { path: 'symbol=WRONG/date=2020-01-01/part.parquet', symbol: 'BBB', date: DAY },
    { path: 'x7/strike=1/part.parquet', symbol: 'NULL', date: DAY },
    { path: 'symbol=null/date=2026-11-20/part.parquet', symbol: 'null', date: DAY },
    { path: 'symbol=__HIVE_DEFAULT_PARTITION__/date=2026-11-20/part.parquet', symbol: 'CCC', date: DAY },
    { path: 'symbol=A B%2FC/part.parquet', symbol: 'A B/C', date: DAY },
    { path: "it's [a] *file?.parquet", symbol: "O'Neil %41 + =", date: DAY },
  ]
  await commitFiles(
    lake,
    values.map((one) => ({ ...one, bytes })),
  )
  const reader = await readingLake(lake.layout.root)
  const { rows } = await sql(
    reader,
    'SELECT symbol, date, count(*) FROM option_snapshots GROUP BY ALL ORDER BY symbol, date',
  )
  const expected = values.map(({ symbol, date }) => [symbol, date, 4])
  expect(rows).toEqual(expected.sort(([a, c], [b, d]) => (`${a}${c}` < `${b}${d}` ? -1 : 1)))
  for (const { symbol } of values) {
    const own = await chainAsOf(reader, symbol, { at: SLOT })
    expect(new Set(own.map((one) => one.symbol))).toEqual(new Set([symbol]))
  }
  const dates = await contractHistory(reader, 'AAA', {
    ...{ expiry: DECEMBER, strike: 600, right: 'C', from: SLOT, to: SLOT },
    columns: ['date', 'strike'],
  })
  expect(dates.map(({ date }) => date).sort()).toEqual([yesterday, DAY])
  const some = await sql(reader, `SELECT symbol FROM option_snapshots WHERE date = '${yesterday}' LIMIT 1`)
  expect(some.rows).toEqual([['AAA']])
})

test('a symbol of our own files may have any name, as older versions allowed', async () => {
  const symbols = ['NULL', '__HIVE_DEFAULT_PARTITION__', 'BRK/B', 'A=B', "O'N*?[x]", '.', '100%', 'ÄÖ +']
  const lake = await temporaryLake()
  const bytes = fixture('utc-us')
  const pathOf = (symbol: string) => `symbol=${encodeURIComponent(symbol)}/date=${DAY}/1530Z-1.parquet`
  await commitFiles(
    lake,
    symbols.map((symbol) => ({ path: pathOf(symbol), bytes, symbol, tags: { [SHA256_TAG]: 'ours' } })),
  )
  const reader = await readingLake(lake.layout.root)
  for (const symbol of symbols) {
    expect(await latestChain(reader, symbol)).toEqual(ROWS.map((one) => ({ ...one, symbol })))
  }
  const { rows } = await sql(reader, 'SELECT symbol, date, count(*) FROM option_snapshots GROUP BY ALL')
  expect([...rows].sort()).toEqual(symbols.map((symbol) => [symbol, DAY, 4]).sort())
})

test('folders above the lake are not partitions', async () => {
  const folder = join(temporaryFolder(), 'date=2020-01-01', 'symbol=IWM', 'strike=1')
  mkdirSync(folder, { recursive: true })
  const lake = await temporaryLake(folder)
  const tomorrow = sessionDate('2026-11-23')
  const monday = epochMs(Date.parse('2026-11-23T15:30:00.000Z'))
  await append(lake, slotOf({ SPY: chain(20), QQQ: chain(20) }))
  await append(lake, slotOf({ SPY: chain(20) }, monday, tomorrow))
  const empty = Object.fromEntries(MARKET_METRICS_COLUMNS.map((column) => [column.name, null]))
  const metrics = { ...empty, timestamp: SLOT, symbol: 'SPY', date: DAY, contracts: 20, with_iv: 20 }
  await upsert(lake, MARKET_METRICS, [
    metrics as never,
    { ...metrics, timestamp: monday, date: tomorrow } as never,
  ])
  const reader = await readingLake(folder)
  const { rows } = await sql(
    reader,
    'SELECT symbol, date, min(strike), count(*) FROM option_snapshots GROUP BY ALL ORDER BY ALL',
  )
  expect(rows).toEqual([
    ['QQQ', DAY, 500, 20],
    ['SPY', DAY, 500, 20],
    ['SPY', tomorrow, 500, 20],
  ])
  expect((await sql(reader, 'SELECT symbol, date FROM market_metrics ORDER BY date')).rows).toEqual([
    ['SPY', DAY],
    ['SPY', tomorrow],
  ])
  expect(await latestChain(reader, 'SPY')).toEqual(await latestChain(lake, 'SPY'))
  const chains = await chainsBetween(reader, 'SPY', {
    from: SLOT,
    to: monday,
    columns: ['timestamp', 'date', 'symbol'],
  })
  expect([...chains].map(([slot, own]) => [slot, own[0]?.date, own[0]?.symbol])).toEqual([
    [SLOT, DAY, 'SPY'],
    [monday, tomorrow, 'SPY'],
  ])
  expect((await atmOptions(reader, 'SPY', { expiry: DECEMBER, date: DAY }))[0]).toMatchObject({ date: DAY })
  const out = join(temporaryFolder(), 'rows.csv')
  await exportRows(reader, { symbol: 'SPY', from: DAY, to: tomorrow, replace: false, out })
  expect(readFileSync(out, 'utf8').match(new RegExp(`,${tomorrow},`, 'g'))).toHaveLength(20)
})

test.each(['observations-int96', 'observations-ns'])(
  'a file of a small table is read by name: %s',
  async (name) => {
    const lake = await temporaryLake()
    const table = await writableSmallTable(lake, DAILY_OBSERVATIONS)
    const bytes = fixture(name)
    const path = 'other [1].parquet'
    writeFileSync(join(lake.layout.root, 'daily_observations', path), bytes)
    const add = {
      path: pathToLog(path),
      partitionValues: {},
      size: bytes.length,
      modificationTime: 1,
      dataChange: true,
    }
    await commit(table!, table!.state.version, [{ add }])
    const observed = {
      ...{ symbol: 'SPY', vix: null, recorded_at: SLOT, definition_version: null },
      ...NO_DAILY_PRICES,
    }
    expect(await readRows(lake, DAILY_OBSERVATIONS)).toEqual([
      { ...observed, date: '2026-11-19', source: 'chain', iv30: 0.184213, close: 600.5, cycles: 6 },
      { ...observed, date: DAY, source: 'ib_index', iv30: null, close: null, cycles: null },
    ])
    const { rows } = await sql(
      lake,
      'SELECT date, source, iv30, close, cycles, recorded_at, typeof(recorded_at), typeof(close) FROM daily_observations ORDER BY 1',
    )
    const at = [new Date(SLOT).toISOString(), 'TIMESTAMP WITH TIME ZONE', 'DOUBLE']
    expect(rows).toEqual([
      ['2026-11-19', 'chain', 0.184213, 600.5, 6, ...at],
      [DAY, 'ib_index', null, null, null, ...at],
    ])
  },
)
