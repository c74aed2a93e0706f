import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { type ExportRequest, exportRows } from '../../../src/lake/query/export.ts'
import { filesOf } from '../../../src/lake/query/file-index.ts'
import { append } from '../../../src/lake/write/append.ts'
import { epochMs, expiryDate, sessionDate } from '../../../src/market/units.ts'
import { SNAPSHOT_COLUMNS } from '../../../src/snapshot/row.ts'
import { filesBelow, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, row, SLOT, slotOf } from '../slots.ts'

const MONDAY = sessionDate('2026-11-23')

/** Two slots of Friday and one of Monday. */
async function threeSlots(): Promise<Lake> {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(50), QQQ: chain(30) }))
  await append(lake, slotOf({ SPY: chain(50) }, after(1)))
  await append(lake, slotOf({ SPY: chain(40) }, epochMs(SLOT + 3 * 86_400_000), MONDAY))
  return lake
}

function request(out: string, change: Partial<ExportRequest> = {}): ExportRequest {
  return { symbol: 'SPY', from: DAY, to: MONDAY, out, replace: false, ...change }
}

async function read(sql: string) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
  return (await connection.runAndReadAll(sql)).getRowObjectsJson()
}

test('a Parquet export has all rows and columns of the symbol and the dates, and no others', async () => {
  const lake = await threeSlots()
  const out = join(temporaryFolder(), "it's.parquet")
  const report = await exportRows(lake, request(out))
  expect(report).toEqual({ path: out, rows: 140, bytes: readFileSync(out).length })
  const from = `FROM '${out.replaceAll("'", "''")}'`
  const columns = await read(`SELECT column_name FROM (DESCRIBE SELECT * ${from})`)
  expect(columns.map((one) => one.column_name)).toEqual(SNAPSHOT_COLUMNS.map((one) => one.name))
  const days = await read(
    `SELECT date, symbol, count(*)::INTEGER AS n, sum(volume)::INTEGER AS volume ${from} GROUP BY ALL ORDER BY ALL`,
  )
  const volume = (count: number) => chain(count).reduce((sum, one) => sum + (one.volume ?? 0), 0)
  expect(days).toEqual([
    { date: '2026-11-20', symbol: 'SPY', n: 100, volume: 2 * volume(50) },
    { date: '2026-11-23', symbol: 'SPY', n: 40, volume: volume(40) },
  ])
})

test('a CSV export has times as ISO text in UTC, and an empty cell for null', async () => {
  const lake = await temporaryLake()
  await append(
    lake,
    slotOf({ SPY: [row({ bid: null, quoted_at: SLOT + 12_345 }), row({ expiry: '20270115' })] }),
  )
  const out = join(temporaryFolder(), 'rows.csv')
  const report = await exportRows(lake, request(out, { to: DAY, expiry: expiryDate('20261218') }))
  expect(report.rows).toBe(1)
  const [header, line, rest] = readFileSync(out, 'utf8').split('\n')
  expect(header).toBe(SNAPSHOT_COLUMNS.map((one) => one.name).join(','))
  expect(line).toMatch(/^2026-11-20T15:30:00\.000Z,SPY,20261218,600\.0,C,,5\.2,,12,40,/)
  expect(line).toContain(',2026-11-20T15:30:12.345Z,')
  expect(rest).toBe('')
})

test('an existing file is replaced only on request', async () => {
  const lake = await threeSlots()
  const folder = temporaryFolder()
  const out = join(folder, 'rows.csv')
  writeFileSync(out, 'mine')
  await expect(exportRows(lake, request(out))).rejects.toMatchObject({
    exitCode: 64,
    message: /--force/,
  })
  expect(readFileSync(out, 'utf8')).toBe('mine')
  await exportRows(lake, request(out, { replace: true }))
  expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(142)
  expect(filesBelow(folder)).toEqual(['rows.csv'])
})

test.each([
  ['another ending', { out: 'rows.txt' }, 64, /rows\.txt does not end in \.parquet or \.csv/],
  ['a missing folder', { out: 'none/rows.csv' }, 73, /none\/rows\.csv cannot be found \(ENOENT\)/],
  ['an unknown symbol', { symbol: 'GLD' }, 64, /no rows of GLD from 2026-11-20 to 2026-11-23/],
  ['an expiry without rows', { expiry: expiryDate('20280121') }, 64, /no rows of SPY .* of expiry 20280121/],
])(
  'an export with %s fails and writes nothing',
  async (_what, change: Partial<ExportRequest>, exitCode, message) => {
    const lake = await threeSlots()
    const folder = temporaryFolder()
    const out = join(folder, change.out ?? 'rows.csv')
    await expect(exportRows(lake, request(out, { ...change, out }))).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    })
    expect(filesBelow(folder)).toEqual([])
  },
)

test('an export that reads a damaged file fails with its name and leaves nothing behind', async () => {
  const lake = await threeSlots()
  const [file] = filesOf(await currentState(lake), 'SPY', MONDAY)
  const path = join(lake.layout.table, file!.path)
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0xff, 100, 600))
  const folder = temporaryFolder()
  await expect(exportRows(lake, request(join(folder, 'rows.parquet')))).rejects.toMatchObject({
    exitCode: 74,
    message: expect.stringContaining(file!.path),
  })
  expect(filesBelow(folder)).toEqual([])
})

test('an export that is aborted throws the reason and leaves nothing behind', async () => {
  const lake = await threeSlots()
  const folder = temporaryFolder()
  const signal = AbortSignal.abort(new Error('stopped by SIGINT'))
  await expect(exportRows(lake, request(join(folder, 'rows.csv')), { signal })).rejects.toThrow('SIGINT')
  expect(filesBelow(folder)).toEqual([])
})
