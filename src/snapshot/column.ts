/** A column of a stored table: type on disk, unit and meaning. Writer, reader and docs all use this definition. */
export interface Column {
  readonly name: string
  /** Delta's primitive type; `timestamp` is microseconds UTC on disk and epoch milliseconds in rows. */
  readonly type: 'string' | 'double' | 'long' | 'integer' | 'timestamp' | 'date'
  readonly nullable: boolean
  /** Empty if the column has no unit. */
  readonly unit: string
  readonly doc: string
  /** The values a text column may hold, which give its type. Not checked on reading: other versions may have more. */
  readonly values?: readonly string[]
  /** Partition columns are stored in the folder name, not in the data files. */
  readonly partition?: true
  /**
   * Significant digits after the decimal point; for a time, those of its seconds. The lake stores the nearest multiple
   * of a finer power of two, which compresses to half the size, and rounds it on reading.
   */
  readonly decimals?: number
  /** The schema version that added the column, by default 1. Later columns must be nullable: older files lack them. */
  readonly since?: number
}

/** The TypeScript row that a column table describes. */
export type RowOf<Columns extends readonly Column[]> = {
  readonly [C in Columns[number] as C['name']]:
    | (C extends { readonly values: readonly (infer Value)[] }
        ? Value
        : C['type'] extends 'string' | 'date'
          ? string
          : number)
    | (C['nullable'] extends true ? null : never)
}
