import { randomUUID } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import {
  type Action,
  commit,
  type DataFile,
  type DeltaTable,
  loadTable,
  type MetaData,
  pathToLog,
  writeCheckpoint,
} from '../../../src/delta/index.ts'
import { sqlLiteral } from '../../../src/lake/engines/duckdb.ts'
import type { Command, ForeignEngine, ForeignRows } from './engine.ts'

const OPERATIONS: ReadonlySet<Command['op']> = new Set([
  'compact',
  'z_order',
  'checkpoint',
  'append',
  'delete',
  'update',
  'properties',
])

const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  long: 'BIGINT',
  integer: 'INTEGER',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
}

interface Field {
  readonly name: string
  readonly type: string
}

type Partition = Readonly<Record<string, string | null>>

/**
 * Commits as another program would: files with its own names and encodings, without our tags and checksums, without
 * statistics but the number of rows, and with a `commitInfo` of its own. Needs no Python.
 */
export async function openPlainEngine(): Promise<ForeignEngine> {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return {
    name: 'plain',
    operations: OPERATIONS,
    run: async (command) => run(connection, await loadTable(command.table), command),
    rows: async (table) => rowsOf(connection, await loadTable(table)),
    totals: async (folder, select) => {
      const table = await loadTable(folder)
      const source = sourceOf(table, [...table.state.files.values()])
      const answer = await connection.runAndReadAll(`SELECT ${select} FROM ${source}`)
      return (answer.getRows()[0] ?? []).map(Number)
    },
    close: async () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function run(connection: DuckDBConnection, table: DeltaTable, command: Command): Promise<void> {
  switch (command.op) {
    case 'compact':
    case 'z_order': {
      const order = command.op === 'z_order' ? ` ORDER BY ${command.columns.map(quoted).join(', ')}` : ''
      return rewrite(connection, table, {
        operation: 'OPTIMIZE',
        least: command.op === 'z_order' ? 1 : 2,
        dataChange: false,
        wanted: ({ partitionValues }) => isWithin(partitionValues, command.partition ?? {}),
        select: (source) => `SELECT * FROM ${source}${order}`,
      })
    }
    case 'delete':
      return rewrite(connection, table, {
        operation: 'DELETE',
        least: 1,
        dataChange: true,
        wanted: () => true,
        select: (source) => `SELECT * FROM ${source} WHERE NOT (${command.where})`,
      })
    case 'update': {
      const changes = Object.entries(command.set).map(
        ([name, value]) =>
          `CASE WHEN ${command.where} THEN ${value} ELSE ${quoted(name)} END AS ${quoted(name)}`,
      )
      return rewrite(connection, table, {
        operation: 'UPDATE',
        least: 1,
        dataChange: true,
        wanted: () => true,
        select: (source) => `SELECT * REPLACE (${changes.join(', ')}) FROM ${source}`,
      })
    }
    case 'append':
      return append(connection, table, command)
    case 'properties': {
      const metaData = metaDataOf(table)
      const configuration = { ...metaData.configuration, ...command.properties }
      return commitActions(table, 'SET TBLPROPERTIES', [{ metaData: { ...metaData, configuration } }])
    }
    case 'checkpoint':
      await writeCheckpoint(table)
      return
    default:
      throw new RangeError(`the plain engine does not know ${command.op}`)
  }
}

interface Rewriting {
  readonly operation: string
  /** Partitions with fewer files are left alone. */
  readonly least: number
  readonly dataChange: boolean
  wanted(file: DataFile): boolean
  /** The new rows of a partition. */
  select(source: string): string
}

/** Replaces the files of each partition by one file, in one commit. */
async function rewrite(
  connection: DuckDBConnection,
  table: DeltaTable,
  { operation, least, dataChange, wanted, select }: Rewriting,
): Promise<void> {
  const parts = new Map<string, DataFile[]>()
  for (const file of table.state.files.values()) {
    if (!wanted(file)) continue
    const key = JSON.stringify(file.partitionValues)
    parts.set(key, [...(parts.get(key) ?? []), file])
  }
  const actions: Action[] = []
  for (const files of parts.values()) {
    if (files.length < least) continue
    const partition = files[0]?.partitionValues ?? {}
    const removals = files.map(({ path, size }) => ({
      remove: {
        path: pathToLog(path),
        deletionTimestamp: Date.now(),
        dataChange,
        extendedFileMetadata: true,
        partitionValues: { ...partition },
        size,
      },
    }))
    const added = await writeFile(connection, table, {
      partition,
      select: select(sourceOf(table, files)),
      dataChange,
    })
    actions.push(...removals, ...added)
  }
  if (actions.length > 0) await commitActions(table, operation, actions)
}

/** Writes one data file and returns its add action; none without rows. */
async function writeFile(
  connection: DuckDBConnection,
  table: DeltaTable,
  { partition, select, dataChange }: { partition: Partition; select: string; dataChange: boolean },
): Promise<Action[]> {
  const folder = Object.entries(partition).map(
    ([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`,
  )
  const path = [...folder, `part-00000-${randomUUID()}-c000.parquet`].join('/')
  const file = join(table.folder, path)
  await mkdir(dirname(file), { recursive: true })
  const names = Object.keys(partition).map(quoted)
  const columns = names.length === 0 ? '*' : `* EXCLUDE (${names.join(', ')})`
  const done = await connection.runAndReadAll(
    `COPY (SELECT ${columns} FROM (${select})) TO ${sqlLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`,
  )
  const numRecords = Number(done.getRows()[0]?.[0] ?? 0)
  if (numRecords === 0) return []
  const { size } = await stat(file)
  const add = {
    path: pathToLog(path),
    partitionValues: { ...partition },
    size,
    modificationTime: Date.now(),
    dataChange,
    stats: JSON.stringify({ numRecords }),
  }
  return [{ add }]
}

async function append(
  connection: DuckDBConnection,
  table: DeltaTable,
  { rows, extra }: Extract<Command, { op: 'append' }>,
): Promise<void> {
  const metaData = metaDataOf(table)
  const fields = fieldsOf(table)
  const isNew = extra !== null && !fields.some(({ name }) => name === extra)
  const all = isNew ? [...fields, { name: extra, type: 'string', nullable: true, metadata: {} }] : fields
  const schemaString = JSON.stringify({ type: 'struct', fields: all })
  const actions: Action[] = isNew ? [{ metaData: { ...metaData, schemaString } }] : []
  const partitionOf = (row: object) =>
    Object.fromEntries(
      metaData.partitionColumns.map((name) => [name, String((row as Record<string, unknown>)[name])]),
    )
  const parts = new Map<string, object[]>()
  for (const row of rows) {
    const key = JSON.stringify(partitionOf(row))
    parts.set(key, [...(parts.get(key) ?? []), row])
  }
  for (const [key, own] of parts) {
    const select = selectOf(all, own)
    actions.push(
      ...(await writeFile(connection, table, { partition: JSON.parse(key), select, dataChange: true })),
    )
  }
  await commitActions(table, 'WRITE', actions)
}

/** Rows as SQL: times are epoch milliseconds. */
function selectOf(fields: readonly Field[], rows: readonly object[]): string {
  const shape = fields.map(({ name, type }) => {
    const kind = type === 'timestamp' ? 'BIGINT' : SQL_TYPES[type]
    return `"${name}":"${kind}"`
  })
  const values = fields.map(({ name, type }) => {
    const value = `entry.${quoted(name)}`
    return `${type === 'timestamp' ? `make_timestamptz(${value} * 1000)` : value} AS ${quoted(name)}`
  })
  const json = sqlLiteral(JSON.stringify(rows))
  return `SELECT ${values.join(', ')} FROM (SELECT unnest(from_json(${json}::JSON, '[{${shape.join(',')}}]')) AS entry)`
}

/** The rows of data files with all columns of the table. Values of partition columns come from the log. */
function sourceOf(table: DeltaTable, files: readonly DataFile[]): string {
  const fields = fieldsOf(table)
  const empty = `SELECT ${fields.map(({ name, type }) => `NULL::${SQL_TYPES[type]} AS ${quoted(name)}`).join(', ')}`
  const parts = files.map(({ path, partitionValues }) => {
    const types = new Map(fields.map(({ name, type }) => [name, SQL_TYPES[type]]))
    const constants = Object.entries(partitionValues).map(
      ([name, value]) => `, ${sqlLiteral(value ?? '')}::${types.get(name)} AS ${quoted(name)}`,
    )
    const read = `read_parquet(${sqlLiteral(join(table.folder, path))}, hive_partitioning = false)`
    return `SELECT *${constants.join('')} FROM ${read}`
  })
  return `(${[`${empty} WHERE false`, ...parts].join(' UNION ALL BY NAME ')})`
}

async function rowsOf(connection: DuckDBConnection, table: DeltaTable): Promise<ForeignRows> {
  const fields = fieldsOf(table)
  const columns = fields.map(({ name, type }) => {
    if (type === 'timestamp') return `epoch_us(${quoted(name)})::DOUBLE`
    if (type === 'date') return `${quoted(name)}::VARCHAR`
    return type === 'long' ? `${quoted(name)}::DOUBLE` : quoted(name)
  })
  const source = sourceOf(table, [...table.state.files.values()])
  const answer = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM ${source}`)
  const rows = answer.getRows()
  return {
    columns: fields.map(({ name }) => name),
    values: fields.map((_, at) => rows.map((row) => row[at] ?? null)),
  }
}

async function commitActions(
  table: DeltaTable,
  operation: string,
  actions: readonly Action[],
): Promise<void> {
  const info: Action = { commitInfo: { timestamp: Date.now(), operation, engineInfo: 'plain' } }
  const { kind } = await commit(table, table.state.version, [info, ...actions])
  if (kind === 'conflict') throw new Error(`${operation}: transaction failed, another writer was first`)
}

function metaDataOf({ state, folder }: DeltaTable): MetaData {
  if (state.metaData === null) throw new RangeError(`${folder} has no metadata`)
  return state.metaData
}

function fieldsOf(table: DeltaTable): Field[] {
  return (JSON.parse(metaDataOf(table).schemaString) as { fields: Field[] }).fields
}

function isWithin(values: Partition, partition: Readonly<Record<string, string>>): boolean {
  return Object.entries(partition).every(([name, value]) => values[name] === value)
}

function quoted(name: string): string {
  return `"${name}"`
}
