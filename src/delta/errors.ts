import { constants } from 'node:os'

/** The codes of all intended errors of this module. Any other error is a bug. */
export type DeltaErrorCode =
  /** A file system operation failed. */
  | 'io'
  /** The file has its final name, but may not survive a power cut. */
  | 'not_flushed'
  /** The file system failed in a way that leaves open whether the commit was written. */
  | 'uncertain'
  /** The file system has no hard links, so that a file cannot be created only if its name is free. */
  | 'no_hard_links'
  /** A commit or checkpoint is missing, truncated or damaged, and no other file makes up for it. */
  | 'damaged'
  /** Another writer kept changing the same part of the table. */
  | 'conflict'
  /** Another process holds the writer lock. */
  | 'locked'
  /** The table's rules, or what was given, do not allow the commit. Nothing was written. */
  | 'refused'
  /** The table needs a reader or writer version, a table feature or a rule that this module does not have. */
  | 'protocol_unsupported'
  /** The version does not exist yet, or the log no longer has it. */
  | 'no_such_version'
  /** The folder already has a table. */
  | 'table_exists'

/** The message is one line for a person. It names the file and the remedy. */
export class DeltaError extends Error {
  readonly code: DeltaErrorCode

  constructor(code: DeltaErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DeltaError'
    this.code = code
  }
}

/** A failed file system operation: what was tried, on which path, and the remedy. */
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
 * The system's error name, such as `ENOSPC`; the error's message if it has none. Rust libraries put the number in the
 * message: "(os error 28)" or "Os { code: 28".
 */
export function systemCode(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if ('code' in cause && /^E[A-Z]+$/.test(String(cause.code))) return String(cause.code)
  const number = /(?:\(os error |\bOs \{ code: )(\d+)/.exec(cause.message)?.[1]
  const known = Object.entries(constants.errno).find(([, value]) => value === Number(number))
  return known?.[0] ?? cause.message
}
