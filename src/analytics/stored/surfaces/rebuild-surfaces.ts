import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../../lake/open.ts'
import { readRows } from '../../../lake/tables/read-rows.ts'
import { SURFACE_GRID, SURFACES } from '../../../lake/tables/small-tables.ts'
import { replaceDay } from '../../../lake/write/write-rows.ts'
import { epochMs } from '../../../market/units.ts'
import { SURFACE_GRID_KEY, type SurfaceGridRow } from '../../../snapshot/surface/surface-grid.ts'
import { SURFACE_KEY, type SurfaceRow } from '../../../snapshot/surface/surfaces.ts'
import type { AnalyticsOptions } from '../../options.ts'
import { chainsOf, type StoredDay } from '../rebuild.ts'
import { sameRow } from '../stored-figures.ts'
import { fittedRows } from './store-surfaces.ts'
import type { SurfaceKey } from './surface-rows.ts'

/** The result of one day's rebuild. */
export interface RebuiltSurfaces {
  /** Surfaces fitted: one for each symbol and slot with options. */
  readonly fitted: number
  /** Rows of `surfaces` that were added, changed or removed. */
  readonly surfacesChanged: number
  /** Rows of `surface_grid` that were added, changed or removed. */
  readonly gridChanged: number
}

/**
 * Fits a day's surfaces again from its stored chains. If any bit differs from the stored rows, the new rows replace them
 * in one commit for each table. Rows whose chain is no longer stored are kept; of a slot with its chain only the new rows
 * stay. Days do not depend on each other. Returns null if stopped by the signal; the day is then unchanged.
 */
export async function rebuildSurfaces(
  lake: Lake,
  day: StoredDay,
  {
    options,
    signal,
    onSurface,
  }: { readonly options: AnalyticsOptions; readonly signal: AbortSignal; onSurface?(): void },
): Promise<RebuiltSurfaces | null> {
  const { date } = day
  const range = { from: date, to: date }
  const surfaces = new Map((await readRows(lake, SURFACES, range)).map((row) => [surfaceKeyOf(row), row]))
  const grid = new Map((await readRows(lake, SURFACE_GRID, range)).map((row) => [gridKeyOf(row), row]))
  let [fitted, surfacesChanged, gridChanged] = [0, 0, 0]
  for await (const { entry, chain } of chainsOf(lake, day)) {
    if (signal.aborted) return null
    onSurface?.()
    if (chain.length === 0) continue
    const key = { symbol: entry.symbol, slot: epochMs(entry.timestamp), date }
    const rows = fittedRows(chain, key, options)
    fitted++
    surfacesChanged += replaceSlot(surfaces, rows.surfaces, { ...key, keyOf: surfaceKeyOf })
    gridChanged += replaceSlot(grid, rows.grid, { ...key, keyOf: gridKeyOf })
    await setImmediate()
  }
  if (surfacesChanged > 0) await replaceDay(lake, SURFACES, { date, rows: [...surfaces.values()] })
  if (gridChanged > 0) await replaceDay(lake, SURFACE_GRID, { date, rows: [...grid.values()] })
  return { fitted, surfacesChanged, gridChanged }
}

/**
 * Puts the rows of a symbol's slot in place of those it has. Returns how many are added, changed or, because the chain has
 * no such expiration, removed.
 */
function replaceSlot<Row extends { readonly timestamp: number; readonly symbol: string }>(
  all: Map<string, Row>,
  rows: readonly Row[],
  { slot, symbol, keyOf }: Pick<SurfaceKey, 'slot' | 'symbol'> & { readonly keyOf: (row: Row) => string },
): number {
  const keys = new Set(rows.map(keyOf))
  let changed = 0
  for (const [key, row] of all) {
    if (row.timestamp !== slot || row.symbol !== symbol || keys.has(key)) continue
    all.delete(key)
    changed++
  }
  for (const row of rows) {
    if (!sameRow(all.get(keyOf(row)) ?? {}, row)) changed++
    all.set(keyOf(row), row)
  }
  return changed
}

function surfaceKeyOf(row: SurfaceRow): string {
  return SURFACE_KEY.map((name) => row[name]).join(' ')
}

function gridKeyOf(row: SurfaceGridRow): string {
  return SURFACE_GRID_KEY.map((name) => row[name]).join(' ')
}
