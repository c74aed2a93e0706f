import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../../lake/open.ts'
import { SURFACE_GRID, SURFACES } from '../../../lake/tables/small-tables.ts'
import { upsert } from '../../../lake/write/write-rows.ts'
import { expiryTimesOf } from '../../../market/option-hours.ts'
import { type DueSlot, slotOf } from '../../../market/slot.ts'
import { type ChainRow, groupChain } from '../../chain.ts'
import { type AnalyticsOptions, carryOf, tradingTimeWeights } from '../../options.ts'
import { fitSurface } from '../../surface/fit-surface.ts'
import { createTradingClock } from '../../trading-time.ts'
import { rowsAt } from '../stored-figures.ts'
import { type SurfaceKey, type SurfaceRows, surfaceRows } from './surface-rows.ts'

/** A symbol whose surface could not be fitted. */
export interface SurfaceFault {
  readonly symbol: string
  readonly error: unknown
}

/**
 * Fits the surfaces of a stored slot and writes them, one commit for each of the two tables. The rows are read as the lake
 * returns them, so that a rebuild gives the same bits. Other work of the process can run between two symbols. Nothing is
 * done where the settings want no surfaces. Returns the symbols without one.
 * @throws Failure EXIT.io when the lake cannot be read or written.
 */
export async function storeSurfaces(
  lake: Lake,
  slot: Pick<DueSlot, 'at' | 'dates'>,
  { symbols, options }: { readonly symbols: readonly string[]; readonly options: AnalyticsOptions },
): Promise<readonly SurfaceFault[]> {
  if (!options.surface) return []
  const all: SurfaceRows[] = []
  const faults: SurfaceFault[] = []
  for (const symbol of symbols) {
    await setImmediate()
    const rows = await rowsAt(lake, symbol, slot.at)
    const { at, date } = slotOf(slot, symbol)
    try {
      all.push(fittedRows(rows, { symbol, slot: at, date }, options))
    } catch (error) {
      faults.push({ symbol, error })
    }
  }
  await setImmediate()
  await upsert(
    lake,
    SURFACES,
    all.flatMap(({ surfaces }) => surfaces),
  )
  await upsert(
    lake,
    SURFACE_GRID,
    all.flatMap(({ grid }) => grid),
  )
  return faults
}

/** The surface of one symbol's slot as rows of both tables; none for futures without options. Pure. */
export function fittedRows(
  rows: readonly ChainRow[],
  key: SurfaceKey,
  options: AnalyticsOptions,
): SurfaceRows {
  const { symbol, slot } = key
  const chain = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  if (chain.expirations.length === 0) return { surfaces: [], grid: [] }
  const fit = fitSurface({ chain, carry: carryOf(options, symbol) })
  return surfaceRows(fit, key, createTradingClock(tradingTimeWeights(options, symbol)))
}
