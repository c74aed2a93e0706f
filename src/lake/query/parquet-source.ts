import { dirname, join } from 'node:path'
import type { Column } from '../../snapshot/column.ts'
import { sqlLiteral } from '../engines/duckdb.ts'
import type { StoredFile } from '../tables/data-files.ts'

/** The SQL type of a column in DuckDB. */
export const SQL_TYPE: Record<Column['type'], string> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  long: 'BIGINT',
  integer: 'INTEGER',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
}

/** A table whose data files are read. */
export interface SourceTable {
  readonly folder: string
  /** All columns, those of the partitions too. */
  readonly columns: readonly Column[]
  /** In the order of the folders. */
  readonly partitionColumns: readonly string[]
}

/** A data file and its values of the partition columns, from the log. */
export interface SourceFile extends Pick<StoredFile, 'path' | 'sha256'> {
  /** Columns of the table that the file lacks; left out if unknown. */
  readonly missingColumns?: readonly string[]
  readonly partition: readonly (string | null)[]
}

/**
 * Data files as a FROM clause with all columns of the table in its types. The values of partition columns are those of
 * the log. Files that this program wrote into a folder named after them are read as they are, because DuckDB can then
 * skip files by folder name. In files of other programs a column may be missing or have another type, there may be
 * other columns, and the folder may have any name.
 */
export function parquetSource(table: SourceTable, files: readonly SourceFile[]): string {
  const ours: SourceFile[] = []
  const others: SourceFile[] = []
  for (const file of files) (isInNamedFolder(table, file) ? ours : others).push(file)
  const parts = [
    ...(ours.length > 0 ? [namedFoldersSql(table, ours)] : []),
    ...(others.length > 0 ? [anyFilesSql(table, others)] : []),
  ]
  return parts.length === 1 ? (parts[0] as string) : `(${parts.map(selectAll).join(' UNION ALL BY NAME ')})`
}

/** SQL for typed nulls with the names of the columns. */
export function nullsSql(columns: readonly Column[]): string {
  return columns.map((column) => `NULL::${SQL_TYPE[column.type]} AS "${column.name}"`).join(', ')
}

function selectAll(source: string): string {
  return `SELECT * FROM ${source}`
}

/** Values that DuckDB reads as null in the name of a folder. */
const NULL_NAMES: ReadonlySet<string> = new Set(['', 'null', '__hive_default_partition__'])

/**
 * Whether this program wrote the file, and DuckDB reads the values of the partition columns correctly from its path. A
 * folder above the table, such as `date=2026-11-20`, would count as a partition too.
 */
function isInNamedFolder({ folder, partitionColumns }: SourceTable, { path, sha256, partition }: SourceFile) {
  if (sha256 === null || folder.includes('=')) return false
  if (partition.some((value) => value === null || NULL_NAMES.has(value.toLowerCase()))) return false
  const named = partitionColumns.map((name, at) => `${name}=${encodeURIComponent(partition[at] as string)}`)
  return dirname(path) === (named.join('/') || '.')
}

/**
 * Files are united by name only if they may lack different columns, because DuckDB then reads every footer first.
 */
function namedFoldersSql(table: SourceTable, files: readonly SourceFile[]): string {
  const { columns, partitionColumns } = table
  const shapes = new Set(files.map((file) => file.missingColumns?.join()))
  const byName = shapes.size > 1 || shapes.has(undefined) ? ', union_by_name = true' : ''
  const partitions = columns
    .filter(({ name }) => partitionColumns.includes(name))
    .map(({ name, type }) => `${sqlLiteral(name)}: ${SQL_TYPE[type]}`)
  const hive =
    partitions.length === 0
      ? 'hive_partitioning = false'
      : `hive_partitioning = true, hive_types = {${partitions.join(', ')}}`
  const read = `read_parquet([${pathsSql(table, files)}], ${hive}${byName})`
  const absent = columns.filter(({ name }) => files.every((file) => file.missingColumns?.includes(name)))
  return absent.length === 0 ? read : `(SELECT *, ${nullsSql(absent)} FROM ${read})`
}

/** The column with the path of a row's file. No table may have a column of this name. */
const PATH_COLUMN = 'path of the file'

/** Each file is read with the types of the table; DuckDB converts where those of the file differ. */
function anyFilesSql(table: SourceTable, files: readonly SourceFile[]): string {
  const { folder, columns, partitionColumns } = table
  const isPartition = ({ name }: Column) => partitionColumns.includes(name)
  const schema = columns
    .filter((column) => !isPartition(column))
    .map(
      ({ name, type }) =>
        `${sqlLiteral(name)}: {name: ${sqlLiteral(name)}, type: '${SQL_TYPE[type]}', default_value: NULL}`,
    )
  const options = `hive_partitioning = false, schema = MAP {${schema.join(', ')}}`
  const paths = pathsSql(table, files)
  const partitions = columns.filter(isPartition)
  const partitionValue = ({ partition }: SourceFile, name: string) =>
    partition[partitionColumns.indexOf(name)] ?? null
  const isOnePartition = partitions.every(
    ({ name }) => new Set(files.map((file) => partitionValue(file, name))).size === 1,
  )
  if (isOnePartition) {
    const [first] = files as readonly [SourceFile, ...SourceFile[]]
    const values = partitions.map(({ name, type }) => {
      const value = partitionValue(first, name)
      return `${value === null ? 'NULL' : sqlLiteral(value)}::${SQL_TYPE[type]} AS "${name}"`
    })
    return `(SELECT ${['*', ...values].join(', ')} FROM read_parquet([${paths}], ${options}))`
  }
  // A list for each column, because thousands of rows of VALUES take DuckDB much longer. From a condition on a partition
  // column DuckDB finds the paths, and skips all other files.
  const lists = [
    `${listSql(files.map((file) => join(folder, file.path)))} AS "${PATH_COLUMN}"`,
    ...partitions.map(
      ({ name, type }) =>
        `${listSql(files.map((file) => partitionValue(file, name)))}::${SQL_TYPE[type]} AS "${name}"`,
    ),
  ]
  return (
    `(SELECT * EXCLUDE ("${PATH_COLUMN}") FROM read_parquet([${paths}], filename = '${PATH_COLUMN}', ${options}) ` +
    `JOIN (SELECT ${lists.join(', ')}) USING ("${PATH_COLUMN}"))`
  )
}

function listSql(values: readonly (string | null)[]): string {
  return `unnest(from_json(${sqlLiteral(JSON.stringify(values))}, '["VARCHAR"]'))`
}

function pathsSql({ folder }: SourceTable, files: readonly SourceFile[]): string {
  return files.map((file) => sqlLiteral(join(folder, file.path))).join(', ')
}
