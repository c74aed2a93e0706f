import type { Lake } from '../../../lake/open.ts'
import { chainAsOf } from '../../../lake/query/chains.ts'
import type { GridObservation } from '../../../lake/query/grid-history.ts'
import { readRows } from '../../../lake/tables/read-rows.ts'
import { SURFACE_GRID } from '../../../lake/tables/small-tables.ts'
import type { InstrumentKind } from '../../../market/instrument.ts'
import { instrumentNamed } from '../../../market/instruments.ts'
import { epochMs, type SessionDate } from '../../../market/units.ts'
import { DEFINITION_VERSION } from '../../../snapshot/definition-version.ts'
import type { SurfaceGridRow } from '../../../snapshot/surface/surface-grid.ts'
import { kindOfRows, observationTimes, sessionsOf } from '../../figure-session.ts'
import { historyStart } from '../../ranks/rank.ts'
import { LONGEST_WINDOW } from '../../ranks/rank-figures.ts'
import { sessionDates } from '../reader.ts'
import type { TenorHistory } from './tenor-history.ts'

/** The grid of all slots of a trade date, and the daily values of the sessions before it. */
export interface TenorData {
  readonly symbol: string
  readonly date: SessionDate
  /** By slot. */
  readonly slots: readonly SurfaceGridRow[]
  /** Of the version of the date's rows, else of this program's. */
  readonly definitionVersion: number
  /** One value a session and point, by date, of the window of ranks. */
  readonly observations: readonly GridObservation[]
  /** Trade dates up to the date, ascending, at least those of the window of ranks. */
  readonly sessions: readonly SessionDate[]
}

/** @throws Failure EXIT.io when the lake cannot be read. */
export async function tenorData(
  lake: Lake,
  symbol: string,
  { date, history }: { readonly date: SessionDate; readonly history: TenorHistory },
): Promise<TenorData> {
  const slots = await readRows(lake, SURFACE_GRID, { symbol, from: date, to: date })
  const definitionVersion = slots.at(-1)?.definition_version ?? DEFINITION_VERSION
  const one = { symbol, kind: await kindOf(lake, symbol, slots.at(-1)) }
  const sessions = sessionDates(historyStart(date, LONGEST_WINDOW), date, sessionsOf(one))
  const windows = sessions
    .filter((session) => session < date)
    .slice(-LONGEST_WINDOW)
    .flatMap((session) => {
      const times = observationTimes(session, one)
      return times ? [{ date: session, ...times.window }] : []
    })
  const observations = await history(symbol, { windows, definitionVersion })
  return { symbol, date, slots, definitionVersion, observations, sessions }
}

/** What the options of a slot are on; without a slot what the table of instruments has under the name. */
async function kindOf(
  lake: Lake,
  symbol: string,
  row: SurfaceGridRow | undefined,
): Promise<InstrumentKind | null> {
  if (row === undefined) return instrumentNamed(symbol).kind
  const at = epochMs(row.timestamp)
  return kindOfRows(await chainAsOf(lake, symbol, { at, columns: ['underlying_type'] }))
}
