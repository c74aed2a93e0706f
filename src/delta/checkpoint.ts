import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type QueryEngine, sqlLiteral } from '../lake/engines/duckdb.ts'
import { checkpointName, LAST_CHECKPOINT, pathFromLog, pathToLog } from '../lake/layout.ts'
import type { Action, Add } from './actions.ts'
import {
  type Draft,
  discard,
  draftOf,
  exists,
  flushDraft,
  ioFailure,
  publish,
  reveal,
  writeCause,
} from './atomic-file.ts'
import { CHECKPOINT_SHA256_TAG } from './checkpoint-read.ts'
import { SEAL_KEY, sealOf } from './checkpoint-rows.ts'
import { type Log, openLogOf } from './log.ts'
import type { Table } from './table.ts'

/** A checkpoint that was written. */
export interface CheckpointReport {
  readonly version: number
  readonly bytes: number
  /** Data files that it names. */
  readonly files: number
  /** Records of replaced files that it still carries. */
  readonly removed: number
}

/** The whole add action of a file: memory holds no more of it than reading needs. */
interface WholeFile {
  readonly path: string
  readonly add: Add
}

/**
 * Writes the table's newest version as one Parquet file of Delta's form, from which this and every other reader can
 * begin, and then the pointer to it. Killed at any point it leaves what was there before, or a checkpoint that nobody
 * is pointed to and that is sound.
 * @param forgetBefore records of files that were replaced before this time, epoch milliseconds, are left out once the
 * files are gone from the disk.
 * @throws Failure EXIT.io when the disk refuses or the log cannot be read.
 */
export async function writeCheckpoint<File extends { readonly path: string }>(
  log: Log<File>,
  { engine, forgetBefore }: { readonly engine: QueryEngine; readonly forgetBefore: number },
): Promise<CheckpointReport> {
  const { table } = await openLogOf(log.folder, { unique: log.unique, fileOf: wholeFile })
  const forgotten = await forgettable(log.folder, { removed: table.removed, forgetBefore })
  const actions = actionsOf(table, forgotten)
  const path = join(log.folder, checkpointName(table.version))
  const draft = await draftOf({ path, unique: log.unique(), below: log.folder })
  const seal = sealOf(table.version, actions)
  const bytes = await writeParquet(engine, { draft, actions, seal }).catch(async (error: unknown) => {
    const isDisk = error instanceof Error && error.message.startsWith('IO Error')
    const cause = isDisk ? ioFailure('write', path, await writeCause(log.folder, error)) : error
    await discard(draft.temporary)
    throw cause
  })
  await reveal([draft])
  await point(log, { version: table.version, bytes, actions })
  const removed = new Map([...log.table.removed].filter(([path]) => !forgotten.has(path)))
  Object.assign(log, { table: { ...log.table, removed }, checkpoint: table.version, faults: [] })
  return {
    version: table.version,
    bytes: bytes.length,
    files: table.files.size,
    removed: table.removed.size - forgotten.size,
  }
}

function wholeFile(add: Add): WholeFile {
  return { path: pathFromLog(add.path) ?? add.path, add }
}

/** The rows of a checkpoint: what the table is, not how it came to be. */
function actionsOf(table: Table<WholeFile>, forgotten: ReadonlySet<string>): Action[] {
  const { protocol, metaData, transactions, files, removed } = table
  if (!protocol || !metaData) throw new RangeError('a table without protocol and metaData has no checkpoint')
  return [
    { protocol },
    { metaData },
    ...[...transactions].map(([appId, version]) => ({ txn: { appId, version } })),
    ...[...files.values()].map(({ add }) => ({ add: { ...add, dataChange: false } })),
    ...[...removed]
      .filter(([path]) => !forgotten.has(path))
      .map(([path, deletionTimestamp]) => ({
        remove: { path: pathToLog(path), deletionTimestamp, dataChange: false },
      })),
  ]
}

/** Replaced files that are gone, and were replaced long enough ago for every reader to have left them. */
async function forgettable(
  folder: string,
  { removed, forgetBefore }: { removed: ReadonlyMap<string, number>; forgetBefore: number },
): Promise<Set<string>> {
  const forgotten = new Set<string>()
  for (const [path, at] of removed) {
    if (at < forgetBefore && !(await exists(join(folder, '..', path)))) forgotten.add(path)
  }
  return forgotten
}

const MAP = 'MAP(VARCHAR, VARCHAR)'
const FILE = { path: 'VARCHAR', partitionValues: MAP, size: 'BIGINT', dataChange: 'BOOLEAN' }
/** Columns of a checkpoint, in DuckDB's words. */
const SHAPE = JSON.stringify({
  txn: { appId: 'VARCHAR', version: 'BIGINT', lastUpdated: 'BIGINT' },
  add: { ...FILE, modificationTime: 'BIGINT', stats: 'VARCHAR', tags: MAP },
  remove: { ...FILE, deletionTimestamp: 'BIGINT', extendedFileMetadata: 'BOOLEAN' },
  metaData: {
    id: 'VARCHAR',
    name: 'VARCHAR',
    description: 'VARCHAR',
    format: { provider: 'VARCHAR', options: MAP },
    schemaString: 'VARCHAR',
    partitionColumns: ['VARCHAR'],
    configuration: MAP,
    createdTime: 'BIGINT',
  },
  protocol: { minReaderVersion: 'INTEGER', minWriterVersion: 'INTEGER' },
})
/** Actions handed to DuckDB at once: a table of many files must not need its whole log as one text. */
const BATCH = 2_000
/** The order of `actionsOf`. Apart, each kind has row groups of its own, in which the columns of the others are empty. */
const KINDS = ['add IS NULL AND remove IS NULL', 'add IS NOT NULL', 'remove IS NOT NULL']

/** Polars 0.24 cannot write Parquet's map type, which Delta asks for; DuckDB can. Snappy, which every reader knows. */
async function writeParquet(
  engine: QueryEngine,
  { draft, actions, seal }: { draft: Draft; actions: readonly Action[]; seal: string },
): Promise<Buffer> {
  return engine.use(async (connection) => {
    const rows = `SELECT unnest(from_json($actions::JSON, '[${SHAPE}]')) AS action`
    for (let from = 0; from < actions.length; from += BATCH) {
      const into = from === 0 ? 'CREATE TEMP TABLE actions AS' : 'INSERT INTO actions'
      await connection.run(`${into} SELECT action.* FROM (${rows})`, {
        actions: JSON.stringify(actions.slice(from, from + BATCH)),
      })
    }
    const parts = KINDS.map((kind) => `SELECT * FROM actions WHERE ${kind}`).join(' UNION ALL ')
    const how = `FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${BATCH}`
    const footer = `KV_METADATA {${sqlLiteral(SEAL_KEY)}: ${sqlLiteral(seal)}}`
    await connection.run(`COPY (${parts}) TO ${sqlLiteral(draft.temporary)} (${how}, ${footer})`)
    return flushDraft(draft)
  })
}

async function point<File extends { readonly path: string }>(
  { folder, unique }: Log<File>,
  { version, bytes, actions }: { version: number; bytes: Buffer; actions: readonly Action[] },
): Promise<void> {
  const last = {
    version,
    size: actions.length,
    sizeInBytes: bytes.length,
    numOfAddFiles: actions.filter((action) => 'add' in action).length,
    tags: { [CHECKPOINT_SHA256_TAG]: createHash('sha256').update(bytes).digest('hex') },
  }
  await publish({
    path: join(folder, LAST_CHECKPOINT),
    bytes: Buffer.from(JSON.stringify(last)),
    unique: unique(),
    below: folder,
  })
}
