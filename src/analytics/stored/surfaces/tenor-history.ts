import type { Lake } from '../../../lake/open.ts'
import {
  type GridObservation,
  gridFiles,
  gridHistory,
  type SessionWindow,
} from '../../../lake/query/grid-history.ts'
import type { SessionDate } from '../../../market/units.ts'

/** The daily values of a symbol's grid, by date; those of sessions that were asked for before come from memory. */
export type TenorHistory = (
  symbol: string,
  question: { readonly windows: readonly SessionWindow[]; readonly definitionVersion: number },
) => Promise<readonly GridObservation[]>

/** Some forty values each: a year of eight symbols takes about ten megabytes. */
const MOST_DAYS = 2_016

interface KnownDay {
  /** The files that the values were read from. */
  readonly files: string
  readonly observations: readonly GridObservation[]
}

/**
 * Reads the daily values of a lake's grid and keeps them as long as their files are the same: opening the files of a year
 * takes most of the time of an answer, and a page asks for the same year again with each session that it shows.
 */
export function createTenorHistory(lake: Lake): TenorHistory {
  const known = new Map<string, KnownDay>()
  return async (symbol, { windows, definitionVersion }) => {
    const files = await gridFiles(lake, windows)
    const keyOf = (date: SessionDate) => `${symbol} ${definitionVersion} ${date}`
    const stored = windows.filter(({ date }) => files.has(date))
    const unknown = stored.filter(({ date }) => known.get(keyOf(date))?.files !== files.get(date))
    const read =
      unknown.length > 0 ? await gridHistory(lake, symbol, { windows: unknown, definitionVersion }) : []
    const fresh = new Map(unknown.map(({ date }) => [date, [] as GridObservation[]]))
    for (const one of read) fresh.get(one.date)?.push(one)
    const days = stored.map(({ date }) => fresh.get(date) ?? known.get(keyOf(date))?.observations ?? [])
    for (const [date, observations] of fresh) {
      known.delete(keyOf(date))
      known.set(keyOf(date), { files: files.get(date) as string, observations })
    }
    for (const key of known.keys()) {
      if (known.size <= MOST_DAYS) break
      known.delete(key)
    }
    return days.flat()
  }
}
