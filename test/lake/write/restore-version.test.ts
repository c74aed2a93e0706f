import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import type { Lake } from '../../../src/lake/open.ts'
import { lakeAsOf } from '../../../src/lake/query/as-of.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { restoreVersion } from '../../../src/lake/write/restore-version.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import type { LedgerRow } from '../../../src/snapshot/ledger.ts'
import { filesBelow, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

async function storeSlot(lake: Lake, at: number, rows = 20): Promise<number> {
  const { version } = await append(lake, slotOf({ SPY: chain(rows), QQQ: chain(10) }, after(at)))
  // Versions are told apart by their times.
  await systemClock.sleep(2)
  await upsert(lake, DAILY_OBSERVATIONS, [
    {
      symbol: 'SPY',
      date: DAY,
      source: 'chain',
      iv30: 0.2,
      close: 600,
      vix: 17,
      cycles: version,
      recorded_at: after(at),
      definition_version: null,
      ...NO_DAILY_PRICES,
    },
  ])
  await systemClock.sleep(2)
  return version
}

async function rowsOf(lake: Lake): Promise<string> {
  const { rows } = await sql(
    lake,
    'SELECT * EXCLUDE (timestamp, quoted_at), epoch_ms(timestamp) AS t FROM option_snapshots ORDER BY ALL',
  )
  return JSON.stringify([rows, await readRows(lake, DAILY_OBSERVATIONS)])
}

const isRestored = (row: LedgerRow) => row.reason === 'restored'

async function findingsOf(lake: Lake): Promise<readonly unknown[]> {
  return (await verify(lake.layout.root, { clock: systemClock })).findings
}

test('restored to an older version, all tables are as they were, and later slots are missing as restored', async () => {
  const lake = await temporaryLake()
  await storeSlot(lake, 0)
  const version = await storeSlot(lake, 1)
  const then = await lakeAsOf(lake, { version })
  const [rows, ledger] = [await rowsOf(then), await slots(then)]
  // Collected again with more rows, a new slot, the ledger stored, the day compacted.
  await append(lake, slotOf({ SPY: chain(30), QQQ: chain(10) }, after(1)))
  await checkpointNow(lake)
  await storeSlot(lake, 2)
  await compact(lake, { scope: { kind: 'all' } })
  const newest = (await rowsOf(lake)) as string
  const { version: last } = lake.snapshots.state

  const planned = await restoreVersion(lake, { to: { version }, dryRun: true })
  expect(await rowsOf(lake)).toBe(newest)
  const report = await restoreVersion(lake, { to: { version }, dryRun: false })
  expect(report).toMatchObject({ dryRun: false, version, slotsRemoved: 2, slotsReverted: 1 })
  expect(report.tables).toMatchObject([
    { table: 'option_snapshots', toVersion: version, newVersion: last + 1, filesAdded: 4, filesRemoved: 2 },
    { table: 'daily_observations', newVersion: 4, filesAdded: 1, filesRemoved: 1 },
  ])
  const withoutVersions = (one: typeof report) => one.tables.map(({ newVersion: _, ...table }) => table)
  expect(withoutVersions(planned)).toEqual(withoutVersions(report))
  expect(await rowsOf(lake)).toBe(rows)
  const entries = await slots(lake)
  expect(entries.filter((row) => !isRestored(row))).toEqual(ledger)
  expect(entries.filter(isRestored)).toMatchObject([
    { symbol: 'QQQ', timestamp: after(2), outcome: 'missing', rows: 0 },
    { symbol: 'SPY', timestamp: after(2), outcome: 'missing', rows: 0 },
  ])
  expect(await findingsOf(lake)).toEqual([])

  // Again, nothing is left to do. A slot that is collected again is stored, and all of it can be undone.
  const again = await restoreVersion(lake, { to: { version }, dryRun: false })
  expect(again.tables.map(({ newVersion }) => newVersion)).toEqual([null, null])
  await storeSlot(lake, 2)
  expect((await slots(lake)).filter(isRestored)).toEqual([])
  await restoreVersion(lake, { to: { version: last }, dryRun: false })
  expect(await rowsOf(lake)).toBe(newest)
  expect((await slots(lake)).filter(isRestored)).toEqual([])
  expect(await findingsOf(lake)).toEqual([])
})

test('killed after its first commit, a restore is finished by running it again', async () => {
  const lake = await temporaryLake()
  const version = await storeSlot(lake, 0)
  const rows = await rowsOf(lake)
  await storeSlot(lake, 1)
  const { version: last } = lake.snapshots.state
  const now = () => {
    if (lake.snapshots.state.version > last) throw new Error('killed')
    return systemClock.now()
  }
  const killed = { ...lake, clock: { ...systemClock, now } }
  await expect(restoreVersion(killed, { to: { version }, dryRun: false })).rejects.toThrow('killed')
  expect(lake.snapshots.state.version).toBe(last + 1)
  const report = await restoreVersion(lake, { to: { version }, dryRun: false })
  expect(report.tables.at(-1)).toMatchObject({ table: 'daily_observations', filesAdded: 1, filesRemoved: 1 })
  expect(await rowsOf(lake)).toBe(rows)
  expect(await findingsOf(lake)).toEqual([])
})

test('a version whose file was deleted or damaged is refused by name, and nothing changes', async () => {
  const lake = await temporaryLake()
  const version = await storeSlot(lake, 0)
  await storeSlot(lake, 1)
  const file = filesBelow(lake.layout.table).find((path) => /symbol=SPY.*1530Z/.test(path)) as string
  await compact(lake, { scope: { kind: 'all' } })
  const rows = await rowsOf(lake)
  const path = join(lake.layout.table, file)
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.from(bytes.map((byte, at) => (at === 100 ? 255 - byte : byte))))
  const refused = (to: { version: number }) =>
    restoreVersion(lake, { to, dryRun: false }).then(
      () => 'no failure',
      ({ exitCode, message }: { exitCode: number; message: string }) => ({ exitCode, message }),
    )
  expect(await refused({ version })).toEqual({
    exitCode: 74,
    message: `cannot restore: ${path} is damaged, its checksum differs; choose another version`,
  })
  writeFileSync(path, bytes)
  await vacuum(lake, { retentionMs: -1 })
  rmSync(path, { force: true })
  expect(await refused({ version })).toMatchObject({ exitCode: 64 })
  expect(await refused({ version: 99 })).toMatchObject({ exitCode: 64 })
  expect(await rowsOf(lake)).toBe(rows)
})
