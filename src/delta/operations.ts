import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Action, Add, CommitInfo, Transaction } from './actions.ts'
import { flushFolders } from './atomic-file.ts'
import { commit, commitWithRetry } from './commit.ts'
import { DeltaError, ioError } from './errors.ts'
import { logFolderOf, pathToLog } from './file-names.ts'
import { READER_VERSION, WRITER_VERSION } from './protocol.ts'
import { type DeltaTable, loadTable, type TableOptions } from './table.ts'
import type { DataFile, TableState } from './table-state.ts'

/** A column as a field of the Delta schema. */
export interface Field {
  readonly name: string
  /** `string`, `long`, `integer`, `double`, `boolean`, `date`, `timestamp`, …; a nested type as Delta writes it. */
  readonly type: string | Readonly<Record<string, unknown>>
  readonly nullable: boolean
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface NewTable {
  readonly columns: readonly Field[]
  readonly partitionColumns?: readonly string[]
  readonly name?: string
  readonly description?: string
  /** Table properties. */
  readonly configuration?: Readonly<Record<string, string>>
}

/** A data file that the caller has written to the table's folder and flushed. */
export interface NewFile {
  /** Below the table's folder, as on disk. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** A value for each partition column, as text; none for a table without partitions. */
  readonly partitionValues?: Readonly<Record<string, string | null>>
  /** Delta's statistics: `numRecords`, `minValues`, `maxValues`, `nullCount`. */
  readonly stats?: Readonly<Record<string, unknown>>
  readonly tags?: Readonly<Record<string, string>>
}

/** Time and `commitInfo` of a commit. */
export interface CommitOptions {
  /** Epoch milliseconds; now if left out. */
  readonly now?: number
  /** Added to `commitInfo` unchanged. */
  readonly info?: Readonly<Record<string, unknown>>
}

export interface AppendOptions extends CommitOptions {
  /** Nothing is written if the table already has this version, or a later one, of this application. */
  readonly transaction?: Pick<Transaction, 'appId' | 'version'>
}

/**
 * Creates a table in a folder. The folder is created if needed.
 * @throws DeltaError 'table_exists' when the folder already has a table; 'io'.
 */
export async function createTable(
  folder: string,
  { columns, partitionColumns = [], name, description, configuration = {} }: NewTable,
  { now = Date.now(), info, ...options }: TableOptions & CommitOptions = {},
): Promise<DeltaTable> {
  const logFolder = logFolderOf(folder)
  try {
    const made = await mkdir(logFolder, { recursive: true })
    await flushFolders(logFolder, made === undefined ? folder : dirname(made))
  } catch (error) {
    throw ioError('make', logFolder, error)
  }
  const table = await loadTable(folder, options)
  const fields = columns.map((column) => ({ ...column, metadata: column.metadata ?? {} }))
  const actions: Action[] = [
    { commitInfo: commitInfoOf('CREATE TABLE', { now, info }) },
    { protocol: { minReaderVersion: READER_VERSION, minWriterVersion: WRITER_VERSION } },
    {
      metaData: {
        id: randomUUID(),
        name,
        description,
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify({ type: 'struct', fields }),
        partitionColumns: [...partitionColumns],
        configuration: { ...configuration },
        createdTime: now,
      },
    },
  ]
  const isNew = table.state.version < 0 && (await commit(table, -1, actions)).kind === 'committed'
  if (isNew) return table
  throw new DeltaError('table_exists', `${folder} is already a Delta table: load it, or use another folder`)
}

/**
 * Adds data files in one commit. Other writers' commits are not a conflict unless they change the protocol or metadata.
 * @throws DeltaError as `commitWithRetry`; RangeError when a file's partition values do not match the table's columns.
 */
export async function append<Facts>(
  table: DeltaTable<DataFile, Facts>,
  files: readonly NewFile[],
  { now = Date.now(), info, transaction }: AppendOptions = {},
): Promise<TableState<DataFile, Facts>> {
  const { state } = await commitWithRetry(table, async (state) => {
    const known = transaction ? (state.transactions.get(transaction.appId) ?? -1) : -1
    if (transaction && known >= transaction.version) return null
    const commitInfo = commitInfoOf('WRITE', { now, info, isBlindAppend: true, readVersion: state.version })
    const adds = files.map((file) => ({ add: addOf(file, { state, now }) }))
    return { actions: [{ commitInfo }, ...(transaction ? [{ txn: transaction }] : []), ...adds] }
  })
  return state
}

/**
 * Removes data files in one commit. Paths that are not in the table are skipped. The files stay on disk for readers of
 * older versions; `removed` of the state lists them.
 * @throws DeltaError as `commitWithRetry`
 */
export async function remove<Facts>(
  table: DeltaTable<DataFile, Facts>,
  paths: readonly string[],
  { now = Date.now(), info }: CommitOptions = {},
): Promise<TableState<DataFile, Facts>> {
  const { state } = await commitWithRetry(table, async (state) => {
    const files = paths.flatMap((path) => state.files.get(path) ?? [])
    if (files.length === 0) return null
    const commitInfo = commitInfoOf('DELETE', { now, info, isBlindAppend: false, readVersion: state.version })
    return { actions: [{ commitInfo }, ...files.map((file) => removalOf(file, now))] }
  })
  return state
}

function addOf(file: NewFile, { state, now }: { state: Pick<TableState, 'metaData'>; now: number }): Add {
  const { path, size, partitionValues = {}, stats, tags } = file
  const expected = state.metaData?.partitionColumns ?? []
  if ([...expected].sort().join() !== Object.keys(partitionValues).sort().join()) {
    throw new RangeError(`${path} needs a partition value for each of: ${expected.join(', ') || 'no column'}`)
  }
  return {
    path: pathToLog(path),
    partitionValues: { ...partitionValues },
    size,
    modificationTime: now,
    dataChange: true,
    ...(stats ? { stats: JSON.stringify(stats) } : {}),
    ...(tags ? { tags: { ...tags } } : {}),
  }
}

function removalOf({ path, size, partitionValues }: DataFile, now: number): Action {
  return {
    remove: {
      path: pathToLog(path),
      deletionTimestamp: now,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues,
      size,
    },
  }
}

function commitInfoOf(
  operation: string,
  { now, info, ...facts }: { now: number; info: CommitOptions['info'] } & Record<string, unknown>,
): CommitInfo {
  return { timestamp: now, operation, ...facts, ...info }
}
