import type { Column } from './column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from './row.ts'

type TimeColumn = Extract<(typeof SNAPSHOT_COLUMNS)[number], { readonly type: 'timestamp' }>['name']

/** A row whose times are ISO text, as JSON answers have them. */
export type RowAsJson = Omit<SnapshotRow, TimeColumn> & {
  readonly [Name in TimeColumn]: null extends SnapshotRow[Name] ? string | null : string
}

const TIMES = (SNAPSHOT_COLUMNS as readonly Column[])
  .filter(({ type }) => type === 'timestamp')
  .map(({ name }) => name as TimeColumn)

export function rowAsJson(row: SnapshotRow): RowAsJson {
  const times = TIMES.map((name) => {
    const at = row[name]
    return [name, at === null ? null : new Date(at).toISOString()]
  })
  return { ...row, ...Object.fromEntries(times) }
}
