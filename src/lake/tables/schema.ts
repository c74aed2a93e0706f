import type { MetaData } from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Column } from '../../snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'

/** Source of the rows. Fixed when a table is created, so that simulated rows never enter a real history. */
export type LakeSource = 'ib' | 'simulated'

/** The columns of a table and its partitioning. */
export interface TableSchema {
  readonly columns: readonly Column[]
  /** Columns that are encoded in folder names, outermost first. */
  readonly partitionColumns: readonly string[]
}

const SOURCE_PROPERTY = 'optionlake.source'
export const SCHEMA_VERSION_PROPERTY = 'optionlake.schemaVersion'

/** Columns that are stored in the data files. The others are encoded in folder names. */
export const FILE_COLUMNS: readonly Column[] = (SNAPSHOT_COLUMNS as readonly Column[]).filter(
  (column) => !column.partition,
)
export const PARTITION_COLUMNS: readonly string[] = (SNAPSHOT_COLUMNS as readonly Column[])
  .filter((column) => column.partition)
  .map((column) => column.name)

export const SNAPSHOT_SCHEMA: TableSchema = {
  columns: SNAPSHOT_COLUMNS,
  partitionColumns: PARTITION_COLUMNS,
}

/** A table's schema version: the highest `since` of its columns. */
export function schemaVersion(columns: readonly Column[]): number {
  return columns.reduce((version, { since }) => Math.max(version, since ?? 1), 1)
}

/** The columns in Delta's schema format, as the JSON text of `metaData.schemaString`. */
export function schemaString(columns: readonly Column[]): string {
  return JSON.stringify({ type: 'struct', fields: columns.map(fieldOf) })
}

/** The `metaData` action of a new table. */
export function newMetaData(
  { columns, partitionColumns }: TableSchema,
  { id, source, now }: { readonly id: string; readonly source: LakeSource; readonly now: number },
): MetaData {
  return {
    id,
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString(columns),
    partitionColumns: [...partitionColumns],
    configuration: {
      [SOURCE_PROPERTY]: source,
      [SCHEMA_VERSION_PROPERTY]: String(schemaVersion(columns)),
      // Other engines must not delete commits: they carry the ledger until it is stored in `slots`.
      'delta.enableExpiredLogCleanup': 'false',
    },
    createdTime: now,
  }
}

/** Why a value does not fit its column, as text for a message; null if it fits. */
export function faultOf(column: Column, value: unknown): string | null {
  if (value === null) return column.nullable ? null : 'must not be null'
  switch (column.type) {
    case 'string':
      return typeof value === 'string' ? null : `is not text: ${String(value)}`
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
        ? null
        : `is not a date: ${String(value)}`
    case 'double':
      return Number.isFinite(value) ? null : `is not a finite number: ${String(value)}`
    case 'integer':
      return value === Math.trunc(Number(value)) && Math.abs(Number(value)) < 2 ** 31
        ? null
        : `is not a 32-bit integer: ${String(value)}`
    default:
      return Number.isSafeInteger(value) ? null : `is not a whole number: ${String(value)}`
  }
}

/** The source in a table's properties; null when it is unknown. */
export function sourceIn(properties: Readonly<Record<string, string>>): LakeSource | null {
  const source = properties[SOURCE_PROPERTY]
  return source === 'ib' || source === 'simulated' ? source : null
}

/** The source in a table's properties. @throws Failure EXIT.configuration when it is unknown. */
export function sourceOf(properties: Readonly<Record<string, string>>, table: string): LakeSource {
  const source = sourceIn(properties)
  if (source !== null) return source
  throw new Failure(
    EXIT.configuration,
    `${table} has ${SOURCE_PROPERTY} "${properties[SOURCE_PROPERTY] ?? ''}": expected "ib" or "simulated"; is it a lake of optionlake?`,
  )
}

/** A column as a field of the Delta schema. */
export function fieldOf(column: Column) {
  return {
    name: column.name,
    type: column.type,
    nullable: column.nullable,
    metadata: { comment: column.unit === '' ? column.doc : `${column.doc} [${column.unit}]` },
  }
}
