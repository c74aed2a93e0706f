import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { marketData } from '../../../src/analytics/answers/questions.ts'
import { parseAsOf } from '../../../src/commands/option-values.ts'
import { describeLake, lakeHeadOf } from '../../../src/commands/stored-lake.ts'
import { commitName } from '../../../src/delta/index.ts'
import type { Lake } from '../../../src/lake/open.ts'
import { lakeAsOf } from '../../../src/lake/query/as-of.ts'
import { atmOptions } from '../../../src/lake/query/at-the-money.ts'
import { chainAsOf, latestChain } from '../../../src/lake/query/chains.ts'
import { ivHistory } from '../../../src/lake/query/history.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { type EpochMs, epochMs, expiryDate } from '../../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, SLOT, slotOf } from '../slots.ts'

const DECEMBER = expiryDate('20261218')
const SECOND = 1_000

/** A lake whose clock is set by hand. */
async function lakeAt(start: EpochMs): Promise<{ lake: Lake; setClock(at: number): void }> {
  let now = start
  const clock = { now: () => now, monotonicMs: () => 0, sleep: async () => {}, machineMs: (ms: number) => ms }
  const lake = await temporaryLake(temporaryFolder(), { clock })
  return { lake, setClock: (at) => (now = epochMs(at)) }
}

function observation(date: string, iv30: number) {
  return {
    symbol: 'SPY',
    date,
    source: 'chain',
    iv30,
    close: 600,
    vix: null,
    cycles: 6,
    recorded_at: SLOT,
    definition_version: null,
    ...NO_DAILY_PRICES,
  }
}

/**
 * Version 1 stores slot 0, version 2 stores slot 1, version 3 stores slot 0 again with other bids, version 4 stores
 * slot 2, a minute apart. 30 s after each, one observation is stored.
 */
async function fourVersions(): Promise<Lake> {
  const { lake, setClock } = await lakeAt(SLOT)
  const written = [
    [0, 1],
    [1, 1],
    [0, 2],
    [2, 1],
  ] as const
  for (const [n, [slot, bid]] of written.entries()) {
    setClock(timeOf(n + 1))
    await append(lake, slotOf({ SPY: chain(20, { bid }), QQQ: chain(10, { bid }) }, after(slot)))
    setClock(timeOf(n + 1) + 30 * SECOND)
    await upsert(lake, DAILY_OBSERVATIONS, [observation(`2026-11-1${n}`, 0.1 * (n + 1))])
    setClock(timeOf(n + 2))
  }
  return lake
}

/** The lake above for tests that only read it: made once, and copied for each. */
let template: Promise<string> | undefined
async function fourVersionsToRead(): Promise<Lake> {
  template ??= fourVersions().then(({ layout }) => {
    const copy = mkdtempSync(join(tmpdir(), 'optionlake-as-of-'))
    cpSync(layout.root, copy, { recursive: true })
    return copy
  })
  return readingLake(await template)
}
afterAll(async () => rmSync((await template) ?? '', { recursive: true, force: true }))

/** When a version was committed. */
function timeOf(version: number): EpochMs {
  return epochMs(SLOT + version * 60 * SECOND)
}

test('a version is read as it was: rows that were replaced later, none that were stored later', async () => {
  const reader = await fourVersionsToRead()
  const then = await lakeAsOf(reader, { version: 2 })
  expect(then.asOf).toMatchObject({ version: 2, time: timeOf(2) })
  expect(lakeHeadOf(then).as_of).toEqual({ version: 2, committed_at: '2026-11-20T15:32:00.000Z' })
  expect(lakeHeadOf(reader).as_of).toBeNull()
  expect(describeLake(then)).toMatch(/ \(simulated\) as of version 2, committed 2026-11-20 10:32 New York$/)
  expect((await latestChain(then, 'SPY'))[0]).toMatchObject({ timestamp: after(1), bid: 1 })
  const first = await chainAsOf(then, 'SPY', { at: SLOT })
  expect(new Set(first.map(({ bid }) => bid))).toEqual(new Set([1]))
  expect((await chainAsOf(reader, 'SPY', { at: SLOT }))[0]?.bid).toBe(2)
  const atm = await atmOptions(then, 'SPY', { expiry: DECEMBER, date: DAY })
  expect(atm.map(({ timestamp, bid }) => [timestamp, bid])).toEqual([
    [after(0), 1],
    [after(0), 1],
    [after(1), 1],
    [after(1), 1],
  ])
  expect(await stats(then)).toMatchObject({ version: 2, rows: 60, lastSlot: after(1), slots: 2 })
  expect((await marketData(then, 'SPY'))?.slot).toBe(after(1))
  const count = 'SELECT count(*), max(bid), max(timestamp) FROM option_snapshots'
  expect((await sql(then, count)).rows).toEqual([[60, 1, new Date(after(1)).toISOString()]])
  expect((await sql(reader, count)).rows).toEqual([[90, 2, new Date(after(2)).toISOString()]])
})

test('the ledger is that of the version, also if it was copied to its table later', async () => {
  const lake = await fourVersions()
  const slotsOf = async (version: number) =>
    (await slots(await lakeAsOf(lake, { version }), { symbol: 'SPY' })).map(({ timestamp }) => timestamp)
  expect(await slotsOf(0)).toEqual([])
  expect(await slotsOf(2)).toEqual([after(0), after(1)])
  await checkpointNow(lake)
  await append(lake, slotOf({ SPY: chain(5) }, after(3)))
  await checkpointNow(lake)
  for (const version of [1, 2, 3, 4, 5]) {
    const then = await lakeAsOf(await readingLake(lake.layout.root), { version })
    const times = (await slots(then, { symbol: 'SPY' })).map(({ timestamp }) => timestamp)
    expect(times).toEqual([after(0), after(1), after(2), after(3)].slice(0, [1, 2, 2, 3, 4][version - 1]))
    expect((await sql(then, "SELECT count(*) FROM slots WHERE symbol = 'SPY'")).rows).toEqual([
      [times.length],
    ])
  }
})

test('the other tables are as they were just before the next version, or at the time', async () => {
  const lake = await fourVersionsToRead()
  const days = { from: DAY.replace('20', '01'), to: DAY } as Parameters<typeof ivHistory>[2]
  const observed = async (wanted: Parameters<typeof lakeAsOf>[1]) =>
    (await ivHistory(await lakeAsOf(lake, wanted), 'SPY', days)).length
  expect(await observed({ version: 0 })).toBe(0)
  expect(await observed({ version: 1 })).toBe(1)
  expect(await observed({ version: 4 })).toBe(4)
  expect(await observed({ time: timeOf(2) })).toBe(1)
  expect(await observed({ time: epochMs(timeOf(2) + 30 * SECOND) })).toBe(2)
  const then = await lakeAsOf(lake, { version: 2 })
  expect((await sql(then, 'SELECT count(*) FROM daily_observations')).rows).toEqual([[2]])
})

test('a time gives the newest version committed by then', async () => {
  const lake = await fourVersionsToRead()
  const versionAt = async (time: number) => (await lakeAsOf(lake, { time: epochMs(time) })).asOf?.version
  expect(await versionAt(timeOf(2))).toBe(2)
  expect(await versionAt(timeOf(3) - 1)).toBe(2)
  expect(await versionAt(timeOf(9))).toBe(4)
  await expect(versionAt(SLOT - 1)).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringMatching(
      /option_snapshots has no version as of 2026-11-20T15:29:59.999Z: the oldest is 0 \(2026-11-20T15:30:00.000Z\), the newest 4 /,
    ),
  })
  await expect(lakeAsOf(lake, { version: 5 })).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('has no version 5: the oldest is 0'),
  })
})

test('an earlier version cannot be written, and the lake goes on', async () => {
  const lake = await fourVersions()
  const then = await lakeAsOf(lake, { version: 1 })
  await expect(append(then, slotOf({ SPY: chain(5) }, after(4)))).rejects.toThrow('open for reading only')
  await then.close()
  await append(lake, slotOf({ SPY: chain(5) }, after(4)))
  expect((await latestChain(lake, 'SPY'))[0]?.timestamp).toBe(after(4))
  expect((await latestChain(then, 'SPY'))[0]?.timestamp).toBe(after(0))
})

test('once files of a version are deleted, the error names it, the file and the oldest version still whole', async () => {
  const lake = await fourVersions()
  await compact(lake, { scope: { kind: 'all' } })
  const { deleted } = await vacuum(lake, { retentionMs: -1 })
  expect(deleted.length).toBeGreaterThan(4)
  const then = await lakeAsOf(lake, { version: 4 })
  const refused = {
    exitCode: 64,
    message: expect.stringMatching(
      /^version 4 of 2026-11-20T15:34:00.000Z cannot be read: \/.*symbol=(SPY|QQQ).*\.parquet was deleted; the oldest version of option_snapshots that is still whole is 6 of 2026-11-20T15:3/,
    ),
  }
  await expect(latestChain(then, 'SPY')).rejects.toMatchObject(refused)
  await expect(sql(then, 'SELECT sum(strike) FROM option_snapshots')).rejects.toMatchObject(refused)
  expect(await latestChain(await lakeAsOf(lake, { version: 6 }), 'SPY')).toHaveLength(20)
  expect(await ivHistory(then, 'SPY', { from: DAY, to: DAY })).toEqual([])
  await expect(
    ivHistory(await lakeAsOf(lake, { version: 3 }), 'SPY', { from: DAY, to: DAY }),
  ).rejects.toThrow(
    /version 3 of .* cannot be read: .*daily_observations.* was deleted; the oldest version of daily_observations that/,
  )
})

test('a file that the newest version needs too is damage, not an old version', async () => {
  const lake = await fourVersions()
  const [file] = filesBelow(lake.layout.table).filter(
    (path) => path.includes('SPY') && path.includes('1540Z'),
  )
  rmSync(join(lake.layout.table, file as string))
  const then = await lakeAsOf(lake, { version: 4 })
  await expect(latestChain(then, 'SPY')).rejects.toMatchObject({ exitCode: 74 })
})

test('a version whose commits are deleted is refused', async () => {
  const lake = await fourVersions()
  await checkpointNow(lake)
  for (const version of [0, 1, 2, 3]) rmSync(join(lake.layout.log, commitName(version)))
  await expect(lakeAsOf(lake, { version: 3 })).rejects.toThrow(/has no version 3: the oldest is 4 /)
  expect(await slots(await lakeAsOf(lake, { version: 4 }), { symbol: 'SPY' })).toHaveLength(3)
})

test.each([
  ['120', { version: 120 }],
  ['2026-11-20T10:00:00-05:00', { time: Date.parse('2026-11-20T15:00:00Z') }],
  ['2026-11-20T15:00:00Z', { time: Date.parse('2026-11-20T15:00:00Z') }],
  ['2026-11-20', { time: Date.parse('2026-11-21T05:00:00Z') - 1 }],
  ['2026-07-01', { time: Date.parse('2026-07-02T04:00:00Z') - 1 }],
])('--as-of %s is read', (text, wanted) => {
  expect(parseAsOf(text)).toEqual(wanted)
})

test.each(['', '-1', '1.5', 'tomorrow', '2026-13-01', '99999999999999999'])(
  '--as-of "%s" is refused with the legal forms',
  (text) => {
    expect(() => parseAsOf(text)).toThrow(/^--as-of .* is neither a version nor a time nor a date: write for/)
  },
)
