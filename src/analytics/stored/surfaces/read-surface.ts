import type { Lake } from '../../../lake/open.ts'
import { chainAt } from '../../../lake/query/chains.ts'
import { gridHistory } from '../../../lake/query/grid-history.ts'
import { readRows } from '../../../lake/tables/read-rows.ts'
import { SURFACE_GRID, SURFACES } from '../../../lake/tables/small-tables.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../market/units.ts'
import { type FigureSymbol, kindOfRows, observationTimes, sessionsOf } from '../../figure-session.ts'
import type { AnalyticsOptions } from '../../options.ts'
import { historyStart } from '../../ranks/rank.ts'
import { LONGEST_WINDOW } from '../../ranks/rank-figures.ts'
import type { GridHistory } from '../../surface-grid/grid-ranks.ts'
import { FIGURE_COLUMNS, sessionDates } from '../reader.ts'
import { fittedRows } from './store-surfaces.ts'
import type { SurfaceKey, SurfaceRows } from './surface-rows.ts'

/** The surface of one symbol's slot, and the earlier sessions that its grid is ranked among. */
export interface SurfaceData extends SurfaceKey, SurfaceRows {
  /** Whether the rows are those of the tables; otherwise they were fitted to the stored chain just now. */
  readonly isStored: boolean
  readonly history: GridHistory
}

/**
 * The surface of the newest slot of a symbol, or of the newest at or before `at`: as stored, else fitted to the stored
 * chain, which gives the same with the same settings. Null if the symbol has no slot with options.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function surfaceData(
  lake: Lake,
  symbol: string,
  { options, at }: { readonly options: AnalyticsOptions; readonly at?: EpochMs | undefined },
): Promise<SurfaceData | null> {
  const columns = [...FIGURE_COLUMNS, 'date'] as const
  const chain = await chainAt(lake, symbol, { at, columns })
  const [first] = chain
  if (!first) return null
  const key = { symbol, slot: epochMs(first.timestamp), date: sessionDate(first.date) }
  const stored = await storedRows(lake, key)
  const rows = stored ?? fittedRows(chain, key, options)
  const history = await historyOf(lake, { symbol, kind: kindOfRows(chain) }, { ...key, rows })
  return { ...key, ...rows, isStored: stored !== null, history }
}

/**
 * The rows of a slot in both tables. Null without any, and where they do not belong together: each table has a commit of its
 * own, and a process may end between the two.
 */
async function storedRows(lake: Lake, { symbol, slot, date }: SurfaceKey): Promise<SurfaceRows | null> {
  const only = { symbol, from: date, to: date, slot }
  const surfaces = await readRows(lake, SURFACES, only)
  if (surfaces.length === 0) return null
  const grid = await readRows(lake, SURFACE_GRID, only)
  const versions = new Set([...surfaces, ...grid].map(({ definition_version: version }) => version))
  return grid.length > 0 && versions.size === 1 ? { surfaces, grid } : null
}

/** The observations of the sessions before a date, of the version of the rows. */
async function historyOf(
  lake: Lake,
  one: FigureSymbol,
  { date, rows }: { readonly date: SessionDate; readonly rows: SurfaceRows },
): Promise<GridHistory> {
  const dates = sessionDates(historyStart(date, LONGEST_WINDOW), date, sessionsOf(one))
  const earlier = dates.filter((session) => session < date).slice(-LONGEST_WINDOW)
  const windows = earlier.flatMap((session) => {
    const times = observationTimes(session, one)
    return times ? [{ date: session, ...times.window }] : []
  })
  const [first] = rows.grid
  if (!first) return { observations: [], sessions: dates }
  const definitionVersion = first.definition_version
  return {
    observations: await gridHistory(lake, one.symbol, { windows, definitionVersion }),
    sessions: dates,
  }
}
