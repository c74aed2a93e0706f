import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { dataPath } from '../../../src/lake/layout.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { append } from '../../../src/lake/write/append.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import type { EpochMs, SessionDate } from '../../../src/market/units.ts'
import { chainOnDisk, filesBelow, temporaryLake } from '../lakes.ts'
import { chain, DAY, report, row, SLOT, slotOf } from '../slots.ts'

async function parquet(lake: Lake, question: string): Promise<Record<string, unknown>[]> {
  const [file] = [...(await currentState(lake)).files.values()]
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
  const path = join(lake.layout.table, file!.path)
  return (await connection.runAndReadAll(question.replace('FILE', `'${path}'`))).getRowObjectsJson()
}

test('a row comes back as it was stored, nulls, fractions and milliseconds included', async () => {
  const lake = await temporaryLake()
  const full = row({ strike: 602.5, quoted_at: SLOT + 1, last: 0.01, flags: 5 })
  const bare = row({
    right: 'P',
    bid: null,
    ask: null,
    bid_size: null,
    ask_size: null,
    volume: null,
    open_interest: null,
    iv: null,
    delta: null,
    gamma: null,
    theta: null,
    vega: null,
    underlying_price: null,
    greeks_source: null,
    data_type: null,
    quoted_at: null,
  })
  await append(lake, slotOf({ SPY: [full, bare] }))
  expect(await chainOnDisk(lake, 'SPY')).toEqual([bare, full])
})

test('the data file is compressed, with statistics, sorted by contract, and its timestamps are UTC microseconds', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(300) }))
  const chunks = await parquet(lake, 'SELECT * FROM parquet_metadata(FILE)')
  expect(new Set(chunks.map((chunk) => chunk.compression))).toEqual(new Set(['SNAPPY']))
  expect(chunks.filter((chunk) => chunk.stats_null_count === null)).toEqual([])
  const strike = chunks.find((chunk) => chunk.path_in_schema === 'strike')
  expect(strike).toMatchObject({ stats_min_value: '500.0', stats_max_value: '529.0' })
  const [stamp] = await parquet(lake, "SELECT * FROM parquet_schema(FILE) WHERE name = 'timestamp'")
  expect(stamp?.logical_type).toContain('isAdjustedToUTC=1')
  expect(stamp?.logical_type).toContain('MICROS')
  const [first] = await parquet(lake, 'SELECT typeof(timestamp) AS type, timestamp::VARCHAR AS at FROM FILE')
  expect(first).toEqual({ type: 'TIMESTAMP WITH TIME ZONE', at: '2026-11-20 15:30:00+00' })
  const rows = await parquet(lake, 'SELECT expiry, strike, "right" FROM FILE')
  const keys = rows.map((one) => `${one.expiry}${String(one.strike).padStart(8)}${one.right}`)
  expect(keys).toEqual([...keys].sort())
})

test('a slot stored again replaces rows with new answers and keeps the rest', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(100), QQQ: chain(50) }))
  const again = chain(60).map((one) => ({ ...one, bid: 77 }))
  const done = await append(lake, slotOf({ SPY: again }))
  expect(done).toMatchObject({ version: 2, files: 1, rowsWritten: 100 })
  expect(done.reports[0]?.rows).toBe(100)
  const rows = await chainOnDisk(lake, 'SPY')
  expect(rows).toHaveLength(100)
  expect(rows.filter((one) => one.bid === 77)).toHaveLength(60)
  expect(await chainOnDisk(lake, 'QQQ')).toHaveLength(50)
})

test('of several rows with the same key in one append, the last is stored', async () => {
  const lake = await temporaryLake()
  const rows = [row({ bid: 1 }), row({ strike: 601 }), row({ bid: 2 })]
  const done = await append(lake, slotOf({ SPY: rows }))
  expect(done.reports[0]?.rows).toBe(2)
  expect((await chainOnDisk(lake, 'SPY')).find((one) => one.strike === 600)?.bid).toBe(2)
})

test('a slot that stored nothing is a commit without files, and keeps what an earlier run stored', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  const done = await append(lake, slotOf({ SPY: [], IWM: [] }))
  expect(done).toMatchObject({ version: 2, files: 0, bytes: 0, rowsWritten: 0 })
  expect(done.reports.map((report) => report.rows)).toEqual([20, 0])
  expect((await currentState(lake)).files.size).toBe(1)
})

test('every commit follows the Delta protocol', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  await append(lake, slotOf({ SPY: chain(10) }))
  const [made, first, second] = [0, 1, 2].map((version) =>
    readFileSync(join(lake.layout.log, `${String(version).padStart(20, '0')}.json`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  expect(made![1]).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } })
  const { metaData } = made![2]
  expect(metaData).toMatchObject({
    format: { provider: 'parquet', options: {} },
    partitionColumns: ['symbol', 'date'],
    configuration: { 'optionlake.source': 'simulated', 'optionlake.schemaVersion': '2' },
  })
  const fields: { name: string; type: string; nullable: boolean }[] = JSON.parse(metaData.schemaString).fields
  expect(fields).toHaveLength(37)
  expect(fields[0]).toMatchObject({ name: 'timestamp', type: 'timestamp', nullable: false })
  expect(first![0].commitInfo).toMatchObject({ operation: 'WRITE', readVersion: 0 })
  const { add } = first![1]
  const bytes = readFileSync(join(lake.layout.table, decodeURIComponent(add.path)))
  expect(add).toMatchObject({
    partitionValues: { symbol: 'SPY', date: DAY },
    size: bytes.length,
    dataChange: true,
    tags: {
      'optionlake.sha256': createHash('sha256').update(bytes).digest('hex'),
      'optionlake.rows': '20',
    },
  })
  const stats = JSON.parse(add.stats)
  expect(stats).toMatchObject({
    numRecords: 20,
    minValues: { timestamp: '2026-11-20T15:30:00.000Z', strike: 500, right: 'C', expiry: '20261120' },
    maxValues: { timestamp: '2026-11-20T15:30:00.000Z', strike: 501, right: 'P', expiry: '20270115' },
    nullCount: { timestamp: 0, bid: 3, last: 20 },
  })
  expect(stats.minValues.last).toBeUndefined()
  expect(second!.find((line) => line.remove)?.remove).toMatchObject({ path: add.path, dataChange: true })
  expect(filesBelow(lake.layout.root).filter((path) => path.includes('.tmp-'))).toEqual([])
})

test('the version in the commits is the version of the package', async () => {
  const lake = await temporaryLake()
  const text = readFileSync(join(lake.layout.log, '00000000000000000000.json'), 'utf8')
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(text).toContain(`"engineInfo":"optionlake/${version}"`)
})

test.each(['', ' ', 'spy', 'BRK B', 'BRK/B X', '../SPY', '*', 'SPY\n', 'ABCDEFGHIJK'])(
  'the symbol "%s" is refused, as in the configuration, and nothing is written',
  async (symbol) => {
    const lake = await temporaryLake()
    const before = filesBelow(lake.layout.root)
    const message = `symbol ${JSON.stringify(symbol)}: expected a symbol in capital letters, such as SPY`
    await expect(append(lake, slotOf({ SPY: [row()], [symbol]: [row()] }))).rejects.toThrow(message)
    await expect(recordReports(lake, [report({ symbol })])).rejects.toThrow(message)
    expect(filesBelow(lake.layout.root)).toEqual(before)
  },
)

test('a symbol of an older lake with a blank and a slash has a folder that cannot leave the table', () => {
  const file = { symbol: 'BRK/B X', date: DAY, slot: SLOT, unique: '1' }
  expect(dataPath(file)).toBe('symbol=BRK%2FB%20X/date=2026-11-20/1530Z-1.parquet')
})

test.each<[string, number, string, string]>([
  [
    'of another day',
    SLOT,
    '2026-11-21',
    'date "2026-11-21" of slot 2026-11-20T15:30:00.000Z: expected its New York date, 2026-11-20',
  ],
  [
    'of its UTC date',
    Date.parse('2026-11-21T01:00:00Z'),
    '2026-11-21',
    'expected its New York date, 2026-11-20',
  ],
  ['that is none', SLOT, '2026-11-31', 'date "2026-11-31" of slot'],
  ['that is empty', SLOT, '', 'date "" of slot'],
  [
    'of a slot with milliseconds',
    SLOT + 1,
    DAY,
    'timestamp 1795188600001: expected epoch milliseconds of a whole second',
  ],
  ['of a slot that is no time', Number.NaN, DAY, 'timestamp NaN: expected'],
  ['of a slot in microseconds', SLOT * 1e6, DAY, 'expected epoch milliseconds'],
])('a date %s is refused and nothing is written', async (_what, slot, date, message) => {
  const lake = await temporaryLake()
  const before = filesBelow(lake.layout.root)
  const commit = slotOf({ SPY: [row()] }, slot as EpochMs, date as SessionDate)
  await expect(append(lake, commit)).rejects.toThrow(message)
  await expect(recordReports(lake, [report({ timestamp: slot, date })])).rejects.toThrow(message)
  expect(filesBelow(lake.layout.root)).toEqual(before)
})

test.each([
  ['a number that is none', { iv: Number.NaN }, /column iv of SPY 20261218 600C is not a finite number: NaN/],
  ['half a contract', { volume: 1.5 }, /column volume .* is not a whole number: 1.5/],
  [
    'another slot',
    { timestamp: SLOT + 1 },
    /timestamp 1795188600001 of a row of SPY: expected 1795188600000/,
  ],
  ['another symbol', { symbol: 'QQQ' }, /symbol "QQQ" of a row of SPY: expected "SPY"/],
  [
    'an expiry with dashes',
    { expiry: '2026-12-18' },
    /^expiry "2026-12-18" of SPY .*: expected a date of the form YYYYMMDD$/,
  ],
  ['an expiry that is no date', { expiry: '20261131' }, /expiry "20261131" of SPY/],
  [
    'an expiry that is a number',
    { expiry: 20261218 as never },
    /column expiry of SPY .* is not text: 20261218/,
  ],
  ['a strike of zero', { strike: 0 }, /^strike 0 of SPY 20261218 0C: expected a number above 0$/],
  ['an infinite strike', { strike: Number.POSITIVE_INFINITY }, /strike .* of SPY/],
  ['no strike', { strike: null as never }, /strike null of SPY/],
  ['a right in words', { right: 'CALL' }, /^right "CALL" of SPY 20261218 600CALL: expected C or P$/],
])('a row with %s is refused and nothing becomes visible', async (_what, change, message) => {
  const lake = await temporaryLake()
  const slot = slotOf({ QQQ: [row()], SPY: [row()] })
  const spoilt = slot.symbols.map((part) =>
    part.symbol === 'SPY' ? { ...part, rows: [{ ...part.rows[0]!, ...change }] } : part,
  )
  await expect(append(lake, { ...slot, symbols: spoilt })).rejects.toThrow(message)
  expect((await currentState(lake)).version).toBe(0)
  expect(filesBelow(lake.layout.table)).toEqual(['_delta_log/00000000000000000000.json'])
})

test('a stored file that was damaged is not carried over into a new one', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(50) }))
  const [file] = [...(await currentState(lake)).files.keys()]
  const path = join(lake.layout.table, file!)
  const bytes = readFileSync(path)
  bytes[200] = bytes[200]! ^ 1
  writeFileSync(path, bytes)
  await expect(append(lake, slotOf({ SPY: chain(10) }))).rejects.toThrow(/is damaged, its checksum differs/)
})
