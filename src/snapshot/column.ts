/** A column of a stored table: its type on disk, its unit, its meaning. Defined once, used by writer, reader and docs. */
export interface Column {
  readonly name: string
  /** Delta's primitive type; `timestamp` is microseconds UTC on disk and epoch milliseconds in rows. */
  readonly type: 'string' | 'double' | 'long' | 'integer' | 'timestamp' | 'date'
  readonly nullable: boolean
  /** Empty where a unit makes no sense. */
  readonly unit: string
  readonly doc: string
  /** A text column's closed set of values: types its rows. Not checked on reading; another version may have more. */
  readonly values?: readonly string[]
  /** Partition columns are in the folder name and not in the data files. */
  readonly partition?: true
  /**
   * Significant digits after the point; for a time, of its seconds. The lake stores the nearest binary fraction that is
   * finer, which compresses to half the bytes, and rounds it on reading.
   */
  readonly decimals?: number
  /** The schema version that added it; 1 if left out. Columns added later must be nullable: older files lack them. */
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
