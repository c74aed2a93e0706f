/** What an engine found in `option_snapshots`. */
export interface SnapshotTotals {
  readonly rows: number
  /** The sum that `totalsUpTo` of test/support/writer-operations.ts computes. */
  readonly sum: number
  /** Distinct keys. */
  readonly keys: number
}

/** Which columns of a small table to count. */
export interface CountQuery {
  /** The table's folder. */
  readonly table: string
  readonly columns: readonly string[]
  /** Those of the columns that are doubles. */
  readonly doubles: readonly string[]
}

/** What an engine found in a small table. */
export interface ColumnCounts {
  readonly rows: number
  /** Values that are not null, for each column of the query. */
  readonly known: readonly number[]
  /** Sum of all doubles that are not null. */
  readonly sum: number
}

/** An external engine that reads our tables. Its calls throw an Error with the engine's message. */
export interface Engine {
  readonly name: string
  read(table: string): Promise<SnapshotTotals>
  count(query: CountQuery): Promise<ColumnCounts>
  close(): Promise<void>
}

/** An engine that cannot run on this machine. */
export interface SkippedEngine {
  readonly name: string
  /** The reason. */
  readonly skipped: string
}
