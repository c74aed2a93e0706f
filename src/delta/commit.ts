import { join } from 'node:path'
import type { Action, Commit } from './actions.ts'
import { putIfAbsent } from './atomic-file.ts'
import { commitText } from './commit-file.ts'
import { DeltaError, damagedError } from './errors.ts'
import { commitName } from './file-names.ts'
import { readCommit } from './log-segment.ts'
import { type DeltaTable, newer, refresh } from './table.ts'
import { checkWritable, type Located, replay, type TableState } from './table-state.ts'

export type CommitOutcome<File extends Located, Facts> =
  | { readonly kind: 'committed'; readonly state: TableState<File, Facts> }
  /** Nothing was written: prepare the change anew against `state`. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly state: TableState<File, Facts> }

/** A change that was prepared against one version of a table. */
export interface PreparedChange {
  readonly actions: readonly Action[]
  /** Takes back files that were written for it, when it was not committed. */
  withdraw?(): Promise<void>
}

/** A writer that loses this often would not get in at the next attempt either. */
const MOST_ATTEMPTS = 5

/**
 * Adds one commit after `readVersion`, the version that the change was prepared against. Commits of other writers that
 * came in between are accepted where they do not conflict: ours then follows theirs. Once this returns 'committed', the
 * change outlives a power cut.
 * @throws DeltaError 'io'; 'not_flushed' when it is committed but may not outlive a power cut.
 */
export async function commit<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  readVersion: number,
  actions: readonly Action[],
): Promise<CommitOutcome<File, Facts>> {
  checkWritable(table.state, table.folder)
  const { logFolder, checksum, projection } = table
  const bytes = Buffer.from(commitText(actions, checksum))
  const between: Commit[] = []
  for (let version = readVersion + 1; ; version++) {
    const path = join(logFolder, commitName(version))
    const outcome = await putIfAbsent({ path, bytes, unique: table.unique(), below: logFolder })
    // Nothing is read from here on: a disk that fails now must not make what is written look unwritten.
    if (outcome === 'written') {
      table.state = replay(table.state, newer(table, [...between, { version, actions }]), projection)
      return { kind: 'committed', state: table.state }
    }
    const theirs = await readCommit(logFolder, version, checksum)
    if (!theirs) throw damagedError(path, 'its name is taken, but it cannot be found')
    const reason = table.conflict(actions, theirs.actions)
    if (reason !== null) return { kind: 'conflict', reason, state: await refresh(table) }
    between.push(theirs)
  }
}

/**
 * Prepares a change and commits it; on a conflict, prepares it anew against the newer state. Null from `prepare` means
 * that nothing is to be done.
 * @param what the part of the table that changes, for the message.
 * @throws DeltaError 'conflict' when other writers keep coming first; as `commit`; whatever `prepare` throws.
 */
export async function commitWithRetry<File extends Located, Facts, Change extends PreparedChange>(
  table: DeltaTable<File, Facts>,
  prepare: (state: TableState<File, Facts>) => Promise<Change | null>,
  what = 'the same rows',
): Promise<{ readonly state: TableState<File, Facts>; readonly change: Change | null }> {
  let state = await refresh(table)
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const change = await prepare(state)
    if (change === null) return { state, change }
    const outcome = await commit(table, state.version, change.actions).catch(async (error: unknown) => {
      // A commit that exists names the files, flushed or not.
      const isWritten = error instanceof DeltaError && error.code === 'not_flushed'
      if (!isWritten) await change.withdraw?.()
      throw error
    })
    if (outcome.kind === 'committed') return { state: outcome.state, change }
    await change.withdraw?.()
    state = outcome.state
  }
  throw new DeltaError(
    'conflict',
    `${table.folder}: another writer changed ${what} ${MOST_ATTEMPTS} times over: stop it`,
  )
}
