import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pinLake } from '../../src/lake/backup/pinned-lake.ts'
import { repair } from '../../src/lake/check/repair/repair.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import type { Lake } from '../../src/lake/open.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { FUTURE_SNAPSHOTS, UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { replaceDay, upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { EpochMs } from '../../src/market/units.ts'
import type { FutureRow } from '../../src/snapshot/future-snapshots.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from './lakes.ts'
import { after, DAY, report, row } from './slots.ts'

const EXPIRIES = ['20261218', '20270319', '20270618']

function futuresOf(slot: EpochMs, count: number): FutureRow[] {
  const empty = Object.fromEntries(FUTURE_SNAPSHOTS.columns.map(({ name }) => [name, null]))
  return EXPIRIES.slice(0, count).map((expiry, at) => ({
    ...(empty as unknown as FutureRow),
    ...{ timestamp: slot, symbol: 'ES', date: DAY, expiry, con_id: at + 1, local_symbol: `ES${at}` },
    ...{ trading_class: 'ES', exchange: 'CME', currency: 'USD', multiplier: 50 },
    ...{ roll_days: 0, flags: 0, definition_version: 2 },
  }))
}

function barOf(timestamp: EpochMs): UnderlyingBarRow {
  const empty = Object.fromEntries(UNDERLYING_BARS.columns.map(({ name }) => [name, null]))
  const numbers = UNDERLYING_BARS.columns.flatMap(({ name, type, nullable }) =>
    !nullable && type !== 'string' && type !== 'date' ? [[name, timestamp] as const] : [],
  )
  return {
    ...(empty as unknown as UnderlyingBarRow),
    ...Object.fromEntries(numbers),
    ...{
      timestamp,
      symbol: 'ES',
      date: DAY,
      con_id: 1,
      kind: 'FUT',
      session: 'regular',
      price_basis: 'trade',
    },
    ...{ data_type: 'live', exchange: 'CME', currency: 'USD' },
  }
}

/** A slot of ES with so many options and futures, and of SPX with an option of each settlement. */
async function store(
  lake: Lake,
  slot: EpochMs,
  { options, futures, ...change }: { options: number; futures: number } & Partial<LedgerRow>,
): Promise<void> {
  const own = Array.from(
    { length: options },
    (_, at): SnapshotRow => row({ symbol: 'ES', timestamp: slot, strike: 6_000 + at, trading_class: 'ES' }),
  )
  const classes = ['SPX', 'SPXW'].map((trading_class) =>
    row({ symbol: 'SPX', timestamp: slot, strike: 6_000, trading_class }),
  )
  const answered = options + futures
  const common = { timestamp: slot, answered, requested: answered }
  await append(lake, {
    slot,
    symbols: [
      {
        symbol: 'ES',
        rows: own,
        futures: futuresOf(slot, futures),
        report: report({ ...common, symbol: 'ES', kind: 'FOP', ...change }),
      },
      { symbol: 'SPX', rows: classes, report: report({ timestamp: slot, symbol: 'SPX', kind: 'IND' }) },
    ],
  })
}

async function findingsOf({ layout: { root } }: Lake): Promise<unknown[]> {
  return (await verify(root, { clock: systemClock })).findings.map(({ kind, detail }) => [kind, detail])
}

async function entryOf(root: string, slot: EpochMs, symbol = 'ES'): Promise<LedgerRow | undefined> {
  return (await slots(await readingLake(root), { date: DAY, symbol })).find(
    ({ timestamp }) => timestamp === slot,
  )
}

test('a later run that answers less still counts the futures that it stored', async () => {
  const lake = await temporaryLake()
  const slot = after(0)
  await store(lake, slot, { options: 6, futures: 0, outcome: 'partial', reason: 'stopped' })
  await store(lake, slot, { options: 2, futures: 3, outcome: 'partial', reason: 'deadline' })
  expect(await entryOf(lake.layout.root, slot)).toMatchObject({ reason: 'stopped', rows: 6, future_rows: 3 })
  expect(await findingsOf(lake)).toEqual([])
})

test('futures that the ledger has and the table has not are found, and repair corrects the ledger', async () => {
  const lake = await temporaryLake()
  const { root } = lake.layout
  for (const at of [0, 1]) await store(lake, after(at), { options: 4, futures: 3 })
  const kept = (await readRows(lake, FUTURE_SNAPSHOTS)).filter((one) => one.timestamp === after(0))
  await replaceDay(lake, FUTURE_SNAPSHOTS, { date: DAY, rows: kept })
  await lake.close()
  expect(await findingsOf(lake)).toEqual([
    ['ledger_differs', expect.stringContaining('the ledger says 3 futures, the data files have 0')],
  ])
  const { findings, repairs } = await repair(root, { clock: systemClock, dryRun: false })
  expect(findings).toEqual([])
  expect(repairs.map(({ kind }) => kind)).toEqual(['ledger_corrected'])
  expect(await entryOf(root, after(0))).toMatchObject({ outcome: 'stored', rows: 4, future_rows: 3 })
  expect(await entryOf(root, after(1))).toMatchObject({
    ...{ outcome: 'partial', reason: 'damaged', rows: 4, future_rows: 0, kind: 'FOP' },
    detail: '3 futures were stored, 0 are left',
  })
})

test.each([
  ['future_snapshots', { future_rows: 0, rows: 4, outcome: 'partial' }],
  ['underlying_bars', { future_rows: 3, rows: 4, outcome: 'stored' }],
  ['option_snapshots/symbol=ES', { future_rows: 3, rows: 0, outcome: 'partial' }],
])('the loss of every file of %s is repaired, other tables keep their rows', async (folder, left) => {
  const lake = await temporaryLake()
  const { root } = lake.layout
  await store(lake, after(0), { options: 4, futures: 3 })
  await upsert(lake, UNDERLYING_BARS, [barOf(after(0))])
  await lake.close()
  for (const path of filesBelow(join(root, folder))) {
    if (path.endsWith('.parquet')) rmSync(join(root, folder, path))
  }
  expect(await findingsOf(lake)).toMatchObject([['missing_file', expect.anything()]])
  expect((await repair(root, { clock: systemClock, dryRun: false })).findings).toEqual([])
  expect(await entryOf(root, after(0))).toMatchObject({ kind: 'FOP', ...left })
  expect(await entryOf(root, after(0), 'SPX')).toMatchObject({ outcome: 'stored', rows: 2, kind: 'IND' })
  const reader = await readingLake(root)
  expect(await readRows(reader, UNDERLYING_BARS)).toHaveLength(folder === 'underlying_bars' ? 0 : 1)
})

test('a backup chooses the version of futures after that of the slots that acknowledge them', async () => {
  const lake = await temporaryLake()
  await store(lake, after(0), { options: 1, futures: 1 })
  await upsert(lake, UNDERLYING_BARS, [barOf(after(0))])
  const pinned = await pinLake(lake.layout.root, join(temporaryFolder(), 'generation'), {
    ...{ former: null, link: true, unique: () => `${Math.random()}` },
  })
  const names = pinned.map(({ name }) => name)
  expect(names.indexOf('future_snapshots')).toBeGreaterThan(names.indexOf('option_snapshots'))
  expect(names.indexOf('underlying_bars')).toBeLessThan(names.indexOf('option_snapshots'))
})
