import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkpointNow, ledger, ledgerDates, storeFirstLedger } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { SLOTS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import { addDays, type EpochMs, epochMs, sessionDate } from '../../../src/market/units.ts'
import { filesBelow, temporaryLake } from '../lakes.ts'
import { chain, DAY, report, SLOT, slotOf } from '../slots.ts'

const DAY_MS = 86_400_000
const DAYS = [2, 1, 0].map((back) => sessionDate(addDays(DAY, -back)))

/** A lake with one slot on each of three days, all in files of `slots`, of which the first day's is gone. */
async function lakeWithoutFirstFile() {
  const lake = await temporaryLake()
  for (const [at, date] of DAYS.entries()) {
    const slot = epochMs(SLOT - (2 - at) * DAY_MS)
    await append(lake, slotOf({ SPY: chain(2, { date, timestamp: slot }) }, slot, date))
  }
  await checkpointNow(lake)
  const folder = join(lake.layout.root, 'slots')
  const file = filesBelow(folder).find((path) => path.includes(`date=${DAYS[0]}`)) as string
  rmSync(join(folder, file))
  return lake
}

test('the ledger of one day, or of a range of days, reads only the files of those days', async () => {
  const lake = await lakeWithoutFirstFile()

  const dates = async (only: Parameters<typeof ledger>[1]) =>
    (await ledger(lake, only)).map(({ date }) => date)
  expect(await dates({ date: DAYS[2] })).toEqual([DAYS[2]])
  expect(await dates({ from: DAYS[1] })).toEqual([DAYS[1], DAYS[2]])
  expect(await dates({ from: DAYS[1], to: DAYS[1] })).toEqual([DAYS[1]])
  await expect(dates({ to: DAYS[1] })).rejects.toThrow('cannot read')
})

test('the days of the ledger and their row counts come from the log', async () => {
  const lake = await lakeWithoutFirstFile()

  expect([...(await ledgerDates(lake))]).toEqual(DAYS.map((date) => [date, 1]))
})

test('a missing slot is recorded without reading other days', async () => {
  const lake = await lakeWithoutFirstFile()
  const next = epochMs(SLOT + 300_000) as EpochMs

  const missing = report({ timestamp: next, outcome: 'missing', reason: 'not_running', answered: 0 })
  await recordReports(lake, [missing, report({ symbol: 'SPY' })])

  const rows = await ledger(lake, { date: DAY })
  expect(rows.map(({ timestamp, outcome, rows }) => [timestamp, outcome, rows])).toEqual([
    [SLOT, 'stored', 2],
    [next, 'missing', 0],
  ])
})

test('slots is filled after the first slot, and later slots cost no commit to it', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(2) }))
  await storeFirstLedger(lake)
  expect(await readRows(lake, SLOTS)).toEqual(await ledger(lake))

  const next = epochMs(SLOT + 300_000) as EpochMs
  await append(lake, slotOf({ SPY: chain(2) }, next))
  const before = filesBelow(join(lake.layout.root, 'slots'))
  await storeFirstLedger(lake)
  expect(filesBelow(join(lake.layout.root, 'slots'))).toEqual(before)
  expect(await ledger(lake)).toHaveLength(2)
})

test('slots has the first slot with data, even if missed ones were stored in it before', async () => {
  const lake = await temporaryLake()
  await recordReports(lake, [
    report({ symbol: 'SPY', outcome: 'missing', reason: 'not_running', answered: 0 }),
  ])
  await storeFirstLedger(lake)
  const next = epochMs(SLOT + 300_000) as EpochMs
  await append(lake, slotOf({ SPY: chain(2) }, next))
  await storeFirstLedger(lake)
  expect(await readRows(lake, SLOTS)).toEqual(await ledger(lake))
  expect(await ledger(lake)).toHaveLength(2)
})
