import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repair } from '../../../src/lake/check/repair/repair.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { SURFACE_GRID } from '../../../src/lake/tables/small-tables.ts'
import { mergeFiles } from '../../../src/lake/write/merge-files.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import { GRID_POINTS, GRID_TENORS, type SurfaceGridRow } from '../../../src/snapshot/surface/surface-grid.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, DAY } from '../slots.ts'

const SYMBOLS = [
  'A',
  'B',
  'C',
  'D',
  'E',
  'F',
  'G',
  'H',
  'I',
  'J',
  'K',
  'L',
  'M',
  'N',
  'O',
  'P',
  'Q',
  'R',
  'S',
  'T',
]

/** One slot of many symbols: 800 rows, so that a file is full with two slots. */
function gridOf(timestamp: EpochMs, iv = 0.2): SurfaceGridRow[] {
  return SYMBOLS.flatMap((symbol) =>
    GRID_TENORS.flatMap((tenor_days) =>
      GRID_POINTS.map((point) => ({
        ...{ timestamp, symbol, tenor_days, point, date: DAY, iv, k: 0 },
        ...{ near_expiry: '20261218', far_expiry: '20261221', reason: null, definition_version: 3 },
      })),
    ),
  )
}

const dataFiles = (folder: string) =>
  readdirSync(join(folder, 'surface_grid', `date=${DAY}`)).filter((name) => name.endsWith('.parquet'))

test('slots fill one file after the other, and only files with a changed slot are rewritten', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  for (let at = 0; at < 5; at++) await upsert(lake, SURFACE_GRID, gridOf(after(at)))
  const files = async () => [...((await lake.smallTables.get('surface_grid'))?.state.files.values() ?? [])]
  // A file is full with the slot that brings it to 1,500 rows.
  expect((await files()).map(({ rows }) => rows).sort()).toEqual([1_600, 1_600, 800])
  const [first, second, third] = (await files()).map(({ path }) => path)

  await upsert(lake, SURFACE_GRID, gridOf(after(2), 0.3))
  expect((await files()).map(({ path }) => path)).toContain(first)
  expect((await files()).map(({ path }) => path)).not.toContain(second)
  expect((await files()).map(({ path }) => path)).not.toContain(third)
  const rows = await readRows(await readingLake(folder), SURFACE_GRID)
  expect(rows).toEqual(
    Array.from({ length: 5 }, (_, at) => gridOf(after(at), at === 2 ? 0.3 : 0.2))
      .flat()
      .sort(
        (a, b) =>
          a.timestamp - b.timestamp ||
          (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
          a.tenor_days - b.tenor_days ||
          (a.point < b.point ? -1 : 1),
      ),
  )
})

test('after the close a day becomes one file, and a replaced day is one file', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  for (let at = 0; at < 3; at++) await upsert(lake, SURFACE_GRID, gridOf(after(at)))
  const before = await readRows(lake, SURFACE_GRID)
  expect(await mergeFiles(lake, { upTo: DAY })).toBe(1)
  expect(await mergeFiles(lake, { upTo: DAY })).toBe(0)
  const active = async () => (await lake.smallTables.get('surface_grid'))?.state.files.size
  expect(await active()).toBe(1)
  expect(await readRows(lake, SURFACE_GRID)).toEqual(before)
  await upsert(lake, SURFACE_GRID, gridOf(after(4)))
  expect(await active()).toBe(2)
  await replaceDay(lake, SURFACE_GRID, { date: DAY, rows: gridOf(after(3)) })
  expect(await active()).toBe(1)
  const { rows } = await sql(lake, 'SELECT count(*), min(iv) FROM surface_grid')
  expect(rows).toEqual([[800, 0.2]])
})

test('a damaged file of a day loses its own slots at most', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  for (let at = 0; at < 4; at++) await upsert(lake, SURFACE_GRID, gridOf(after(at)))
  const files = [...((await lake.smallTables.get('surface_grid'))?.state.files.values() ?? [])]
  const newest = files.find(({ tags }) => tags['optionlake.lastSlot'] === String(after(3)))
  await lake.close()
  expect(dataFiles(folder)).toContain(newest?.path.split('/')[1])
  writeFileSync(join(folder, 'surface_grid', newest?.path as string), 'damaged')
  expect((await verify(folder, { clock: systemClock })).findings).toHaveLength(1)
  await repair(folder, { clock: systemClock, dryRun: false })
  expect((await verify(folder, { clock: systemClock })).findings).toEqual([])
  const slots = new Set((await readRows(await readingLake(folder), SURFACE_GRID)).map((row) => row.timestamp))
  // The last slot is lost with the file; those before it are in the file that it replaced.
  expect([...slots]).toEqual(Array.from({ length: 3 }, (_, at) => after(at)))
})
