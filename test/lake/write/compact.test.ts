import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitName, pathToLog } from '../../../src/delta/index.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { commit } from '../../../src/lake/delta.ts'
import { mergeParquet } from '../../../src/lake/engines/polars.ts'
import { currentState, type Lake, openLake } from '../../../src/lake/open.ts'
import { chainAsOf, latestChain } from '../../../src/lake/query/chains.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { ledger, storeLedger } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { isFinished, partStarts } from '../../../src/lake/write/compact-plan.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { epochMs } from '../../../src/market/units.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { rewriteAs } from '../older.ts'
import { after, chain, DAY, row, slotOf } from '../slots.ts'

const all = { scope: { kind: 'all' } } as const
const WEEK = 7 * 86_400_000

/** Six slots of two symbols; some rows have nulls, and each slot has other values. */
async function sixSlots(lake: Lake): Promise<void> {
  for (let n = 0; n < 6; n++) {
    const rows = chain(40).map((one, i) => ({ ...one, bid: i % 5 === 0 ? null : n + i / 100, flags: n }))
    await append(lake, slotOf({ SPY: rows, QQQ: chain(20) }, after(n)))
  }
}

async function everything(lake: Lake): Promise<unknown> {
  return (
    await sql(lake, 'SELECT * FROM option_snapshots ORDER BY symbol, timestamp, expiry, "right", strike')
  ).rows
}

const dataFiles = (lake: Lake) => filesBelow(lake.layout.table).filter((path) => path.endsWith('.parquet'))

test('a compacted day is one file for each symbol, sorted by contract, with the same rows', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const before = await everything(lake)
  const { compacted, refused } = await compact(lake, all)
  expect(refused).toEqual([])
  expect(compacted.map(({ symbol, date, files, rows }) => [symbol, date, files, rows])).toEqual([
    ['QQQ', DAY, 6, 120],
    ['SPY', DAY, 6, 240],
  ])
  const files = [...(await currentState(lake)).files.values()]
  expect(files.map((file) => [file.symbol, file.rows, file.minSlot, file.maxSlot])).toEqual([
    ['QQQ', 120, after(0), after(5)],
    ['SPY', 240, after(0), after(5)],
  ])
  expect(await everything(lake)).toEqual(before)
  const inFile = await sql(
    lake,
    'SELECT expiry, strike, "right", timestamp FROM option_snapshots WHERE symbol = \'SPY\'',
  )
  const keys = inFile.rows.map(
    ([expiry, strike, right, at]) => `${expiry}${String(strike).padStart(9)}${right}${at}`,
  )
  expect(keys).toEqual([...keys].sort())
})

test('its statistics are those of its rows, and its commit changes no data', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  await compact(lake, all)
  const { version } = await currentState(lake)
  const lines = readFileSync(join(lake.layout.log, `${String(version).padStart(20, '0')}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.filter((line) => line.remove).map((line) => line.remove.dataChange)).toEqual(
    Array(6).fill(false),
  )
  const { add } = lines.find((line) => line.add)
  expect(add.dataChange).toBe(false)
  expect(JSON.parse(add.stats)).toMatchObject({
    numRecords: 240,
    minValues: { timestamp: '2026-11-20T15:30:00.000Z', bid: 0.01, volume: 0, expiry: '20261120', flags: 0 },
    maxValues: { timestamp: '2026-11-20T15:55:00.000Z', bid: 5.39, flags: 5, right: 'P' },
    nullCount: { bid: 48, last: 240, strike: 0 },
  })
  expect(JSON.parse(add.stats).minValues.last).toBeUndefined()
})

test('slots from before a column was added are compacted with later ones', async () => {
  const folder = temporaryFolder()
  const old = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  for (const n of [0, 1]) await append(old, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(n)))
  await old.close()
  await rewriteAs(folder, { without: ['vega', 'quoted_at'], version: 1 })
  const lake = await temporaryLake(folder)
  await append(lake, slotOf({ SPY: chain(20) }, after(2)))
  const before = await everything(lake)
  expect(await compact(lake, all)).toMatchObject({ refused: [], compacted: [{ rows: 20 }, { rows: 60 }] })
  expect(await everything(lake)).toEqual(before)
  expect((await verify(folder, { clock: systemClock })).findings).toEqual([])
})

test('a second run does nothing, and a day that is not over is left alone', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const early = { scope: { kind: 'finished', now: after(6) } } as const
  expect((await compact(lake, early)).compacted).toEqual([])
  await compact(lake, all)
  const { version } = await currentState(lake)
  expect((await compact(lake, all)).compacted).toEqual([])
  expect((await currentState(lake)).version).toBe(version)
})

test.each([
  ['2026-11-20', '2026-11-20T21:29:00Z', false],
  ['2026-11-20', '2026-11-20T21:30:00Z', true],
  ['2026-11-27', '2026-11-27T18:30:00Z', true],
  ['2026-11-21', '2026-11-21T23:00:00Z', false],
  ['2026-11-21', '2026-11-22T05:00:00Z', true],
])('whether %s is over at %s: %s', (date, now, over) => {
  expect(isFinished(date, epochMs(Date.parse(now)))).toBe(over)
})

test('a slot of a compacted day is added beside it, or replaced within it, and compacts again', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  await compact(lake, all)
  await append(lake, slotOf({ SPY: chain(40, { bid: 8 }) }, after(6)))
  expect((await currentState(lake)).files.size).toBe(3)
  const done = await append(lake, slotOf({ SPY: [row({ strike: 9_000 })] }, after(2)))
  expect(done).toMatchObject({ files: 1, rowsWritten: 1, reports: [{ rows: 41 }] })
  const replaced = await append(lake, slotOf({ SPY: chain(40, { bid: 9 }) }, after(3)))
  expect(replaced).toMatchObject({ rowsWritten: 240, reports: [{ rows: 40 }] })
  const before = await everything(lake)
  expect((await compact(lake, all)).compacted).toMatchObject([{ symbol: 'SPY', rows: 281 }])
  expect(await everything(lake)).toEqual(before)
  expect((await chainAsOf(lake, 'SPY', { at: after(3) })).every((one) => one.bid === 9)).toBe(true)
})

test('a commit in between makes it start again, and no row is lost', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const late = append(lake, slotOf({ SPY: chain(40, { bid: 77 }), QQQ: chain(20) }, after(2)))
  const [{ compacted }] = await Promise.all([compact(lake, all), late])
  expect(compacted.length).toBeGreaterThan(0)
  expect(await chainAsOf(lake, 'SPY', { at: after(2) })).toHaveLength(40)
  expect((await chainAsOf(lake, 'SPY', { at: after(2) })).every((one) => one.bid === 77)).toBe(true)
  const [count] = (await sql(lake, 'SELECT count(*) FROM option_snapshots')).rows
  expect(count).toEqual([360])
})

test('a reader of an older version can still read the replaced files', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const old = [...(await currentState(lake)).files.keys()]
  await compact(lake, all)
  for (const path of old) expect(dataFiles(lake)).toContain(path)
})

test('a damaged file is named and leaves its symbol and day uncompacted; the others are compacted', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const bad = [...(await currentState(lake)).files.values()].find((file) => file.symbol === 'SPY')!
  const path = join(lake.layout.table, bad.path)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 4
  writeFileSync(path, bytes)
  const { compacted, refused } = await compact(lake, all)
  expect(compacted.map(({ symbol }) => symbol)).toEqual(['QQQ'])
  expect(refused).toMatchObject([{ symbol: 'SPY', date: DAY, why: expect.stringContaining(path) }])
  expect((await currentState(lake)).files.size).toBe(7)
})

test('a file whose rows differ from the log is not compacted', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const { files, version } = await currentState(lake)
  const [one, two] = [...files.values()].filter((file) => file.symbol === 'SPY')
  // Another program that gives no checksum, and a wrong number of rows.
  const add = {
    path: two!.path,
    partitionValues: { symbol: 'SPY', date: DAY },
    size: two!.size,
    modificationTime: 1,
    dataChange: true,
    stats: JSON.stringify({
      numRecords: 39,
      minValues: { timestamp: new Date(one!.minSlot).toISOString() },
      maxValues: { timestamp: new Date(two!.maxSlot).toISOString() },
    }),
  }
  await commit(lake.snapshots, version, [{ add }])
  const { refused } = await compact(lake, all)
  expect(refused).toMatchObject([
    { symbol: 'SPY', why: expect.stringMatching(/the log says 239 rows, its files have 240/) },
  ])
  expect(filesBelow(lake.layout.table).filter((path) => path.includes('.tmp-'))).toEqual([])
})

test('a compaction that was killed before its commit changed nothing, and the next one succeeds', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await sixSlots(lake)
  const before = await everything(lake)
  await compact(lake, all)
  const { version } = await currentState(lake)
  // As if the process had ended between the file and its commit.
  for (const at of [version, version - 1]) {
    rmSync(join(lake.layout.log, `${String(at).padStart(20, '0')}.json`))
  }
  await lake.close()
  const again = await temporaryLake(folder)
  expect(again.cleared.quarantined).toHaveLength(0)
  expect(await everything(again)).toEqual(before)
  expect((await compact(again, all)).compacted).toHaveLength(2)
  expect(await everything(again)).toEqual(before)
})

test('vacuum deletes only files that were replaced longer ago than the retention', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  await compact(lake, all)
  const foreign = join(lake.layout.table, `symbol=SPY/date=${DAY}/notes.parquet`)
  writeFileSync(foreign, 'not ours')
  expect(await vacuum(lake, { retentionMs: WEEK })).toMatchObject({ deleted: [], kept: 12 })
  const would = await vacuum(lake, { retentionMs: 0, dryRun: true })
  expect(would.deleted).toHaveLength(12)
  expect(dataFiles(lake)).toHaveLength(15)
  const before = await everything(lake)
  expect(await vacuum(lake, { retentionMs: 0 })).toMatchObject({
    deleted: would.deleted,
    bytes: would.bytes,
    kept: 0,
  })
  expect(dataFiles(lake)).toHaveLength(3)
  expect(await everything(lake)).toEqual(before)
  expect((await vacuum(lake, { retentionMs: 0 })).deleted).toEqual([])
})

test('vacuum deletes replaced files of the small tables too', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(3) }))
  await storeLedger(lake)
  await append(lake, slotOf({ SPY: chain(3) }, after(1)))
  await storeLedger(lake)
  const { deleted } = await vacuum(lake, { retentionMs: 0 })
  expect(deleted).toHaveLength(1)
  expect(deleted[0]).toMatch(/^slots\/date=2026-11-20\/.*\.parquet$/)
  expect(await ledger(lake)).toHaveLength(2)
})

test('vacuum with a clock that went back deletes nothing', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await sixSlots(lake)
  await compact(lake, all)
  const yesterday = { ...lake, clock: { ...systemClock, now: () => epochMs(Date.now() - 86_400_000) } }
  expect((await vacuum(yesterday, { retentionMs: 0 })).deleted).toEqual([])
  expect(await latestChain(await readingLake(folder), 'SPY')).toHaveLength(40)
})

test('a day merged in parts gives the same file as one merged at once, and leaves no part', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const paths = dataFiles(lake)
    .filter((path) => path.includes('symbol=SPY'))
    .map((path) => join(lake.layout.table, path))
  const folder = temporaryFolder()
  const merged = async (name: string, starts: readonly string[]) => {
    await mergeParquet(paths, join(folder, name), { partStarts: starts })
    return readFileSync(join(folder, name))
  }

  const whole = await merged('whole', [])
  expect((await merged('two', ['20261218'])).equals(whole)).toBe(true)
  expect((await merged('many', ['20261127', '20261201', '20261218', '20270115'])).equals(whole)).toBe(true)
  expect(filesBelow(folder)).toEqual(['many', 'two', 'whole'])
})

test('the parts of a merge have whole expiries, about the same size, and as few as fit', () => {
  const counts = (rows: readonly number[]) => rows.map((rows, at) => ({ expiry: `2026110${at}`, rows }))
  expect(partStarts(counts([30, 30, 40]), 100)).toEqual([])
  expect(partStarts(counts([30, 30, 30, 30]), 100)).toEqual(['20261102'])
  expect(partStarts(counts([10, 150, 10]), 100)).toEqual(['20261101', '20261102'])
  expect(partStarts(counts([60, 60, 60]), 100)).toEqual(['20261101', '20261102'])
  expect(partStarts([], 100)).toEqual([])
})

/** A lake whose clock runs `work` whenever it is asked for the time, as a compaction does before each commit. */
function atCommit(lake: Lake, work: () => void): Lake {
  const now = () => {
    work()
    return systemClock.now()
  }
  return { ...lake, clock: { ...systemClock, now } }
}

test('a day with a file that cannot be read does not keep the others from being compacted', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const [path] = [...(await currentState(lake)).files.values()].flatMap(({ symbol, path }) =>
    symbol === 'SPY' ? [join(lake.layout.table, path)] : [],
  )
  rmSync(path as string)
  mkdirSync(path as string)
  const { compacted, refused } = await compact(lake, all)
  expect(refused).toEqual([
    { symbol: 'SPY', date: DAY, why: expect.stringMatching(/^cannot read .*symbol=SPY.*EISDIR/) },
  ])
  expect(compacted).toMatchObject([{ symbol: 'QQQ' }])
})

test('a day that another writer keeps changing does not keep the others from being compacted', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const { files } = await currentState(lake)
  const busy = atCommit(lake, () => {
    const { version } = lake.snapshots.state
    const ofSpy = [...lake.snapshots.state.files.values()].filter(({ symbol }) => symbol === 'SPY')
    const ofQqq = [...lake.snapshots.state.files.values()].filter(({ symbol }) => symbol === 'QQQ')
    // QQQ comes first and is left alone.
    if (ofQqq.length > 1) return
    const path = pathToLog(ofSpy[0]?.path as string)
    const line = JSON.stringify({ remove: { path, dataChange: true, deletionTimestamp: 1 } })
    writeFileSync(join(lake.layout.log, commitName(version + 1)), line)
  })
  expect(files.size).toBe(12)
  const { compacted, refused } = await compact(busy, all)
  expect(compacted).toMatchObject([{ symbol: 'QQQ' }])
  expect(refused).toEqual([
    {
      symbol: 'SPY',
      date: DAY,
      why: expect.stringMatching(/another writer changed SPY of 2026-11-20 5 times/),
    },
  ])
})

test('a full disk ends the compaction, because every other day would fail too', async () => {
  const lake = await temporaryLake()
  await sixSlots(lake)
  const full = atCommit(lake, () => {
    throw new Failure(EXIT.io, 'the disk is full', undefined, 'ENOSPC')
  })
  await expect(compact(full, all)).rejects.toThrow('the disk is full')
  const closed = atCommit(lake, () => void lake.close())
  await expect(compact(closed, all)).rejects.toThrow('is closed')
})
