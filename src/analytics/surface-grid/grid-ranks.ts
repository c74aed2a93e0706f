import type { GridObservation } from '../../lake/query/grid-history.ts'
import type { SessionDate } from '../../market/units.ts'
import type { SurfaceGridRow } from '../../snapshot/surface/surface-grid.ts'
import { type RankResult, rankOf } from '../ranks/rank.ts'
import { LONGEST_WINDOW } from '../ranks/rank-figures.ts'

/** Earlier sessions of the grid of one symbol. */
export interface GridHistory {
  /** Of the version of definitions that the ranked values have. */
  readonly observations: readonly GridObservation[]
  /** Trade dates of the symbol, ascending, covering at least the window; see `historyStart`. */
  readonly sessions: readonly SessionDate[]
}

/** Names a point of the grid. */
type GridPlace = Pick<SurfaceGridRow, 'tenor_days' | 'point'>

/** Gives rank and percentile of each point among its own values of the 252 sessions before `today`. Pure. */
export function gridRanks(
  { observations, sessions }: GridHistory,
  today: SessionDate,
): (row: GridPlace & Pick<SurfaceGridRow, 'iv'>) => RankResult {
  const byPlace = new Map<string, { date: SessionDate; value: number; source: 'chain' }[]>()
  for (const { date, tenorDays, point, iv } of observations) {
    const place = placeOf({ tenor_days: tenorDays, point })
    const own = byPlace.get(place) ?? []
    own.push({ date, value: iv, source: 'chain' })
    byPlace.set(place, own)
  }
  return (row) =>
    rankOf(byPlace.get(placeOf(row)) ?? [], {
      ...{ current: row.iv, source: 'chain', today, sessions, window: LONGEST_WINDOW },
    })
}

function placeOf({ tenor_days, point }: GridPlace): string {
  return `${tenor_days} ${point}`
}
