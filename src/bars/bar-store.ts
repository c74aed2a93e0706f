import type { Lake } from '../lake/open.ts'
import { UNDERLYING_BARS } from '../lake/tables/small-tables.ts'
import { rewrite, rowsByPartition } from '../lake/write/write-rows.ts'
import { BAR_MS, UNDERLYING_BARS_KEY, type UnderlyingBarRow } from '../snapshot/underlying-bars.ts'
import { joinBars } from './join-bars.ts'

/** Writes bars to the lake. */
export interface BarStore {
  /**
   * Stores bars, each in place of the stored one of its key; a bar that an earlier run of the program has begun is
   * completed. One commit; once this returns, the bars survive a power cut. Writes nothing for no bars.
   * @throws Failure EXIT.io when a disk operation fails: nothing is then stored.
   */
  write(rows: readonly UnderlyingBarRow[]): Promise<void>
}

/** A bar is written again only while late prices can come. */
const REMEMBERED_MS = 12 * BAR_MS

export function createBarStore(lake: Lake): BarStore {
  /** By key: what was stored when this run first wrote the bar; null for nothing. */
  const firstParts = new Map<string, UnderlyingBarRow | null>()

  function forgetOld(newest: number): void {
    for (const key of firstParts.keys()) {
      if (Number(key.split(' ')[0]) < newest - REMEMBERED_MS) firstParts.delete(key)
    }
  }

  return {
    write: async (rows) => {
      if (rows.length === 0) return
      const next = new Map(
        [...rowsByPartition(UNDERLYING_BARS, rows)].map(([date, fresh]) => [
          date,
          (stored: readonly UnderlyingBarRow[]) => {
            const known = new Map(stored.map((row) => [keyOf(row), row]))
            for (const row of fresh) {
              const key = keyOf(row)
              const part = firstParts.has(key) ? firstParts.get(key) : known.get(key)
              firstParts.set(key, part ?? null)
              known.set(key, part ? joinBars(part, row) : row)
            }
            return [...known.values()].sort(byKey)
          },
        ]),
      )
      await rewrite(lake, UNDERLYING_BARS, { next })
      forgetOld(Math.max(...rows.map(({ timestamp }) => timestamp)))
    },
  }
}

function keyOf(row: UnderlyingBarRow): string {
  return UNDERLYING_BARS_KEY.map((name) => row[name]).join(' ')
}

function byKey(a: UnderlyingBarRow, b: UnderlyingBarRow): number {
  for (const name of UNDERLYING_BARS_KEY) {
    if (a[name] !== b[name]) return a[name] < b[name] ? -1 : 1
  }
  return 0
}
