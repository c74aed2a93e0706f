import { currentState, type Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'

/**
 * Names the newest versions of all tables: what was read under the same name was read from the same data.
 * @throws Failure EXIT.io when a log cannot be read.
 */
export async function versionTag(lake: Lake): Promise<string> {
  const [snapshots, ...others] = await Promise.all([
    currentState(lake),
    ...SMALL_TABLES.map((table) => smallState(lake, table)),
  ])
  return [snapshots, ...others].map((state) => state?.version ?? '-').join('.')
}
