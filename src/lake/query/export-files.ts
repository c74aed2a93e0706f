import type { ExpiryDate, SessionDate } from '../../market/units.ts'
import { currentState, type Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { readFailure } from './errors.ts'
import { filesOf } from './file-index.ts'
import { snapshotSource } from './snapshot-source.ts'

/** Which files of `option_snapshots` to read. */
export interface FileChoice {
  /** All symbols if left out. */
  readonly symbols?: readonly string[] | undefined
  /** Trade dates, inclusive; all if left out. */
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

/** The data files of some symbols and dates, by symbol and first slot. @throws Failure EXIT.io when the log cannot be read. */
export async function snapshotFiles(lake: Lake, choice: FileChoice = {}): Promise<readonly SnapshotFile[]> {
  const state = await currentState(lake)
  const symbols = choice.symbols ?? [...new Set([...state.files.values()].map(({ symbol }) => symbol))].sort()
  return symbols.flatMap((symbol) =>
    filesOf(state, symbol).filter(
      ({ date }) =>
        (choice.from === undefined || date >= choice.from) && (choice.to === undefined || date <= choice.to),
    ),
  )
}

/** The expirations that have rows in the files, earliest first. @throws Failure EXIT.io */
export async function expiriesIn(lake: Lake, files: readonly SnapshotFile[]): Promise<ExpiryDate[]> {
  if (files.length === 0) return []
  const sql = `SELECT DISTINCT expiry FROM ${snapshotSource(lake, files)} ORDER BY 1`
  return lake.engine.use(async (connection) => {
    const result = await connection.run(sql).catch(async (error: unknown) => {
      throw await readFailure(lake, { folder: lake.layout.table, files }, error)
    })
    return (await result.getRows()).map(([expiry]) => expiry as ExpiryDate)
  })
}
