import type { Action, DeltaTable, Located, TableState } from '../../delta/index.ts'
import { commitWithRetry, renameIntoPlace } from '../delta.ts'
import { checkOpen, type Lake } from '../open.ts'
import { type StagedFile, withdraw } from './data-file.ts'

/** A change to one table: the actions of its commit, and the new data files they add. */
export interface TableChange {
  readonly actions: readonly Action[]
  readonly staged: readonly StagedFile[]
}

/**
 * All writes to tables of the lake go through this function. It prepares a change against the newest state, renames the
 * data files into place, and commits. Readers see the files only after the commit. If another writer has changed the
 * same rows, the change is prepared again. If `prepare` returns null, there is nothing to do. Once this returns, the
 * change survives a power cut.
 * @param what the part of the table that changes, for error messages.
 * @throws Failure EXIT.io when a disk operation fails: nothing of the change is left. EXIT.tryLater when another writer
 * keeps changing the same rows. Any error of `prepare`.
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
      try {
        checkWriting(lake)
      } catch (error) {
        await withdraw(change.staged)
        throw error
      }
      await renameIntoPlace(change.staged.map(({ file }) => file))
      return { ...change, withdraw: () => withdraw(change.staged) }
    },
    what,
  )
}

/** @throws RangeError when the lake is closed, or open for reading only. */
export function checkWriting(lake: Lake): void {
  checkOpen(lake)
  if (lake.mode !== 'write') throw new RangeError(`${lake.layout.root} is open for reading only`)
}
