import { expect, test } from 'vitest'
import { surfaceAnswer } from '../../../src/analytics/answers/surface-answer.ts'
import { groupChain } from '../../../src/analytics/chain.ts'
import { analyticsOptions, carryOf } from '../../../src/analytics/options.ts'
import { storedDays } from '../../../src/analytics/stored/rebuild.ts'
import { surfaceData } from '../../../src/analytics/stored/surfaces/read-surface.ts'
import { rebuildSurfaces } from '../../../src/analytics/stored/surfaces/rebuild-surfaces.ts'
import { fittedRows, storeSurfaces } from '../../../src/analytics/stored/surfaces/store-surfaces.ts'
import { storedSmile } from '../../../src/analytics/stored/surfaces/surface-rows.ts'
import { totalVarianceAt } from '../../../src/analytics/surface/evaluate.ts'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import type { Lake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { smallDeltaTable } from '../../../src/lake/tables/loaded-small-tables.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { SURFACE_GRID, SURFACES } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import type { SurfaceGridRow } from '../../../src/snapshot/surface/surface-grid.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { makeChain, range } from '../chains.ts'

const OPTIONS = analyticsOptions.parse({})
const DATE = sessionDate('2026-11-20')
const at = (time: string) => newYorkInstant(DATE, time)
const EXPIRIES = ['20261125', '20261204', '20261218', '20261224', '20270115', '20270122']

function chainAt(slot: EpochMs, level = 0.17): SnapshotRow[] {
  return makeChain({
    at: slot,
    vol: (strike, days) => {
      const z = Math.log(strike / 682) / Math.sqrt(days / 365)
      return level - 0.03 * z + 0.01 * z * z
    },
    expiries: EXPIRIES,
    strikes: range(590, 760, 10),
    greeks: false,
  })
}

const CHAINS = new Map(['11:00', '11:05'].map((time, nth) => [time, chainAt(at(time), 0.17 + nth / 100)]))

async function storeSlot(lake: Lake, time: string): Promise<void> {
  await append(lake, slotOf({ SPY: CHAINS.get(time) as SnapshotRow[] }, at(time), DATE))
}

const store = (lake: Lake, time: string, options = OPTIONS) =>
  storeSurfaces(lake, dueSlot(at(time), DATE, ['SPY']), { symbols: ['SPY'], options })

test('the surface of a slot is stored, read by another process, and the same as one fitted when asked for', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  for (const time of ['11:00', '11:05']) await storeSlot(lake, time)
  const fitted = await surfaceData(lake, 'SPY', { options: OPTIONS, at: at('11:02') })
  expect(fitted).toMatchObject({ isStored: false, slot: at('11:00') })
  for (const time of ['11:00', '11:05']) expect(await store(lake, time)).toEqual([])

  const reader = await readingLake(folder)
  const stored = await surfaceData(reader, 'SPY', { options: OPTIONS, at: at('11:02') })
  expect(stored).toEqual({ ...fitted, isStored: true })
  const newest = await surfaceData(reader, 'SPY', { options: OPTIONS })
  expect(newest?.slot).toBe(at('11:05'))
  expect(newest?.surfaces.map(({ expiry }) => expiry)).toEqual(EXPIRIES)
  expect(newest?.surfaces.filter(({ reason }) => reason === null).length).toBeGreaterThan(3)
  expect(newest?.grid).toHaveLength(40)

  const answer = surfaceAnswer(newest, { symbol: 'SPY', now: at('11:06') })
  expect(answer).toMatchObject({ stored: true, age_seconds: 60, definition_version: DEFINITION_VERSION })
  const atm = answer.grid.find(({ tenor_days, point }) => tenor_days === 30 && point === 'atm')
  expect(Math.abs((atm?.iv ?? 0) - 0.18)).toBeLessThan(0.01)
  expect(atm?.rank).toEqual({ value: null, reason: 'too_few_observations', observations: 0, window: 252 })
  const only = surfaceAnswer(newest, { symbol: 'SPY', now: at('11:06'), expiry: '20261218' })
  expect(only.expirations).toHaveLength(1)
  const { curve, quoted_from, quoted_to } = only.expirations[0] ?? {}
  expect(curve?.[0]?.k).toBe(quoted_from)
  expect(curve?.at(-1)?.k).toBe(quoted_to)
  expect((curve?.[0]?.iv ?? 0) - (curve?.at(-1)?.iv ?? 0)).toBeGreaterThan(0.02)
  const { rows } = await sql(
    reader,
    `SELECT count(*), count(DISTINCT timestamp), min(len(from_json(knots_y, '["DOUBLE"]'))) > 3 FROM surfaces`,
  )
  expect(rows).toEqual([[12, 2, true]])
})

test('a surface whose grid was not stored, or is of another version, is fitted again', async () => {
  const lake = await temporaryLake()
  await storeSlot(lake, '11:00')
  const fitted = await surfaceData(lake, 'SPY', { options: OPTIONS })
  expect(fitted?.grid).toHaveLength(40)
  // As after a kill between the commits of the two tables.
  await upsert(lake, SURFACES, fitted!.surfaces)
  expect(await surfaceData(lake, 'SPY', { options: OPTIONS })).toEqual(fitted)
  const older = fitted!.grid.map((row) => ({ ...row, iv: 0.5, definition_version: DEFINITION_VERSION - 1 }))
  await upsert(lake, SURFACE_GRID, older)
  expect(await surfaceData(lake, 'SPY', { options: OPTIONS })).toEqual(fitted)
  await upsert(lake, SURFACE_GRID, fitted!.grid)
  expect(await surfaceData(lake, 'SPY', { options: OPTIONS })).toEqual({ ...fitted, isStored: true })
})

test('rounded knots give the fitted total variance to a millionth', () => {
  const rows = CHAINS.get('11:00') as SnapshotRow[]
  const chain = groupChain(rows, { slot: at('11:00'), expiresAt: expiryTimesOf('SPY') })
  const { slices } = fitSurface({ chain, carry: carryOf(OPTIONS, 'SPY') })
  const key = { symbol: 'SPY', slot: at('11:00'), date: DATE }
  const { surfaces } = fittedRows(rows, key, OPTIONS)
  let compared = 0
  for (const { expiry, smile } of slices) {
    const own = smile.value
    const read = storedSmile(surfaces.find((row) => row.expiry === expiry)!)
    expect(read === null).toBe(own === null)
    if (!own || !read) continue
    for (let k = own.quoted.from; k <= own.quoted.to; k += 0.01) {
      const ratio = totalVarianceAt(read, k).value! / totalVarianceAt(own, k).value!
      expect(Math.abs(ratio - 1)).toBeLessThan(2e-6)
      compared++
    }
  }
  expect(compared).toBeGreaterThan(50)
})

test('nothing is stored where the settings want no surface, and none is missed without options', async () => {
  const lake = await temporaryLake()
  await storeSlot(lake, '11:00')
  expect(await store(lake, '11:00', { ...OPTIONS, surface: false })).toEqual([])
  expect(await smallDeltaTable(lake, SURFACES)).toBeNull()
  expect(await surfaceData(lake, 'SPY', { options: OPTIONS })).toMatchObject({ isStored: false })
  expect(await surfaceData(lake, 'QQQ', { options: OPTIONS })).toBeNull()
  expect(surfaceAnswer(null, { symbol: 'QQQ', now: at('11:06') })).toMatchObject({ slot: null, grid: [] })
})

test('a rebuild gives the same bits, adds what is missing, and mends what was changed', async () => {
  const lake = await temporaryLake()
  for (const time of ['11:00', '11:05']) await storeSlot(lake, time)
  await store(lake, '11:05')
  const rebuild = async () => {
    const [day] = await storedDays(lake, {})
    const signal = new AbortController().signal
    return rebuildSurfaces(lake, day!, { options: OPTIONS, signal })
  }
  expect(await rebuild()).toEqual({ fitted: 2, surfacesChanged: 6, gridChanged: 40 })
  const whole = await readRows(lake, SURFACE_GRID)
  expect(whole).toHaveLength(80)
  const version = async () => (await smallDeltaTable(lake, SURFACES))?.state.version
  const before = await version()
  expect(await rebuild()).toEqual({ fitted: 2, surfacesChanged: 0, gridChanged: 0 })
  expect(await version()).toBe(before)

  const wrong = whole.map((row, nth) => (nth === 3 ? { ...row, iv: 0.5 } : row))
  await replaceDay(lake, SURFACE_GRID, { date: DATE, rows: wrong })
  expect(await rebuild()).toEqual({ fitted: 2, surfacesChanged: 0, gridChanged: 1 })
  expect(await readRows(lake, SURFACE_GRID)).toEqual(whole)
  // An expiration that the chain of the slot does not have, and one of a slot whose chain is gone.
  const [first] = await readRows(lake, SURFACES)
  const left = { ...first!, expiry: '20261211', definition_version: DEFINITION_VERSION - 1 }
  const gone = { ...left, timestamp: at('10:55') }
  await upsert(lake, SURFACES, [left, gone])
  expect(await rebuild()).toEqual({ fitted: 2, surfacesChanged: 1, gridChanged: 0 })
  const kept = (await readRows(lake, SURFACES)).filter(({ expiry }) => expiry === left.expiry)
  expect(kept).toEqual([gone])

  const stopped = new AbortController()
  stopped.abort()
  const [day] = await storedDays(lake, {})
  expect(await rebuildSurfaces(lake, day!, { options: OPTIONS, signal: stopped.signal })).toBeNull()
})

test('points are ranked among the medians of earlier sessions in the window, of their own version only', async () => {
  const lake = await temporaryLake()
  await storeSlot(lake, '11:00')
  await store(lake, '11:00')
  const sessions = sessionsBetween(sessionDate('2026-09-01'), DATE).filter(({ date }) => date < DATE)
  const pointAt = (date: string, time: string, iv: number | null, change: Partial<SurfaceGridRow> = {}) => ({
    ...{
      timestamp: newYorkInstant(sessionDate(date), time),
      symbol: 'SPY',
      tenor_days: 30,
      point: 'atm' as const,
    },
    ...{ date, iv, k: 0, near_expiry: null, far_expiry: null, reason: null },
    ...{ definition_version: DEFINITION_VERSION, ...change },
  })
  const rows = sessions.slice(-25).flatMap(({ date }, nth) => [
    // The median of three in the window; one before it, one at the close, and another symbol are left out.
    pointAt(date, '15:30', 0.1 + nth / 100),
    pointAt(date, '15:45', 0.1 + nth / 100),
    pointAt(date, '15:55', 0.9),
    pointAt(date, '15:40', null),
    pointAt(date, '15:25', 5),
    pointAt(date, '16:00', 5),
    pointAt(date, '15:35', 5, { symbol: 'QQQ' }),
    pointAt(date, '15:35', 5, { definition_version: DEFINITION_VERSION - 1 }),
  ])
  await upsert(lake, SURFACE_GRID, rows)
  const data = await surfaceData(lake, 'SPY', { options: OPTIONS })
  expect(data?.history.observations).toHaveLength(25)
  expect(data?.history.observations[0]).toMatchObject({ iv: 0.1, cycles: 3, tenorDays: 30, point: 'atm' })
  const { grid } = surfaceAnswer(data, { symbol: 'SPY', now: at('11:06') })
  const atm = grid.find(({ tenor_days, point }) => tenor_days === 30 && point === 'atm')
  const below = Array.from({ length: 25 }, (_, nth) => 0.1 + nth / 100).filter((iv) => iv < (atm?.iv ?? 0))
  expect(atm?.percentile).toEqual({
    ...{ value: (100 * below.length) / 25, reason: null, observations: 25, window: 252 },
  })
  expect(grid.filter(({ percentile }) => percentile.value !== null)).toHaveLength(1)
})
