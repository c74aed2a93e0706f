/** What can be wrong with a lake. A closed set, so that a person and a program can tell them apart. */
export const FINDING_KINDS = [
  /** The log names a data file that is not there. */
  'missing_file',
  /** Size or checksum is not what was written. */
  'damaged_file',
  /** It is no Parquet file with our columns, or cannot be read to its end. */
  'unreadable_file',
  /** Rows or slots in the file are not what the log says. */
  'wrong_rows',
  /** A key is stored more than once. */
  'duplicate_rows',
  /** A file in a partition that no commit names. */
  'unknown_file',
  /** A commit is missing, cut short or damaged. */
  'broken_log',
  /** A checkpoint, or the pointer to it, is missing, damaged or contradicts the commits. */
  'broken_checkpoint',
  /** The ledger says another number of rows than the data files have. */
  'ledger_differs',
  /** Rows of a slot that the ledger does not know. */
  'slot_without_report',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  readonly kind: FindingKind
  /** Absolute; the table's folder where no single file is at fault. */
  readonly path: string
  /** One line for a person. */
  readonly detail: string
}

export interface Verification {
  readonly findings: readonly Finding[]
  /** Data files and commits that were read, and the bytes of the data files. */
  readonly files: number
  readonly commits: number
  readonly bytes: number
  /** Rows in data files of `option_snapshots` that are sound. */
  readonly rows: number
  /** Files that another program wrote: they can be read, but nothing says that they are as they were written. */
  readonly unproven: number
}

/** What takes long can be watched and ended. */
export interface ProgressOptions {
  readonly signal?: AbortSignal
  onProgress?(done: number, total: number): void
}
