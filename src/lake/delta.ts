import * as delta from '../delta/index.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'

/**
 * The Delta module as the lake uses it: with the lake's checksum keys, and its errors as failures with an exit code.
 * Whatever of it can throw is called through here.
 */
const CHECKSUM: delta.ChecksumKeys = { content: 'optionlake.seal', file: 'optionlake.sha256' }

const EXIT_CODES: Record<delta.DeltaErrorCode, ExitCode> = {
  io: EXIT.io,
  not_flushed: EXIT.io,
  damaged: EXIT.io,
  conflict: EXIT.tryLater,
  locked: EXIT.tryLater,
  protocol_unsupported: EXIT.configuration,
  table_exists: EXIT.cannotCreate,
}

/** The failure of an error of the Delta module, with the system's code behind it; any other error as it is. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof delta.DeltaError)) return error
  const advice = error.code === 'protocol_unsupported' ? ': update optionlake' : ''
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

/** A refusal of the disk as one line: what was tried, on which path, and what a person can do. */
export function ioFailure(verb: string, path: string, cause: unknown): Failure {
  return failureOf(delta.ioError(verb, path, cause)) as Failure
}

/** Stored data that cannot be read. `name` is the file. */
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
export const refresh = withFailuresLater(delta.refresh)
export const commit = withFailuresLater(delta.commit)
export const commitWithRetry = withFailuresLater(delta.commitWithRetry)
export const writeCheckpoint = withFailuresLater(delta.writeCheckpoint)
export const cleanUpLog = withFailuresLater(delta.cleanUpLog)
export const checkWritable = withFailures(delta.checkWritable)
/** One lock for every version of this program. */
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
  (logFolder: string, version: number, hint: delta.LastCheckpoint | null) =>
    delta.readCheckpoint(logFolder, version, { hint, checksum: CHECKSUM }),
)
export const readCommits = withFailuresLater(
  (logFolder: string, range: { readonly from: number; readonly to?: number }) =>
    delta.readCommits(logFolder, range, CHECKSUM),
)
