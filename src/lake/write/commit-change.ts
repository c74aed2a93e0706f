import type { Action, DeltaTable, Located, TableState } from '../../delta/index.ts'
import { commitWithRetry, renameIntoPlace } from '../delta.ts'
import type { Lake } from '../open.ts'
import { type StagedFile, withdraw } from './data-file.ts'

/** A change to one table: the actions of its commit, and the new data files among them. */
export interface TableChange {
  readonly actions: readonly Action[]
  readonly staged: readonly StagedFile[]
}

/**
 * The one way in which tables of the lake are written. Prepares a change against the newest state, renames its data
 * files into place, and commits; readers of the table see the files only then. If another writer changed the same rows
 * in the meantime, the change is prepared again. Null from `prepare` means that there is nothing to do. Once this
 * returns, the change survives a power cut.
 * @param what the part of the table that changes, for the message.
 * @throws Failure EXIT.io when the disk refuses: nothing of the change is left. EXIT.tryLater when another writer keeps
 * changing the same rows. Whatever `prepare` throws.
 */
export function commitChange<File extends Located, Facts, Change extends TableChange>(
  lake: Lake,
  {
    table,
    what,
    prepare,
  }: {
    readonly table: DeltaTable<File, Facts>
    readonly what: string
    readonly prepare: (state: TableState<File, Facts>) => Promise<Change | null>
  },
): Promise<{ readonly state: TableState<File, Facts>; readonly change: Change | null }> {
  checkWriting(lake)
  return commitWithRetry(
    table,
    async (state) => {
      const change = await prepare(state)
      if (change === null) return null
      await renameIntoPlace(change.staged.map(({ file }) => file))
      return { ...change, withdraw: () => withdraw(change.staged) }
    },
    what,
  )
}

/** @throws RangeError when the lake is open for reading only. */
export function checkWriting(lake: Lake): void {
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
}
