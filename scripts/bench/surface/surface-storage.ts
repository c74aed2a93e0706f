import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { observationTimes } from '../../../src/analytics/figure-session.ts'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { fittedRows } from '../../../src/analytics/stored/surfaces/store-surfaces.ts'
import type { SurfaceRows } from '../../../src/analytics/stored/surfaces/surface-rows.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { gridHistory } from '../../../src/lake/query/grid-history.ts'
import { smallState } from '../../../src/lake/tables/loaded-small-tables.ts'
import { SURFACE_GRID, SURFACES } from '../../../src/lake/tables/small-tables.ts'
import { mergeFiles } from '../../../src/lake/write/merge-files.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import { addDays, type EpochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { median } from '../report.ts'
import { recordedSpy } from './recorded-chain.ts'

const OPTIONS = analyticsOptions.parse({ rateFraction: 0.0525 })
const SYMBOLS = ['SPY', 'QQQ', 'IWM']
const SLOTS = 78
const INTERVAL_MS = 300_000
/** The universe collects expirations up to this many days. */
const MOST_DAYS = '20240813'

export interface SurfaceStorage {
  readonly expirations: number
  /** Processor time of grouping, fit, grid and rows of one symbol, ms; median. */
  readonly fitMs: number
  /** Processor time of storing the last slots of a day in both tables, ms; median. */
  readonly lastSlotsMs: number
  /** The same of the first slots. */
  readonly firstSlotsMs: number
  /** Bytes of a day after the close. */
  readonly surfacesBytes: number
  readonly gridBytes: number
  /** Wall time of reading the daily values of the grid that its points are ranked among, ms; null if not measured. */
  readonly yearOfRanksMs: number | null
}

/**
 * Measures what a surface costs a collector of three symbols: the recorded chain of SPY up to 60 days, stored 78 times
 * under three names, each time with other digits.
 */
export async function measureSurfaceStorage({
  rounds,
  sessions,
}: {
  readonly rounds: number
  readonly sessions: number
}): Promise<SurfaceStorage> {
  const { rows: all, at } = recordedSpy()
  const rows = all.filter(({ expiry }) => expiry <= MOST_DAYS)
  const key = { symbol: 'SPY', slot: at, date: sessionDate('2024-06-14') }
  const makeRows = () => fittedRows(rows, key, OPTIONS)
  const fitted = makeRows()
  const fitMs = median(Array.from({ length: rounds }, () => processorMs(makeRows)).slice(rounds > 3 ? 2 : 0))
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-bench-'))
  const clock = clockFrom(at)
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  try {
    const times: number[] = []
    const open = newYorkInstant(key.date, '09:30')
    for (let nth = 0; nth < SLOTS; nth++) {
      const slot = (open + nth * INTERVAL_MS) as EpochMs
      const own = SYMBOLS.map((symbol, which) => varied(fitted, { symbol, slot, nth: nth * 3 + which }))
      const before = process.cpuUsage()
      await upsert(
        lake,
        SURFACES,
        own.flatMap(({ surfaces }) => surfaces),
      )
      await upsert(
        lake,
        SURFACE_GRID,
        own.flatMap(({ grid }) => grid),
      )
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000)
    }
    await mergeFiles(lake, { upTo: key.date })
    return {
      expirations: fitted.surfaces.length,
      fitMs,
      firstSlotsMs: median(times.slice(6, 18)),
      lastSlotsMs: median(times.slice(-12)),
      surfacesBytes: await bytesOf(lake, 'surfaces'),
      gridBytes: await bytesOf(lake, 'surface_grid'),
      yearOfRanksMs: sessions > 0 ? await measureRanks(lake, fitted, { sessions, date: key.date }) : null,
    }
  } finally {
    await lake.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Reads the daily values of whole days of grids before a date. */
async function measureRanks(
  lake: Lake,
  fitted: SurfaceRows,
  { sessions, date }: { readonly sessions: number; readonly date: SessionDate },
): Promise<number> {
  const before = sessionsBetween(addDays(date, -400), addDays(date, -1)).slice(-sessions)
  for (const { date: day, openAt } of before) {
    const grid = Array.from({ length: SLOTS }, (_, nth) =>
      SYMBOLS.flatMap((symbol, which) => {
        const slot = (openAt + nth * INTERVAL_MS) as EpochMs
        return varied(fitted, { symbol, slot, nth: nth * 3 + which }).grid.map((row) => ({
          ...row,
          date: day,
        }))
      }),
    ).flat()
    await replaceDay(lake, SURFACE_GRID, { date: day, rows: grid })
  }
  const windows = before.flatMap(({ date: day }) => {
    const times = observationTimes(day, { symbol: 'SPY' })
    return times ? [{ date: day, ...times.window }] : []
  })
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const startedAtMs = performance.now()
    const found = await gridHistory(lake, 'SPY', { windows, definitionVersion: DEFINITION_VERSION })
    if (found.length === 0) throw new Error('no history was read')
    times.push(performance.now() - startedAtMs)
  }
  return median(times)
}

/** The rows of another symbol and slot, whose figures differ in all digits but the first. */
function varied(
  { surfaces, grid }: SurfaceRows,
  { symbol, slot, nth }: { readonly symbol: string; readonly slot: EpochMs; readonly nth: number },
): SurfaceRows {
  const factor = 1 + 0.001 * Math.sin(nth + 1)
  const moved = <Row extends object>(row: Row): Row =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, movedValue(name, value, factor)]),
    ) as Row
  return {
    surfaces: surfaces.map((row) => ({ ...moved(row), symbol, timestamp: slot })),
    grid: grid.map((row) => ({ ...moved(row), symbol, timestamp: slot })),
  }
}

function movedValue(name: string, value: unknown, factor: number): unknown {
  if (name === 'knots_y' && typeof value === 'string') {
    return JSON.stringify((JSON.parse(value) as number[]).map((y) => Math.round(y * factor * 1e6) / 1e6))
  }
  return typeof value === 'number' && !Number.isInteger(value) ? value * factor : value
}

async function bytesOf(lake: Lake, name: 'surfaces' | 'surface_grid'): Promise<number> {
  const state = await smallState(lake, name === 'surfaces' ? SURFACES : SURFACE_GRID)
  return [...(state?.files.values() ?? [])].reduce((sum, { size }) => sum + size, 0)
}

function processorMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
