import { expect, test } from 'vitest'
import { contents } from '../../../src/lake/query/contents.ts'
import { firstStoredDate, slotCoverage } from '../../../src/lake/query/slot-coverage.ts'
import { stats } from '../../../src/lake/query/stats.ts'
import { storeLedger } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { reportMissing } from '../../../src/snapshot/symbol-report.ts'
import { readingLake, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

const TOMORROW = sessionDate('2026-11-23')
const MONDAY = epochMs(Date.parse('2026-11-23T15:30:00.000Z'))
const DATES = { from: DAY, to: TOMORROW }

test('the coverage of a symbol is the same from files of the ledger, from the log and from memory', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 1]) await append(lake, slotOf({ SPY: chain(5), QQQ: chain(5) }, after(n)))
  const missed = { slot: after(2), date: DAY, detail: "it's off", startedAt: null, kind: 'STK' } as const
  await recordReports(lake, [reportMissing('SPY', 'not_running', missed)])
  const reader = await readingLake(lake.layout.root)
  const fromLog = await slotCoverage(reader, 'SPY', DATES)
  expect(fromLog).toMatchObject([
    {
      date: DAY,
      stored: [after(0), after(1)],
      gaps: [
        { timestamp: after(2), outcome: 'missing', reason: 'not_running', detail: "it's off", answered: 0 },
      ],
    },
  ])
  await storeLedger(lake)
  const fromFiles = await slotCoverage(reader, 'SPY', DATES)
  expect(fromFiles).toEqual(fromLog)
  expect((await slotCoverage(reader, 'SPY', DATES))[0]).toBe(fromFiles[0])
  expect(await slotCoverage(reader, 'GLD', DATES)).toEqual([])
})

test('a day that is stored again is read again', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(5) }, after(0)))
  await storeLedger(lake)
  const reader = await readingLake(lake.layout.root)
  expect((await slotCoverage(reader, 'SPY', DATES)).map(({ stored }) => stored.length)).toEqual([1])
  await append(lake, slotOf({ SPY: chain(5) }, after(1)))
  expect((await slotCoverage(reader, 'SPY', DATES)).map(({ stored }) => stored.length)).toEqual([2])
  await storeLedger(lake)
  await append(lake, slotOf({ SPY: chain(5) }, MONDAY, TOMORROW))
  expect((await slotCoverage(reader, 'SPY', DATES)).map(({ date, stored }) => [date, stored.length])).toEqual(
    [
      [DAY, 2],
      [TOMORROW, 1],
    ],
  )
  expect(await slotCoverage(reader, 'SPY', { from: TOMORROW, to: TOMORROW })).toHaveLength(1)
  expect(await firstStoredDate(reader, 'SPY')).toBe(DAY)
  expect(await firstStoredDate(reader, 'QQQ')).toBeNull()
})

test('the contents of a lake agree with its statistics', async () => {
  const lake = await temporaryLake()
  const empty = await contents(lake)
  expect(empty.days).toEqual([])
  expect(empty.tables[0]).toMatchObject({ name: 'option_snapshots', rows: 0, files: 0, bytes: 0 })
  for (const n of [0, 1]) await append(lake, slotOf({ SPY: chain(5), QQQ: chain(5) }, after(n)))
  await append(lake, slotOf({ SPY: chain(5) }, MONDAY, TOMORROW))
  const { rows, files, bytes } = await stats(lake)
  const { tables, days } = await contents(lake)
  expect(tables[0]).toMatchObject({ rows, files, bytes, unreadable: 0 })
  expect(days.map(({ date }) => date)).toEqual([DAY, TOMORROW])
  expect(days.reduce((sum, day) => sum + day.rows, 0)).toBe(rows)
  expect(days.reduce((sum, day) => sum + day.bytes, 0)).toBe(bytes)
})
