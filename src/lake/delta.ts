import * as delta from '../delta/index.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'

/**
 * Wraps the Delta module for the lake: adds the lake's checksum keys, and turns its errors into failures with an exit
 * code. Every function of the module that can throw is called through here.
 */
const CHECKSUM: delta.ChecksumKeys = { content: 'optionlake.seal', file: 'optionlake.sha256' }

const EXIT_CODES: Record<delta.DeltaErrorCode, ExitCode> = {
  io: EXIT.io,
  not_flushed: EXIT.io,
  uncertain: EXIT.io,
  no_hard_links: EXIT.cannotCreate,
  damaged: EXIT.io,
  conflict: EXIT.tryLater,
  locked: EXIT.tryLater,
  refused: EXIT.configuration,
  protocol_unsupported: EXIT.configuration,
  no_such_version: EXIT.usage,
  table_exists: EXIT.cannotCreate,
}

/** Converts a Delta module error to a failure that keeps the system error code. Returns any other error unchanged. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof delta.DeltaError)) return error
  const advice = error.code === 'protocol_unsupported' ? ', or update optionlake' : ''
  const code = delta.systemCode(error.cause)
  const systemName = /^E[A-Z]+$/.test(code) ? code : null
  return new Failure(EXIT_CODES[error.code], `${error.message}${advice}`, error.cause, systemName)
}

function withFailures<Parameters extends unknown[], Result>(work: (...parameters: Parameters) => Result) {
  return (...parameters: Parameters): Result => {
    try {
      return work(...parameters)
    } catch (error) {
      throw failureOf(error)
    }
  }
}

function withFailuresLater<Parameters extends unknown[], Result>(
  work: (...parameters: Parameters) => Promise<Result>,
) {
  return async (...parameters: Parameters): Promise<Result> => {
    try {
      return await work(...parameters)
    } catch (error) {
      throw failureOf(error)
    }
  }
}

/** A failed disk operation as one line: what was tried, on which path, and the remedy. */
export function ioFailure(verb: string, path: string, cause: unknown): Failure {
  return failureOf(delta.ioError(verb, path, cause)) as Failure
}

/** The failure for stored data that cannot be read. `name` is the file. */
export function damageFailure(name: string, why: string): Failure {
  return failureOf(delta.damagedError(name, why)) as Failure
}

/** A table of the lake. @throws Failure EXIT.io, EXIT.configuration */
export const loadTable = withFailuresLater(
  <File extends delta.Located, Facts>(
    folder: string,
    projection: delta.Projection<File, Facts>,
    { unique, conflict }: Required<Pick<delta.TableOptions, 'unique' | 'conflict'>>,
  ) => delta.loadProjectedTable(folder, projection, { unique, conflict, checksum: CHECKSUM }),
)
/** A table of any schema, with all fields of its files. */
export const loadWholeTable = withFailuresLater((folder: string) =>
  delta.loadTable(folder, { checksum: CHECKSUM }),
)
export const refresh = withFailuresLater(delta.refresh)
/** For tools that read a log with lost commits. */
export const replay = withFailures(delta.replay)
export const withCompletedFiles = withFailuresLater(delta.withCompletedFiles)
export const readVersion = withFailuresLater(delta.readVersion)
export const availableVersions = withFailuresLater(delta.availableVersions)
export const versionAsOf = withFailuresLater(delta.versionAsOf)
export const commit = withFailuresLater(delta.commit)
export const commitWithRetry = withFailuresLater(delta.commitWithRetry)
export const writeCheckpoint = withFailuresLater(delta.writeCheckpoint)
export const cleanUpLog = withFailuresLater(delta.cleanUpLog)
export const checkWritable = withFailures(delta.checkWritable)
export const checkReadable = withFailures(delta.checkReadable)
export const checkCommit = withFailures(delta.checkCommit)
/** All versions of this program use the same lock. */
export const lockForWriting = withFailuresLater((realFolder: string) =>
  delta.lockForWriting(realFolder, 'optionlake'),
)

export const exists = withFailuresLater(delta.exists)
export const putIfAbsent = withFailuresLater(delta.putIfAbsent)
export const writeAtomically = withFailuresLater(delta.writeAtomically)
export const createTemporary = withFailuresLater(delta.createTemporary)
export const flushTemporary = withFailuresLater(delta.flushTemporary)
export const renameIntoPlace = withFailuresLater(delta.renameIntoPlace)

export const parseJson = withFailures(delta.parseJson)
export const parseAction = withFailures(delta.parseAction)
export const parseCommit = withFailures((text: string, name: string) =>
  delta.parseCommit(text, name, CHECKSUM),
)
export const commitText = (actions: readonly delta.Action[]) => delta.commitText(actions, CHECKSUM)
export const readLastCheckpoint = withFailuresLater(delta.readLastCheckpoint)
export const readCheckpoint = withFailuresLater(
  (logFolder: string, version: number, hint: delta.LastCheckpoint | null, parts?: number) =>
    delta.readCheckpoint(logFolder, version, {
      hint,
      checksum: CHECKSUM,
      ...(parts !== undefined && { parts }),
    }),
)
export const readCommits = withFailuresLater(
  (logFolder: string, range: { readonly from: number; readonly to?: number }) =>
    delta.readCommits(logFolder, range, CHECKSUM),
)
