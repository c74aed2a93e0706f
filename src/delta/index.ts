/** The Delta transaction log in JavaScript, see README.md. This folder imports only packages, nothing outside it. */
export {
  type Action,
  type Add,
  type Commit,
  type CommitInfo,
  type MetaData,
  type Protocol,
  parseAction,
  parseJson,
  type Remove,
  type Transaction,
} from './actions.ts'
export {
  type AtomicFile,
  createTemporary,
  discard,
  exists,
  flushFolders,
  flushTemporary,
  putIfAbsent,
  renameIntoPlace,
  type TemporaryFile,
  writeAtomically,
} from './atomic-file.ts'
export {
  type CheckpointFault,
  type CheckpointReading,
  type LastCheckpoint,
  type LastCheckpointReading,
  readCheckpoint,
  readLastCheckpoint,
} from './checkpoint/read-checkpoint.ts'
export { type CheckpointReport, writeCheckpoint } from './checkpoint/write-checkpoint.ts'
export { type CleanUpOptions, type CleanUpReport, cleanUpLog } from './clean-up.ts'
export { type CommitOutcome, commit, commitWithRetry, type PreparedChange } from './commit.ts'
export { type ChecksumKeys, commitText, parseCommit } from './commit-file.ts'
export type { ConflictRule } from './conflict.ts'
export { DeltaError, type DeltaErrorCode, damagedError, ioError, systemCode } from './errors.ts'
export {
  checkpointName,
  checkpointNames,
  checkpointsIn,
  checkpointVersionOf,
  commitName,
  commitVersionOf,
  LAST_CHECKPOINT,
  logFolderOf,
  type NamedCheckpoint,
  pathFromLog,
  pathToLog,
  TEMPORARY_PREFIX,
} from './file-names.ts'
export { readCommits } from './log-segment.ts'
export {
  type AppendOptions,
  append,
  type CommitOptions,
  createTable,
  type Field,
  type NewFile,
  type NewTable,
  remove,
} from './operations.ts'
export {
  checkCommit,
  checkReadable,
  checkWritable,
  READER_VERSION,
  type TableDescription,
  WRITER_VERSION,
} from './protocol.ts'
export {
  type DeltaTable,
  loadProjectedTable,
  loadTable,
  refresh,
  type TableOptions,
} from './table.ts'
export {
  type DataFile,
  emptyState,
  type Located,
  type Projection,
  replay,
  type TableState,
  withCompletedFiles,
} from './table-state.ts'
export { availableVersions, readVersion, type VersionTime, versionAsOf } from './time-travel.ts'
export { lockForWriting, type WriterLock } from './writer-lock.ts'
