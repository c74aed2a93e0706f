/** A command to another engine. Tables are absolute folders; `where` and `set` are SQL. */
export type Command =
  | {
      readonly op: 'compact'
      readonly table: string
      /** One partition; all without it. */
      readonly partition?: Readonly<Record<string, string>>
    }
  | {
      readonly op: 'z_order'
      readonly table: string
      readonly columns: readonly string[]
      readonly partition?: Readonly<Record<string, string>>
    }
  | {
      readonly op: 'vacuum'
      readonly table: string
      readonly retentionHours: number
      /** Whether files that no commit names are deleted too. */
      readonly full: boolean
    }
  | { readonly op: 'checkpoint' | 'cleanup'; readonly table: string }
  | {
      readonly op: 'append'
      readonly table: string
      /** Times are epoch milliseconds, dates are text. */
      readonly rows: readonly object[]
      /** A text column to add to the table if it lacks it. */
      readonly extra: string | null
    }
  | { readonly op: 'delete'; readonly table: string; readonly where: string }
  | {
      readonly op: 'update'
      readonly table: string
      readonly where: string
      readonly set: Readonly<Record<string, string>>
    }
  | {
      readonly op: 'properties'
      readonly table: string
      readonly properties: Readonly<Record<string, string>>
    }
  | { readonly op: 'restore'; readonly table: string; readonly version: number }

/** All rows of a table, column by column: times in microseconds, dates as text. */
export interface ForeignRows {
  readonly columns: readonly string[]
  readonly values: readonly (readonly unknown[])[]
}

/** An engine other than ours that changes and reads Delta tables. Its calls throw an Error with the engine's message. */
export interface ForeignEngine {
  readonly name: string
  /** Which of the commands it knows. */
  readonly operations: ReadonlySet<Command['op']>
  run(command: Command): Promise<void>
  /** The newest version, or an older one. */
  rows(table: string, version?: number): Promise<ForeignRows>
  /** The values of one row of aggregates. */
  totals(table: string, select: string): Promise<readonly number[]>
  close(): Promise<void>
}
