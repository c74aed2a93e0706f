import { expect, test } from 'vitest'
import { keptRowsOf } from '../../../src/lake/tables/kept-rows.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, type SmallFile, type TableRow } from '../../../src/lake/tables/small-tables.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { temporaryLake } from '../lakes.ts'
import { SLOT } from '../slots.ts'

type Observation = TableRow<typeof DAILY_OBSERVATIONS>

const observation = (close: number): Observation => ({
  ...{ symbol: 'SPY', date: '2026-11-20', source: 'chain', iv30: 0.18, close, vix: null, cycles: 6 },
  ...{ recorded_at: SLOT, definition_version: null, ...NO_DAILY_PRICES },
})

test('a caller that changes a row does not change the next answer, and a stored change is read', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, [observation(600)])
  const [own] = await readRows(lake, DAILY_OBSERVATIONS)
  Object.assign(own ?? {}, { close: 1 })
  expect(await readRows(lake, DAILY_OBSERVATIONS)).toEqual([observation(600)])
  await upsert(lake, DAILY_OBSERVATIONS, [observation(601)])
  expect(await readRows(lake, DAILY_OBSERVATIONS)).toEqual([observation(601)])
})

test('a file is read once until others take its place, one that failed is read again', async () => {
  const lake = await temporaryLake()
  const read: string[] = []
  const rowsOf = (path: string, count: number) =>
    keptRowsOf(lake, { table: DAILY_OBSERVATIONS, file: { path } as SmallFile }, async () => {
      read.push(path)
      if (count === 0) throw new Error('damaged')
      return new Array<Observation>(count).fill(observation(600))
    })
  const most = Math.floor(240_000 / DAILY_OBSERVATIONS.columns.length)
  await Promise.all([rowsOf('a', most), rowsOf('a', most)])
  expect(await rowsOf('a', most)).toHaveLength(most)
  expect(read).toEqual(['a'])
  for (const path of ['b', 'c', 'd', 'a', 'e']) await rowsOf(path, most)
  expect(read).toEqual(['a', 'b', 'c', 'd', 'e'])
  // Used longest ago.
  await rowsOf('b', most)
  await rowsOf('a', most)
  expect(read).toEqual(['a', 'b', 'c', 'd', 'e', 'b'])

  const tooLarge = 2 * most
  for (const path of ['large', 'large', 'a']) await rowsOf(path, tooLarge)
  expect(read.slice(6)).toEqual(['large', 'large'])
  await expect(rowsOf('failed', 0)).rejects.toThrow('damaged')
  expect(await rowsOf('failed', 1)).toHaveLength(1)
})
