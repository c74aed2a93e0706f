import { join } from 'node:path'
import type { Action, Commit } from './actions.ts'
import { tryPutIfAbsent } from './atomic-file.ts'
import { commitText, parseActions } from './commit-file.ts'
import { DeltaError, damagedError } from './errors.ts'
import { commitName } from './file-names.ts'
import { readCommit } from './log-segment.ts'
import { checkCommit } from './protocol.ts'
import { commitsAfterState, completedFiles, type DeltaTable, refresh } from './table.ts'
import { type Located, replay, type TableState, withFiles } from './table-state.ts'

export type CommitOutcome<File extends Located, Facts> =
  | { readonly kind: 'committed'; readonly state: TableState<File, Facts> }
  /** Nothing was written. Prepare the change again against `state`. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly state: TableState<File, Facts> }

/** A change prepared against one version of a table. */
export interface PreparedChange {
  readonly actions: readonly Action[]
  /** Deletes files written for the change. Called only if the commit is certainly not in the log. */
  withdraw?(): Promise<void>
}

/** A writer that loses this often would probably lose the next attempt too. */
const MAX_ATTEMPTS = 5

/** What became of one attempt, and whether the log has the commit. */
type Attempt<File extends Located, Facts> =
  | (CommitOutcome<File, Facts> & { readonly kind: 'conflict' })
  | (CommitOutcome<File, Facts> & { readonly kind: 'committed'; readonly notFlushed: DeltaError | null })
  /** The log may have the commit: its files must stay. */
  | { readonly kind: 'uncertain'; readonly error: DeltaError }

/**
 * Adds one commit after `readVersion`, the version that the change was prepared against. If other writers have
 * committed since then without a conflict, our commit follows theirs. Once this returns 'committed', the change
 * survives a power cut.
 * @throws DeltaError 'io'; 'not_flushed' when the change is committed but may not survive a power cut; 'uncertain' when
 * that it is committed is not known; 'protocol_unsupported' when the table must not be written; 'refused' when its rules
 * do not allow the change, or when no reader could read it. In the last two cases nothing was written.
 */
export async function commit<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  readVersion: number,
  actions: readonly Action[],
): Promise<CommitOutcome<File, Facts>> {
  return outcomeOf(await attemptCommit(table, readVersion, actions))
}

function outcomeOf<File extends Located, Facts>(attempt: Attempt<File, Facts>): CommitOutcome<File, Facts> {
  if (attempt.kind === 'uncertain') throw attempt.error
  if (attempt.kind === 'conflict') return attempt
  if (attempt.notFlushed) throw attempt.notFlushed
  return { kind: 'committed', state: attempt.state }
}

/** Throws only if the commit is certainly not in the log. */
async function attemptCommit<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  readVersion: number,
  actions: readonly Action[],
): Promise<Attempt<File, Facts>> {
  const { folder, logFolder, checksum, projection } = table
  // The caller may know a version that another handle of the table has read.
  if (table.state.version < readVersion) await refresh(table)
  // Makes the text unlike that of any other commit, so that a lost answer can be told from a lost race.
  const txnId = table.unique()
  const text = commitText(withTransactionId(actions, txnId), checksum)
  const bytes = Buffer.from(text)
  const between: Commit[] = []
  const completed: File[] = []
  for (let version = readVersion + 1; ; version++) {
    const path = join(logFolder, commitName(version))
    const base = withFiles(
      replay(table.state, commitsAfterState(table, between), projection, folder),
      completed,
    )
    const ours = { version, actions: readBack(text, path) }
    checkCommit(base, ours.actions, folder)
    const next = await stateAfter(table, base, ours)
    const unique = version === readVersion + 1 ? txnId : table.unique()
    const outcome = await tryPutIfAbsent({ path, bytes, unique, below: logFolder })
    // Nothing is read and nothing can fail from here on: the commit is in the log.
    if (outcome.kind === 'written') {
      if (table.state.version < version) table.state = next
      return { kind: 'committed', state: table.state, notFlushed: outcome.notFlushed }
    }
    if (outcome.kind === 'failed') {
      if (outcome.isWritten === 'unknown') return { kind: 'uncertain', error: outcome.error }
      throw outcome.error
    }
    const theirs = await readCommit(logFolder, version, checksum)
    if (!theirs) throw damagedError(path, 'its name is taken, but the file cannot be found')
    const reason = table.conflict(actions, theirs.actions)
    if (reason !== null) return { kind: 'conflict', reason, state: await refresh(table) }
    between.push(theirs)
    completed.push(...(await completedFiles(table, [theirs])))
  }
}

/** The state that readers of the commit will have, found before it is written. @throws DeltaError 'refused' */
async function stateAfter<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  base: TableState<File, Facts>,
  ours: Commit,
): Promise<TableState<File, Facts>> {
  const { folder, projection } = table
  try {
    const completed = await completedFiles(table, [ours])
    return withFiles(replay(base, [ours], projection, folder), completed)
  } catch (error) {
    throw unreadableError(`${folder} at version ${ours.version}`, error)
  }
}

/** The actions as every reader will parse them. @throws DeltaError 'refused' */
function readBack(text: string, path: string): Action[] {
  try {
    return parseActions(text, path)
  } catch (error) {
    throw unreadableError(path, error)
  }
}

function unreadableError(what: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = `${what} is not committed, because no reader could use it: ${error.message}`
  return new DeltaError('refused', message, error)
}

/** Delta's `txnId` identifies a commit. An id that the caller has chosen is kept. */
function withTransactionId(actions: readonly Action[], txnId: string): Action[] {
  if (!actions.some((action) => 'commitInfo' in action)) return [{ commitInfo: { txnId } }, ...actions]
  return actions.map((action) =>
    'commitInfo' in action ? { commitInfo: { ...action.commitInfo, txnId } } : action,
  )
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
    const made = await attemptCommit(table, state.version, change.actions).catch(async (error: unknown) => {
      await change.withdraw?.()
      throw error
    })
    const outcome = outcomeOf(made)
    if (outcome.kind === 'committed') return { state: outcome.state, change }
    await change.withdraw?.()
    state = outcome.state
  }
  throw new DeltaError(
    'conflict',
    `${table.folder}: another writer changed ${what} ${MAX_ATTEMPTS} times over: stop it`,
  )
}
