import { join } from 'node:path'
import type { Action, Commit } from './actions.ts'
import { putIfAbsent } from './atomic-file.ts'
import { commitText } from './commit-file.ts'
import { DeltaError, damagedError } from './errors.ts'
import { commitName } from './file-names.ts'
import { readCommit } from './log-segment.ts'
import { commitsAfterState, completedFiles, type DeltaTable, refresh } from './table.ts'
import { checkWritable, type Located, replay, type TableState, withFiles } from './table-state.ts'

export type CommitOutcome<File extends Located, Facts> =
  | { readonly kind: 'committed'; readonly state: TableState<File, Facts> }
  /** Nothing was written. Prepare the change again against `state`. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly state: TableState<File, Facts> }

/** A change prepared against one version of a table. */
export interface PreparedChange {
  readonly actions: readonly Action[]
  /** Deletes files written for the change. Called if it was not committed. */
  withdraw?(): Promise<void>
}

/** A writer that loses this often would probably lose the next attempt too. */
const MAX_ATTEMPTS = 5

/**
 * Adds one commit after `readVersion`, the version that the change was prepared against. If other writers have
 * committed since then without a conflict, our commit follows theirs. Once this returns 'committed', the change
 * survives a power cut.
 * @throws DeltaError 'io'; 'not_flushed' when the change is committed but may not survive a power cut.
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
  const completed = [...(await completedFiles(table, [{ version: readVersion + 1, actions }]))]
  for (let version = readVersion + 1; ; version++) {
    const path = join(logFolder, commitName(version))
    const outcome = await putIfAbsent({ path, bytes, unique: table.unique(), below: logFolder })
    // No reads from here on: if the disk fails now, the written commit must not be reported as failed.
    if (outcome === 'written') {
      const commits = commitsAfterState(table, [...between, { version, actions }])
      table.state = withFiles(replay(table.state, commits, projection), completed)
      return { kind: 'committed', state: table.state }
    }
    const theirs = await readCommit(logFolder, version, checksum)
    if (!theirs) throw damagedError(path, 'its name is taken, but the file cannot be found')
    const reason = table.conflict(actions, theirs.actions)
    if (reason !== null) return { kind: 'conflict', reason, state: await refresh(table) }
    between.push(theirs)
    completed.push(...(await completedFiles(table, [theirs])))
  }
}

/**
 * Prepares a change and commits it. On a conflict, prepares it again against the newer state. If `prepare` returns
 * null, there is nothing to do.
 * @param what the part of the table that changes, for error messages.
 * @throws DeltaError 'conflict' when other writers keep committing first; as `commit`; any error of `prepare`.
 */
export async function commitWithRetry<File extends Located, Facts, Change extends PreparedChange>(
  table: DeltaTable<File, Facts>,
  prepare: (state: TableState<File, Facts>) => Promise<Change | null>,
  what = 'the same rows',
): Promise<{ readonly state: TableState<File, Facts>; readonly change: Change | null }> {
  let state = await refresh(table)
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const change = await prepare(state)
    if (change === null) return { state, change }
    const outcome = await commit(table, state.version, change.actions).catch(async (error: unknown) => {
      // If the commit exists, flushed or not, it names the files, so they must stay.
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
    `${table.folder}: another writer changed ${what} ${MAX_ATTEMPTS} times over: stop it`,
  )
}
