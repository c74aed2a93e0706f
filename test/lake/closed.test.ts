import { expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { chainAsOf, latestChain } from '../../src/lake/query/chains.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots, stats } from '../../src/lake/query/stats.ts'
import { checkpointNow } from '../../src/lake/tables/ledger.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { vacuum } from '../../src/lake/write/vacuum.ts'
import { replaceDay, upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import { filesBelow, temporaryFolder } from './lakes.ts'
import { after, chain, DAY, report, SLOT, slotOf } from './slots.ts'

const OPERATIONS: Readonly<Record<string, (lake: Lake) => Promise<unknown>>> = {
  append: (lake) => append(lake, slotOf({ SPY: chain(5) }, after(1))),
  'append without rows': (lake) => append(lake, slotOf({ SPY: [] }, after(1))),
  recordReports: (lake) => recordReports(lake, [report({ symbol: 'QQQ' })]),
  'recordReports of none': (lake) => recordReports(lake, []),
  upsert: (lake) => upsert(lake, DAILY_OBSERVATIONS, []),
  replaceDay: (lake) => replaceDay(lake, DAILY_OBSERVATIONS, { date: DAY, rows: [] }),
  compact: (lake) => compact(lake, { scope: { kind: 'all' } }),
  vacuum: (lake) => vacuum(lake, { retentionMs: 0 }),
  checkpointNow: (lake) => checkpointNow(lake),
  latestChain: (lake) => latestChain(lake, 'SPY'),
  chainAsOf: (lake) => chainAsOf(lake, 'SPY', { at: SLOT }),
  sql: (lake) => sql(lake, 'SELECT count(*) FROM option_snapshots'),
  stats: (lake) => stats(lake),
  slots: (lake) => slots(lake),
  readRows: (lake) => readRows(lake, DAILY_OBSERVATIONS),
}

const CLOSED = /^the lake \/.* (is|was queried after it was) closed$/

test('a closed lake refuses every operation, and stays as it was', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await append(lake, slotOf({ SPY: chain(5) }))
  await upsert(lake, DAILY_OBSERVATIONS, [])
  const reader = await openLake(folder, { mode: 'read', clock: systemClock })
  const before = filesBelow(folder)
  await Promise.all([lake.close(), reader.close()])
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    await expect(operation(lake), name).rejects.toThrow(CLOSED)
    await expect(operation(reader), name).rejects.toThrow(CLOSED)
  }
  await lake.close()
  expect(filesBelow(folder)).toEqual(before)
})

test('a change that is being prepared when the lake is closed is not committed', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await append(lake, slotOf({ SPY: chain(5) }))
  const before = filesBelow(folder)
  const appending = append(lake, slotOf({ SPY: chain(9) }, after(1)))
  const closing = lake.close()
  await expect(appending).rejects.toThrow('is closed')
  await closing
  expect(filesBelow(folder)).toEqual(before)
})
