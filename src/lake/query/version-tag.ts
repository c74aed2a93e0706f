import { currentState, type Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'

/**
 * How long one look at the logs holds, real ms. What this process commits or reads is known at once; another program's
 * commit may be seen this much later.
 */
const LOOK_MS = 50

/**
 * Names the newest versions of all tables: what was read under the same name was read from the same data. However often it
 * is asked, the logs are looked at 20 times a second at most.
 * @throws Failure EXIT.io when a log cannot be read.
 */
export function createVersionTag(lake: Lake, nowMs: () => number = () => performance.now()) {
  let lookedMs = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null

  async function look(): Promise<void> {
    const startedMs = nowMs()
    await Promise.all([currentState(lake), ...SMALL_TABLES.map((table) => smallState(lake, table))])
    lookedMs = startedMs
  }

  return async (): Promise<string> => {
    if (nowMs() - lookedMs >= LOOK_MS) {
      looking ??= look().finally(() => {
        looking = null
      })
      await looking
    }
    const known = await Promise.all(SMALL_TABLES.map(({ name }) => lake.smallTables.get(name) ?? null))
    return [lake.snapshots, ...known].map((table) => table?.state.version ?? '-').join('.')
  }
}
