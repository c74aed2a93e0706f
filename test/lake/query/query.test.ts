import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathToLog } from '../../../src/delta/index.ts'
import { commit } from '../../../src/lake/delta.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { atmOptions } from '../../../src/lake/query/at-the-money.ts'
import { chainAsOf, latestChain } from '../../../src/lake/query/chains.ts'
import { filesOf, locateSlot } from '../../../src/lake/query/file-index.ts'
import { contractHistory, ivHistory } from '../../../src/lake/query/history.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { conId, epochMs, expiryDate, sessionDate } from '../../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { LEDGER_COLUMNS } from '../../../src/snapshot/ledger.ts'
import { SNAPSHOT_COLUMNS } from '../../../src/snapshot/row.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, row, SLOT, slotOf } from '../slots.ts'

const TOMORROW = sessionDate('2026-11-23')
const MONDAY = epochMs(Date.parse('2026-11-23T15:30:00.000Z'))
const DECEMBER = expiryDate('20261218')

/** Three slots of Friday and one of Monday, of two symbols; the bid says which slot it is. */
async function fourSlots(): Promise<Lake> {
  const lake = await temporaryLake()
  for (const n of [0, 1, 2]) {
    const rows = chain(50).map((one) => ({ ...one, bid: n }))
    await append(lake, slotOf({ SPY: rows, QQQ: rows }, after(n)))
  }
  const rows = chain(40).map((one) => ({ ...one, bid: 3 }))
  await append(lake, slotOf({ SPY: rows }, MONDAY, TOMORROW))
  return lake
}

test('the latest chain is that of the newest slot, and can be narrowed to one expiry', async () => {
  const { layout } = await fourSlots()
  const lake = await readingLake(layout.root)
  const rows = await latestChain(lake, 'SPY')
  expect(rows).toHaveLength(40)
  expect(new Set(rows.map((one) => one.timestamp))).toEqual(new Set([MONDAY]))
  const december = await latestChain(lake, 'SPY', { expiry: DECEMBER })
  expect(december).toEqual(rows.filter((one) => one.expiry === DECEMBER))
  expect((await latestChain(lake, 'QQQ'))[0]?.timestamp).toBe(after(2))
  expect(await latestChain(lake, 'GLD')).toEqual([])
})

test("the writer's cache gives the same rows as the files", async () => {
  const lake = await fourSlots()
  const reader = await readingLake(lake.layout.root)
  const narrow = { expiry: DECEMBER, columns: ['strike', 'bid', 'quoted_at'] } as const
  for (const symbol of ['SPY', 'QQQ']) {
    expect(await latestChain(lake, symbol)).toEqual(await latestChain(reader, symbol))
    expect(await latestChain(lake, symbol, narrow)).toEqual(await latestChain(reader, symbol, narrow))
  }
  const [file] = filesOf(await currentState(lake), 'SPY', TOMORROW)
  writeFileSync(join(lake.layout.table, file!.path), 'PAR1')
  expect(await latestChain(lake, 'SPY')).toHaveLength(40)
})

test('the cache is not used after the slot has been stored again, in part or by another writer', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  await append(lake, slotOf({ SPY: chain(5, { bid: 77 }) }))
  const rows = await latestChain(lake, 'SPY')
  expect(rows).toHaveLength(20)
  expect(rows.filter((one) => one.bid === 77)).toHaveLength(5)
  await append(lake, slotOf({ SPY: chain(30) }, after(1)))
  const table = await currentState(lake)
  const [file] = filesOf(table, 'SPY').filter((one) => one.minSlot === after(1))
  const remove = { path: pathToLog(file!.path), dataChange: true, deletionTimestamp: 1 }
  await commit(lake.snapshots, table.version, [{ remove }])
  expect((await latestChain(lake, 'SPY'))[0]?.timestamp).toBe(SLOT)
})

test('every query returns only the selected columns', async () => {
  const lake = await readingLake((await fourSlots()).layout.root)
  const columns = ['strike', 'right', 'bid', 'date'] as const
  const from = SLOT
  const contract = { expiry: DECEMBER, strike: 500, right: 'C' } as const
  const answers = [
    await latestChain(lake, 'SPY', { columns }),
    await chainAsOf(lake, 'SPY', { at: after(1), columns }),
    await atmOptions(lake, 'SPY', { expiry: DECEMBER, date: DAY, columns }),
    await contractHistory(lake, 'SPY', { ...contract, from, to: MONDAY, columns }),
  ]
  for (const rows of answers) {
    expect(rows.length).toBeGreaterThan(0)
    for (const one of rows) expect(Object.keys(one)).toEqual([...columns])
  }
  expect(answers[3]?.map((one) => [one.date, one.bid])).toEqual([
    [DAY, 0],
    [DAY, 1],
    [DAY, 2],
    [TOMORROW, 3],
  ])
})

test('the history of a contract is the same by terms and by contract id, within its bounds', async () => {
  const lake = await readingLake((await fourSlots()).layout.root)
  const [one] = (await latestChain(lake, 'SPY', { expiry: DECEMBER })).slice(3)
  const name = { expiry: DECEMBER, strike: one!.strike, right: one!.right as 'C' | 'P' }
  const whole = await contractHistory(lake, 'SPY', { ...name, from: SLOT, to: MONDAY })
  expect(whole.map((row) => row.timestamp)).toEqual([after(0), after(1), after(2), MONDAY])
  expect(whole.at(-1)).toEqual(one)
  const number = { conId: conId(one!.con_id) }
  expect(await contractHistory(lake, 'SPY', { ...number, from: SLOT, to: MONDAY })).toEqual(whole)
  const part = await contractHistory(lake, 'SPY', { ...number, from: after(1), to: epochMs(MONDAY - 1) })
  expect(part).toEqual(whole.slice(1, 3))
  expect(await contractHistory(lake, 'SPY', { conId: conId(1), from: SLOT, to: MONDAY })).toEqual([])
})

test.each([
  ['between two slots', epochMs(after(1) + 299_999), after(1), 50],
  ['at a slot', after(1), after(1), 50],
  ['over the weekend', epochMs(MONDAY - 1), after(2), 50],
  ['in the far future', epochMs(MONDAY + 1e12), MONDAY, 40],
])('the chain as of a time %s is that of the newest slot until then', async (_when, at, slot, count) => {
  const rows = await chainAsOf(await fourSlots(), 'SPY', { at })
  expect(rows).toHaveLength(count)
  expect(new Set(rows.map((one) => one.timestamp))).toEqual(new Set([slot]))
})

test('before the first slot there is no chain', async () => {
  expect(await chainAsOf(await fourSlots(), 'SPY', { at: epochMs(SLOT - 1) })).toEqual([])
})

test('at the money is the strike nearest to the underlying price, or both if two are equally near', async () => {
  const lake = await temporaryLake()
  const strikes = (price: number, slot: number) =>
    [598, 599, 600, 601].flatMap((strike) =>
      (['C', 'P'] as const).map((right) =>
        row({
          strike,
          right,
          underlying_price: price,
          con_id: slot * 100 + strike * 2 + Number(right === 'C'),
        }),
      ),
    )
  await append(lake, slotOf({ SPY: strikes(599.2, 1) }, after(0)))
  await append(lake, slotOf({ SPY: strikes(600.5, 2) }, after(1)))
  const keys = (rows: readonly { timestamp: number; strike: number; right: string }[]) =>
    rows.map((one) => `${(one.timestamp - SLOT) / 300_000}:${one.strike}${one.right}`)
  const day = await atmOptions(lake, 'SPY', { expiry: DECEMBER, date: sessionDate('2026-11-20') })
  expect(keys(day)).toEqual(['0:599C', '0:599P', '1:600C', '1:600P', '1:601C', '1:601P'])
  expect(keys(await atmOptions(lake, 'SPY', { expiry: DECEMBER }))).toEqual(keys(day).slice(2))
  await append(
    lake,
    slotOf({ SPY: strikes(600, 3).map((one) => ({ ...one, underlying_price: null })) }, after(2)),
  )
  expect(await atmOptions(lake, 'SPY', { expiry: DECEMBER })).toEqual([])
  expect(await atmOptions(lake, 'SPY', { expiry: DECEMBER, date: DAY })).toEqual(day)
})

test('the at-the-money options of a slot that is stored again are read again', async () => {
  const lake = await temporaryLake()
  const at = (price: number) => [599, 600, 601].map((strike) => row({ strike, underlying_price: price }))
  const strikes = async () =>
    (await atmOptions(lake, 'SPY', { expiry: DECEMBER, date: DAY })).map((one) => one.strike)
  await append(lake, slotOf({ SPY: at(599.1) }))
  expect(await strikes()).toEqual([599])
  await append(lake, slotOf({ SPY: at(600.9) }))
  expect(await strikes()).toEqual([601])
})

test('a query needs only the files of its date or slot', async () => {
  const table = await currentState(await fourSlots())
  const dates = filesOf(table, 'SPY', TOMORROW).map((file) => file.date)
  expect(dates).toEqual([TOMORROW])
  const between = locateSlot(table, 'SPY', epochMs(after(1) + 1))
  expect(between.files.map((file) => file.minSlot)).toEqual([after(1)])
  expect(between.slot).toBe(after(1))
  expect(locateSlot(table, 'SPY', epochMs(SLOT - 1)).files).toEqual([])
})

test('statistics and ledger come from the log', async () => {
  const lake = await fourSlots()
  const table = await currentState(lake)
  const bytes = [...table.files.values()].reduce((sum, file) => sum + file.size, 0)
  expect(await stats(lake)).toEqual({
    source: 'simulated',
    version: 4,
    rows: 340,
    symbols: ['QQQ', 'SPY'],
    slots: 4,
    firstSlot: SLOT,
    lastSlot: MONDAY,
    files: 7,
    bytes,
    bytesPerRow: bytes / 340,
  })
  await append(lake, slotOf({ QQQ: [] }, after(2)))
  const ledger = await slots(lake, { symbol: 'QQQ' })
  expect(ledger.map((line) => [line.timestamp, line.requested, line.rows])).toEqual([
    [after(0), 50, 50],
    [after(1), 50, 50],
    [after(2), 0, 50],
  ])
  expect(await slots(lake, { date: TOMORROW })).toHaveLength(1)
})

test('an empty lake answers with the right columns and no rows', async () => {
  const lake = await temporaryLake()
  expect(await sql(lake, 'SELECT * FROM option_snapshots')).toEqual({
    columns: SNAPSHOT_COLUMNS.map((column) => column.name),
    rows: [],
    truncated: false,
  })
  expect(await sql(lake, 'SELECT * FROM slots')).toEqual({
    columns: LEDGER_COLUMNS.map((column) => column.name),
    rows: [],
    truncated: false,
  })
  expect(await stats(lake)).toMatchObject({ rows: 0, symbols: [], firstSlot: null, bytesPerRow: null })
  expect(await latestChain(lake, 'SPY')).toEqual([])
})

test('SQL results are plain JSON values', async () => {
  const lake = await fourSlots()
  const answer = await sql(
    lake,
    `SELECT timestamp, date, symbol, count(*) AS n, sum(volume) AS volume, 9007199254740993 AS big, 0.5 AS half,
            [1, 2] AS list, {'a': timestamp} AS struct, last AS nothing, 0.0 / 0 AS nan
     FROM option_snapshots JOIN slots USING (timestamp, symbol, date)
     WHERE symbol = 'SPY' GROUP BY ALL ORDER BY timestamp DESC LIMIT 1`,
  )
  const at = '2026-11-23T15:30:00.000Z'
  expect(answer.rows).toEqual([
    [at, '2026-11-23', 'SPY', 40, expect.any(Number), '9007199254740993', 0.5, [1, 2], { a: at }, null, null],
  ])
})

test.each([
  ["COPY (SELECT 1) TO 'FOLDER/x.csv'", /COPY is not allowed here/],
  ["EXPLAIN ANALYZE COPY (SELECT 1) TO 'FOLDER/x.csv'", /EXPLAIN is not allowed here/],
  ['PRAGMA database_size', /PRAGMA is not allowed here/],
  ['/* a */ -- b\n pragma version', /PRAGMA is not allowed here/],
  ['SET threads = 8', /SET is not allowed here/],
  ["SET allowed_directories = ['/']", /SET is not allowed here/],
  ['DROP VIEW option_snapshots', /DROP is not allowed here/],
  ['SELECT 1; SELECT 2', /has 2 statements/],
  ["SELECT 1; COPY (SELECT 1) TO 'FOLDER/x.csv'", /has 2 statements/],
  ['CREATE TABLE t AS SELECT 1', /CREATE is not allowed here/],
  ['INSERT INTO slots SELECT * FROM slots', /^INSERT is not allowed here/],
  ["ATTACH 'FOLDER/x.db'", /ATTACH is not allowed here/],
  ['INSTALL httpfs', /INSTALL is not allowed here/],
  ["SELECT * FROM query('COPY (SELECT 1) TO ''FOLDER/x.csv''')", /^the table function query is not allowed/],
  ["SELECT * FROM read_text('/etc/hostname')", /Permission Error/],
  ["SELECT * FROM read_csv('/etc/passwd')", /Permission Error/],
  ['SELECT * FROM nothing', /nothing/],
  ["SELECT * FROM 'https://example.com/x.parquet'", /Permission Error|disabled|not allowed/i],
  ['SELECT nonsense FROM option_snapshots', /nonsense/],
  ['SELEC 1', /syntax error/],
  ['  -- nothing\n', /the query is empty/],
  ['', /the query is empty/],
])('SQL refuses: %s', async (query, message) => {
  const folder = temporaryFolder()
  await temporaryLake(folder)
  const refused = sql(await readingLake(folder), query.replaceAll('FOLDER', folder))
  await expect(refused).rejects.toMatchObject({ exitCode: 64, message: expect.stringMatching(message) })
})

test('SQL sees all four tables, including reports that are only in the log', async () => {
  const lake = await fourSlots()
  const observation = {
    symbol: 'SPY',
    date: DAY,
    source: 'chain',
    iv30: 0.18,
    close: 600,
    vix: null,
    cycles: 6,
  }
  await upsert(lake, DAILY_OBSERVATIONS, [
    { ...observation, recorded_at: MONDAY, definition_version: null, ...NO_DAILY_PRICES },
  ])
  const ledgerBefore = await sql(lake, 'SELECT * FROM slots ORDER BY ALL')
  expect(ledgerBefore.rows).toHaveLength(7)
  await checkpointNow(lake)
  await append(lake, slotOf({ SPY: chain(10) }, epochMs(MONDAY + 300_000), TOMORROW))
  const ledger = await sql(await readingLake(lake.layout.root), 'SELECT * FROM slots ORDER BY ALL')
  expect(ledger.rows).toHaveLength(8)
  expect(ledger.rows.slice(0, 7)).toEqual(ledgerBefore.rows)
  expect((await sql(lake, 'SELECT iv30, cycles, date FROM daily_observations')).rows).toEqual([
    [0.18, 6, DAY],
  ])
  expect((await sql(lake, 'SELECT count(*) FROM market_metrics')).rows).toEqual([[0]])
  const history = await ivHistory(lake, 'SPY', { from: DAY, to: DAY })
  expect(history).toEqual([
    { ...observation, recorded_at: MONDAY, definition_version: null, ...NO_DAILY_PRICES },
  ])
  expect(await ivHistory(lake, 'SPY', { from: DAY, to: DAY, source: 'ib_index' })).toEqual([])
})

test('SQL returns at most maxRows rows, and reports whether there are more', async () => {
  const lake = await fourSlots()
  const some = await sql(lake, 'SELECT strike FROM option_snapshots', { maxRows: 7 })
  expect(some.rows).toHaveLength(7)
  expect(some.truncated).toBe(true)
  const all = await sql(lake, 'SELECT strike FROM option_snapshots', { maxRows: 340 })
  expect(all.rows).toHaveLength(340)
  expect(all.truncated).toBe(false)
})

test('SQL that is aborted throws the reason, and the next query is answered', async () => {
  const lake = await fourSlots()
  const stopping = new AbortController()
  setTimeout(() => stopping.abort(new Error('that is enough')), 50)
  const endless = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7'
  await expect(sql(lake, endless, { signal: stopping.signal })).rejects.toThrow('that is enough')
  expect((await sql(lake, 'SELECT count(*) FROM option_snapshots')).rows).toEqual([[340]])
})

test('a folder whose name has quotes and wildcards is taken literally', async () => {
  const folder = join(temporaryFolder(), "it's [a] *lake?")
  mkdirSync(folder)
  const lake = await temporaryLake(folder)
  await append(lake, slotOf({ SPY: chain(10) }))
  expect(await latestChain(lake, 'SPY')).toHaveLength(10)
  expect((await sql(lake, 'SELECT count(*) FROM option_snapshots')).rows).toEqual([[10]])
})

test('a query of a damaged data file fails with the name of the file', async () => {
  const { layout } = await fourSlots()
  const lake = await readingLake(layout.root)
  const [file] = filesOf(await currentState(lake), 'SPY', TOMORROW)
  writeFileSync(join(lake.layout.table, file!.path), 'PAR1')
  const failure = { exitCode: 74, message: expect.stringContaining(file!.path) }
  await expect(latestChain(lake, 'SPY')).rejects.toMatchObject(failure)
  await expect(sql(lake, 'SELECT sum(strike) FROM option_snapshots')).rejects.toMatchObject(failure)
})

test('a damaged file of a small table fails with its name, not as an error of the query', async () => {
  const lake = await temporaryLake()
  const observation = {
    symbol: 'SPY',
    date: DAY,
    source: 'chain',
    iv30: 0.18,
    close: 600,
    vix: null,
    cycles: 6,
  }
  await upsert(lake, DAILY_OBSERVATIONS, [
    { ...observation, recorded_at: MONDAY, definition_version: null, ...NO_DAILY_PRICES },
  ])
  const folder = join(lake.layout.root, 'daily_observations')
  const [file] = filesBelow(folder).filter((path) => path.endsWith('.parquet'))
  writeFileSync(join(folder, file!), 'PAR1')
  await expect(sql(lake, 'SELECT count(*) FROM option_snapshots')).rejects.toMatchObject({
    exitCode: 74,
    message: expect.stringContaining(file!),
  })
})

test.each([
  [
    'SELECT * FROM option_snapshot',
    /^the query failed: Table with name option_snapshot does not exist: did you mean option_snapshots\? The tables are option_snapshots, chains, .*slots/,
  ],
  [
    'SELECT bidd FROM chains -- of slots',
    /^the query failed: Referenced column "bidd" not found in FROM clause: did you mean bid\? chains also has .*mid.*; all: SELECT \* FROM chains LIMIT 1$/,
  ],
  ['SELECT s.symbl FROM slots s', /"symbl": did you mean symbol\? slots also has /],
  [
    `SELECT strike, right FROM option_snapshots WHERE symbol = 'right'`,
    /^the query failed: syntax error at or near "FROM": right is a word of SQL: write it as "right" in double quotes, or use option_right of the view chains$/,
  ],
  [`SELECT "right" FROM option_snapshots WHERE`, /^the query failed: .*syntax error at end of input$/],
])('%s is refused with what to write instead', async (query, message) => {
  const folder = temporaryFolder()
  await temporaryLake(folder)
  await expect(sql(await readingLake(folder), query)).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(message),
  })
})
