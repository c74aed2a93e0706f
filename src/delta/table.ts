import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Commit } from './actions.ts'
import { exists } from './atomic-file.ts'
import type { CheckpointFault } from './checkpoint/read-checkpoint.ts'
import type { ChecksumKeys } from './commit-file.ts'
import { type ConflictRule, conflictByProtocol } from './conflict.ts'
import { damagedError } from './errors.ts'
import { commitName, logFolderOf } from './file-names.ts'
import { findSegment, newestVersion, readCommits } from './log-segment.ts'
import {
  DATA_FILES,
  type DataFile,
  emptyState,
  filesAddedBy,
  type Located,
  type Projection,
  replay,
  type TableState,
  withCompletedFiles,
  withFiles,
} from './table-state.ts'

/** A table on disk, and the newest state read from its log. Keeps no files open. */
export interface DeltaTable<File extends Located = DataFile, Facts = null> {
  /** Absolute or relative to the working directory, as given. */
  readonly folder: string
  readonly logFolder: string
  readonly checksum: ChecksumKeys | null
  readonly conflict: ConflictRule
  readonly projection: Projection<File, Facts>
  /** Names temporary files. */
  unique(): string
  state: TableState<File, Facts>
  /** Version of the newest checkpoint known to be intact; −1 without one. */
  checkpoint: number
  /** Checkpoints skipped while loading, because they cannot be used. The state is complete without them. */
  faults: readonly CheckpointFault[]
}

export interface TableOptions {
  /** Returns a name never used before in this table; random by default. */
  readonly unique?: () => string
  /** Where commits and checkpoints store checksums; by default they have none. */
  readonly checksum?: ChecksumKeys
  /** Conflicts in addition to those of the protocol, such as added rows that the change should have read. */
  readonly conflict?: ConflictRule
}

/**
 * Reads a table: its newest intact checkpoint and the commits after it. A log without commits is a table of version −1.
 * @throws DeltaError 'io'; 'damaged' naming the commit or checkpoint that is missing, truncated or unreadable, unless
 * others make up for it; 'protocol_unsupported' when the table needs a newer reader.
 */
export function loadTable(folder: string, options: TableOptions = {}): Promise<DeltaTable> {
  return loadProjectedTable(folder, DATA_FILES, options)
}

/** The same, but keeps only what the projection selects from each file and commit. */
export async function loadProjectedTable<File extends Located, Facts>(
  folder: string,
  projection: Projection<File, Facts>,
  { unique = randomUUID, checksum, conflict }: TableOptions = {},
): Promise<DeltaTable<File, Facts>> {
  const table: DeltaTable<File, Facts> = {
    folder,
    logFolder: logFolderOf(folder),
    checksum: checksum ?? null,
    conflict: bothRules(conflict),
    projection,
    unique,
    state: emptyState(projection),
    checkpoint: -1,
    faults: [],
  }
  await reload(table)
  return table
}

/** Reads only the commits that are new since the last read, and returns the newest state. @throws as `loadTable`. */
export async function refresh<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
): Promise<TableState<File, Facts>> {
  const commits = await readCommits(table.logFolder, { from: table.state.version + 1 }, table.checksum)
  if (commits.length === 0 && (await wasCleanedUp(table))) {
    await reload(table)
    return table.state
  }
  const completed = await completedFiles(table, commits)
  const news = commitsAfterState(table, commits)
  table.state = withFiles(replay(table.state, news, table.projection, table.folder), completed)
  return table.state
}

/** The files of commits to which the projection has added what the log does not say. Await this before `replay`. */
export async function completedFiles<File extends Located, Facts>(
  { folder, projection }: DeltaTable<File, Facts>,
  commits: readonly Commit[],
): Promise<readonly File[]> {
  if (!projection.complete || commits.length === 0) return []
  return projection.complete(folder, filesAddedBy(commits, projection))
}

/** The commits not yet in the state. Another refresh may have added some while these were read or written. */
export function commitsAfterState<C extends { readonly version: number }>(
  table: DeltaTable<Located, unknown>,
  commits: readonly C[],
): C[] {
  return commits.filter((commit) => commit.version > table.state.version)
}

async function reload<File extends Located, Facts>(table: DeltaTable<File, Facts>): Promise<void> {
  const { folder, logFolder, checksum, projection } = table
  let segment = await findSegment(logFolder, { checksum })
  // A writer may have replaced a checkpoint after we read its name and before we read its bytes, so try again.
  if (segment.faults.length > 0) segment = await findSegment(logFolder, { checksum })
  const { checkpoint, faults, end } = segment
  const version = checkpoint?.version ?? -1
  const begun = replay(emptyState(projection, version), checkpoint ? [checkpoint] : [], projection, folder)
  const commits = await readCommits(logFolder, { from: version + 1 }, checksum)
  const replayed = replay(begun, commits, projection, folder)
  if (replayed.version < end)
    throw damagedError(join(logFolder, commitName(replayed.version + 1)), 'it is missing')
  const state = await withCompletedFiles(replayed, projection, folder)
  Object.assign(table, { state, checkpoint: version, faults })
}

/**
 * Whether the log was cleaned up since the last read: the last commit read is gone, and there are newer files.
 * @throws DeltaError 'damaged' when there is none: the log has lost what was read.
 */
async function wasCleanedUp({ logFolder, state }: DeltaTable<Located, unknown>): Promise<boolean> {
  const path = join(logFolder, commitName(state.version))
  if (state.version >= 0 && (await exists(path))) return false
  const newest = await newestVersion(logFolder)
  if (newest < state.version) throw damagedError(path, 'it is missing, and was there before')
  return newest > state.version
}

function bothRules(own: ConflictRule | undefined): ConflictRule {
  if (own === undefined) return conflictByProtocol
  return (ours, theirs) => conflictByProtocol(ours, theirs) ?? own(ours, theirs)
}
