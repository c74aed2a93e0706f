import type { Finding } from './findings.ts'

/** What was done, or with a dry run would be, about one thing that is wrong. */
export interface Repair {
  readonly kind: /** Moved out of the table, to the quarantine; where the log named it, it does so no more. */
    | 'quarantined'
    /** A file whose commit was lost, and that proves by its name to be ours and whole: named by the log again. */
    | 'adopted'
    /** A commit that was missing or damaged: what could be proven of it stands in its place. */
    | 'commit_replaced'
    /** The ledger says now what the data files have. */
    | 'ledger_corrected'
  /** Absolute; for a ledger row the table's folder. */
  readonly path: string
  readonly detail: string
}

export interface RepairReport {
  readonly dryRun: boolean
  readonly repairs: readonly Repair[]
  /** What is wrong afterwards; with a dry run, what is wrong now. */
  readonly findings: readonly Finding[]
}
