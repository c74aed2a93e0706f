import { expect, test } from 'vitest'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { lakeAsOf } from '../../src/lake/query/as-of.ts'
import { chainAsOf, latestChain } from '../../src/lake/query/chains.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { FUTURE_SNAPSHOTS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import type { FutureRow } from '../../src/snapshot/future-snapshots.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { readingLake, temporaryLake } from './lakes.ts'
import { report, row, slotOf } from './slots.ts'

/** Before Thanksgiving: the evening of Wednesday belongs to Friday, and Wednesday's stocks to Wednesday. */
const WEDNESDAY = sessionDate('2026-11-25')
const FRIDAY = sessionDate('2026-11-27')
const EVENING = epochMs(newYorkInstant(WEDNESDAY, '18:05'))

const esReport = (change: Partial<LedgerRow> = {}) =>
  report({ symbol: 'ES', timestamp: EVENING, date: FRIDAY, kind: 'FOP', ...change })

function evening(change: Partial<LedgerRow> = {}) {
  const rows = [
    row({ symbol: 'ES', timestamp: EVENING, date: String(change.date ?? FRIDAY), trading_class: 'ES' }),
  ]
  return { slot: EVENING, symbols: [{ symbol: 'ES', rows, report: esReport(change) }] }
}

test('an evening of futures is stored under its trade date, and found by time and by date', async () => {
  const lake = await temporaryLake()
  const day = newYorkInstant(WEDNESDAY, '15:00')
  await append(lake, slotOf({ ES: [row({ symbol: 'ES' })], SPY: [row()] }, epochMs(day), WEDNESDAY))
  await append(lake, evening())
  await append(
    lake,
    slotOf({ ES: [row({ symbol: 'ES', bid: 9 })] }, epochMs(newYorkInstant(FRIDAY, '10:00')), FRIDAY),
  )
  await compact(lake, { scope: { kind: 'all' } })
  const reader = await readingLake(lake.layout.root)
  expect(await chainAsOf(reader, 'ES', { at: epochMs(EVENING + 60_000) })).toMatchObject([
    { timestamp: EVENING, date: FRIDAY },
  ])
  expect(await latestChain(reader, 'ES')).toMatchObject([{ bid: 9 }])
  const { rows } = await sql(
    reader,
    "SELECT count(*) FROM option_snapshots WHERE symbol = 'ES' AND date = '2026-11-27'",
  )
  expect(rows).toEqual([[2]])
  expect((await slots(reader, { date: FRIDAY })).map(({ timestamp, kind }) => [timestamp, kind])).toEqual([
    [EVENING, 'FOP'],
    [newYorkInstant(FRIDAY, '10:00'), null],
  ])
  expect((await verify(lake.layout.root, { clock: systemClock })).findings).toEqual([])
})

test('symbols of one slot may have different trade dates', async () => {
  const lake = await temporaryLake()
  const spy = { symbol: 'SPY', rows: [row({ timestamp: EVENING, date: WEDNESDAY })] }
  const own = { ...spy, report: report({ timestamp: EVENING, date: WEDNESDAY }) }
  const { version } = await append(lake, { slot: EVENING, symbols: [own, ...evening().symbols] })
  expect(version).toBe(1)
  const { rows } = await sql(lake, 'SELECT symbol, date FROM option_snapshots ORDER BY symbol')
  expect(rows).toEqual([
    ['ES', FRIDAY],
    ['SPY', WEDNESDAY],
  ])
})

test.each<[string, Partial<LedgerRow>, RegExp]>([
  ['a day before its slot', { date: '2026-11-24' }, /expected its trade date, from 2026-11-25 to 2026-11-30/],
  [
    'more than five days later',
    { date: '2026-12-01' },
    /expected its trade date, from 2026-11-25 to 2026-11-30/,
  ],
  [
    'another day of a stock',
    { kind: 'STK' },
    /date "2026-11-27" of slot .*: expected its New York date, 2026-11-25/,
  ],
])('a trade date that is %s is refused', async (_what, change, message) => {
  const lake = await temporaryLake()
  await expect(append(lake, evening(change))).rejects.toThrow(message)
  await expect(recordReports(lake, [esReport(change)])).rejects.toThrow(message)
})

test('a row cannot be carried from its own slot or a later one', async () => {
  const lake = await temporaryLake()
  const carried = (from: number) => {
    const rows = [row({ symbol: 'ES', timestamp: EVENING, date: FRIDAY, carried_from: from })]
    return { slot: EVENING, symbols: [{ symbol: 'ES', rows, report: esReport() }] }
  }
  await expect(append(lake, carried(EVENING))).rejects.toThrow(
    /carried_from .* of ES .*: expected an earlier slot/,
  )
  await append(lake, carried(EVENING - 300_000))
  expect(await latestChain(await readingLake(lake.layout.root), 'ES')).toMatchObject([
    { carried_from: EVENING - 300_000 },
  ])
})

function future(timestamp: number, quoted_at: number): FutureRow {
  const empty = Object.fromEntries(FUTURE_SNAPSHOTS.columns.map(({ name }) => [name, null]))
  return {
    ...(empty as unknown as FutureRow),
    ...{
      timestamp,
      symbol: 'ES',
      date: FRIDAY,
      expiry: '20261218',
      con_id: 1,
      local_symbol: 'ESZ6',
      trading_class: 'ES',
    },
    ...{
      exchange: 'CME',
      currency: 'USD',
      multiplier: 50,
      roll_days: 0,
      flags: 0,
      definition_version: 2,
      quoted_at,
    },
  }
}

test('futures are exact to the millisecond, and a version has those of its own slots only', async () => {
  const lake = await temporaryLake()
  const slot = (n: number) => epochMs(EVENING + n * 300_000)
  const versions: number[] = []
  for (const n of [0, 1]) {
    await upsert(lake, FUTURE_SNAPSHOTS, [future(slot(n), slot(n) + 12_345)])
    await systemClock.sleep(2)
    const part = {
      symbol: 'ES',
      rows: [],
      report: esReport({ timestamp: slot(n), kind: 'FUT', future_rows: 1 }),
    }
    versions.push((await append(lake, { slot: slot(n), symbols: [part] })).version)
    await systemClock.sleep(2)
  }
  const rows = await readRows(lake, FUTURE_SNAPSHOTS)
  expect(rows.map(({ quoted_at }) => quoted_at)).toEqual([slot(0) + 12_345, slot(1) + 12_345])
  const query = 'SELECT epoch_ms(quoted_at) FROM future_snapshots ORDER BY 1'
  expect((await sql(lake, query)).rows).toEqual([[slot(0) + 12_345], [slot(1) + 12_345]])
  const first = await lakeAsOf(lake, { version: versions[0] as number })
  expect((await readRows(first, FUTURE_SNAPSHOTS)).map(({ timestamp }) => timestamp)).toEqual([slot(0)])
})
