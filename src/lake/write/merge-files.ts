import type { SessionDate } from '../../market/units.ts'
import type { Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { sortedByKey } from '../tables/read-rows.ts'
import { type SmallTable, TABLES_OF_ROWS } from '../tables/small-tables.ts'
import { filesByPartition, rewrite } from './write-rows.ts'

/**
 * Makes one file of each day up to a trade date in the tables that begin several, one commit for each day. Returns the
 * number of days. Nothing is written for a day of one file.
 * @throws Failure EXIT.io when a disk operation fails: the day is then unchanged.
 */
export async function mergeFiles(
  lake: Lake,
  { upTo, signal }: { readonly upTo: SessionDate; readonly signal?: AbortSignal },
): Promise<number> {
  let merged = 0
  const tables: readonly SmallTable[] = TABLES_OF_ROWS
  for (const table of tables.filter(({ fileRows }) => fileRows !== undefined)) {
    const state = await smallState(lake, table)
    for (const [date, files] of filesByPartition(state?.files.values() ?? [])) {
      if (signal?.aborted) return merged
      if (files.length < 2 || date === null || date > upTo) continue
      await rewrite(lake, table, { next: new Map([[date, (stored) => sortedByKey(table, stored)]]) })
      merged++
    }
  }
  return merged
}
