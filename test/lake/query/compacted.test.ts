import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { pathToLog } from '../../../src/delta/index.ts'
import { commit } from '../../../src/lake/delta.ts'
import { frameOf, sorted, statsOf, writeParquet } from '../../../src/lake/engines/polars.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { append } from '../../../src/lake/write/append.ts'
import { epochMs } from '../../../src/market/units.ts'
import { chainOnDisk, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, row, slotOf } from '../slots.ts'

/** A lake whose one file holds the slots 0, 2 and 4 of SPY, as another program would compact them. */
async function oneFileOfThreeSlots(): Promise<Lake> {
  const lake = await temporaryLake()
  const rows = [0, 2, 4].flatMap((n) => chain(20, { timestamp: after(n), bid: n }))
  const frame = sorted([frameOf(rows)])
  const path = `symbol=SPY/date=${DAY}/day.parquet`
  mkdirSync(dirname(join(lake.layout.table, path)), { recursive: true })
  writeParquet(frame, join(lake.layout.table, path))
  const add = {
    path: pathToLog(path),
    partitionValues: { symbol: 'SPY', date: DAY },
    size: statSync(join(lake.layout.table, path)).size,
    modificationTime: 1,
    dataChange: false,
    stats: statsOf(frame),
  }
  await commit(lake.snapshots, 0, [{ add }])
  return lake
}

test.each([
  ['before its second slot', epochMs(after(2) - 1), 0],
  ['at its second slot', after(2), 2],
  ['between the second and the last', after(3), 2],
  ['after the last', after(9), 4],
])('the chain as of a time %s is found in a file of many slots', async (_when, at, expected) => {
  const rows = await chainAsOf(await oneFileOfThreeSlots(), 'SPY', { at })
  expect(rows).toHaveLength(20)
  expect(new Set(rows.map((one) => one.timestamp))).toEqual(new Set([after(expected)]))
})

test('a file of many slots answers one time after another, and newer slots are found as well', async () => {
  const lake = await oneFileOfThreeSlots()
  const slotAsOf = async (n: number) => {
    const rows = await chainAsOf(lake, 'SPY', { at: after(n) })
    return [...new Set(rows.map((one) => one.timestamp))]
  }
  expect(await slotAsOf(3)).toEqual([after(2)])
  expect(await slotAsOf(1)).toEqual([after(0)])
  await append(lake, slotOf({ SPY: [row()] }, after(3)))
  expect(await slotAsOf(3)).toEqual([after(3)])
  await append(lake, slotOf({ SPY: chain(5, { bid: 77 }) }, after(2)))
  const again = await chainAsOf(lake, 'SPY', { at: after(2) })
  expect(again.filter((one) => one.bid === 77)).toHaveLength(5)
})

test('a slot in a file of many slots is stored again, and the other slots are kept', async () => {
  const lake = await oneFileOfThreeSlots()
  const done = await append(lake, slotOf({ SPY: chain(5, { bid: 77 }) }, after(2)))
  expect(done).toMatchObject({ files: 1, rowsWritten: 60 })
  expect(done.reports[0]?.rows).toBe(20)
  expect((await currentState(lake)).files.size).toBe(1)
  const rows = await chainAsOf(lake, 'SPY', { at: after(2) })
  expect(rows.map((one) => one.bid).filter((bid) => bid === 77)).toHaveLength(5)
  expect(rows).toHaveLength(20)
  expect(await chainOnDisk(lake, 'SPY')).toHaveLength(20)
})

test('a slot between those of a file of many slots goes into a file of its own', async () => {
  const lake = await oneFileOfThreeSlots()
  const done = await append(lake, slotOf({ SPY: [row()] }, after(3)))
  expect(done).toMatchObject({ files: 1, rowsWritten: 1 })
  expect(done.reports[0]?.rows).toBe(1)
  expect((await currentState(lake)).files.size).toBe(2)
  expect(await chainAsOf(lake, 'SPY', { at: after(3) })).toHaveLength(1)
})

test('a report of an empty run counts the rows that a file of many slots already has', async () => {
  const lake = await oneFileOfThreeSlots()
  const done = await append(lake, slotOf({ SPY: [] }, after(2)))
  expect(done.reports[0]?.rows).toBe(20)
})
