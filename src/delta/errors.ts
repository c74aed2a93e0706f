import { constants } from 'node:os'

/** Everything that this module throws on purpose. Anything else is a defect. */
export type DeltaErrorCode =
  /** The file system refused. */
  | 'io'
  /** The file is under its final name, but whether it would outlive a power cut is not known. */
  | 'not_flushed'
  /** A commit or checkpoint is missing, cut short or damaged, and nothing makes up for it. */
  | 'damaged'
  /** Another writer kept changing the same part of the table. */
  | 'conflict'
  /** Another process holds the writer lock. */
  | 'locked'
  /** The table needs a newer reader or writer version. */
  | 'protocol_unsupported'
  /** There is already a table in the folder. */
  | 'table_exists'

/** The message is one line for a person: it names the file and says what to do. */
export class DeltaError extends Error {
  readonly code: DeltaErrorCode

  constructor(code: DeltaErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DeltaError'
    this.code = code
  }
}

/** A refusal of the file system: what was tried, on which path, and what a person can do. */
export function ioError(verb: string, path: string, cause: unknown): DeltaError {
  const code = systemCode(cause)
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full: free some space'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'not permitted: check owner and mount'
        : 'check the disk'
  return new DeltaError('io', `cannot ${verb} ${path} (${code}): ${advice}`, cause)
}

/** @param name the file that cannot be used. */
export function damagedError(name: string, why: string): DeltaError {
  return new DeltaError('damaged', `cannot read ${name}: ${why}; restore the file from a copy`)
}

/**
 * The system's name of an error, such as `ENOSPC`; its message where it has none. Libraries written in Rust put the
 * number into the message: "(os error 28)" or "Os { code: 28".
 */
export function systemCode(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if ('code' in cause && /^E[A-Z]+$/.test(String(cause.code))) return String(cause.code)
  const number = /(?:\(os error |\bOs \{ code: )(\d+)/.exec(cause.message)?.[1]
  const known = Object.entries(constants.errno).find(([, value]) => value === Number(number))
  return known?.[0] ?? cause.message
}
