/** Kinds of damage to a lake. */
type FindingKind =
  /** The log names a data file that does not exist. */
  | 'missing_file'
  /** The size or the checksum of a data file differs from the log. */
  | 'damaged_file'
  /** A data file is not a Parquet file with our columns, or cannot be read completely. */
  | 'unreadable_file'
  /** The number of rows or the slots of a data file differ from the log. */
  | 'wrong_rows'
  /** A key is stored more than once. */
  | 'duplicate_rows'
  /** No commit names a file that is in a partition folder. */
  | 'unknown_file'
  /** A commit is missing, truncated or damaged. */
  | 'broken_log'
  /** A checkpoint or `_last_checkpoint` is missing or damaged, or contradicts the commits. */
  | 'broken_checkpoint'
  /** A table needs a feature of Delta that this program does not have, or must not lose rows. It is left alone. */
  | 'unsupported_table'
  /** The row count in the ledger differs from the data files. */
  | 'ledger_differs'
  /** The data files have rows of a slot that is not in the ledger. */
  | 'slot_without_report'

export interface Finding {
  readonly kind: FindingKind
  /** Absolute; the table's folder if no single file is at fault. */
  readonly path: string
  /** One line for a person. */
  readonly detail: string
}

/** The findings of `verify`, and how much it read. */
export interface Verification {
  readonly findings: readonly Finding[]
  readonly files: number
  readonly commits: number
  /** Total size of the data files. */
  readonly bytes: number
  /** Rows in intact data files of `option_snapshots`. */
  readonly rows: number
  /** Number of files of other programs. They can be read, but have no checksum in the log to prove them unchanged. */
  readonly unproven: number
}

/** One action of `repair`; in a dry run, an action it would take. */
export interface Repair {
  readonly kind: /** Moved to the quarantine. If the log named the file, it no longer does. */
    | 'quarantined'
    /** A file whose commit was lost was committed again, because its name proves its contents. */
    | 'adopted'
    /** A replaced file is in the table again, because the file that replaced it is lost. */
    | 'restored'
    /** A file left the table, because newer files have all of its keys. It stays on disk. */
    | 'replaced'
    /** Files with the same keys were merged into a new one, with the newest row of each key. */
    | 'merged'
    /** A missing or damaged commit was replaced with the part of it that could be proven. */
    | 'commit_replaced'
    /** The row count of a ledger row was corrected to that of the data files. */
    | 'ledger_corrected'
    /** A day of `slots` was written again from the reports in the log. */
    | 'ledger_rebuilt'
  /** Absolute; the table's folder for a ledger row. */
  readonly path: string
  readonly detail: string
}

export interface RepairReport {
  readonly dryRun: boolean
  readonly repairs: readonly Repair[]
  /** Findings after the repair; in a dry run, current findings. */
  readonly findings: readonly Finding[]
}
