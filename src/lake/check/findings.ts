/** What can be wrong with a lake. */
type FindingKind =
  /** The log names a data file that does not exist. */
  | 'missing_file'
  /** The size or the checksum of a data file differs from the log. */
  | 'damaged_file'
  /** A data file is not a Parquet file with our columns, or cannot be read to its end. */
  | 'unreadable_file'
  /** A data file has other rows or slots than the log says. */
  | 'wrong_rows'
  /** A key is stored more than once. */
  | 'duplicate_rows'
  /** A file in a partition folder is named by no commit. */
  | 'unknown_file'
  /** A commit is missing, truncated or damaged. */
  | 'broken_log'
  /** A checkpoint or `_last_checkpoint` is missing or damaged, or contradicts the commits. */
  | 'broken_checkpoint'
  /** The ledger has another number of rows than the data files. */
  | 'ledger_differs'
  /** The data files have rows of a slot that is not in the ledger. */
  | 'slot_without_report'

export interface Finding {
  readonly kind: FindingKind
  /** Absolute; the table's folder where no single file is at fault. */
  readonly path: string
  /** One line for a person. */
  readonly detail: string
}

/** What `verify` found, and how much it read. */
export interface Verification {
  readonly findings: readonly Finding[]
  readonly files: number
  readonly commits: number
  /** Of the data files. */
  readonly bytes: number
  /** Rows in sound data files of `option_snapshots`. */
  readonly rows: number
  /** Files of another program, which have no checksum in the log: readable, but not proven unchanged. */
  readonly unproven: number
}

/** What `repair` did about one finding, or would do in a dry run. */
export interface Repair {
  readonly kind: /** Moved to the quarantine. If the log named the file, it no longer does. */
    | 'quarantined'
    /** A file whose commit was lost, and whose name proves its contents: committed again. */
    | 'adopted'
    /** A missing or damaged commit, replaced by the part of it that could be proven. */
    | 'commit_replaced'
    /** A ledger row that now has the number of rows in the data files. */
    | 'ledger_corrected'
  /** Absolute; the table's folder for a ledger row. */
  readonly path: string
  readonly detail: string
}

export interface RepairReport {
  readonly dryRun: boolean
  readonly repairs: readonly Repair[]
  /** What is wrong after the repair; in a dry run, what is wrong now. */
  readonly findings: readonly Finding[]
}
