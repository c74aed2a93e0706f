import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { EpochMs } from '../../market/units.ts'
import type { DuckDB } from './duckdb-package.ts'

/** A DuckDB instance that can read one folder and nothing else. It starts with the first query. */
export interface QueryEngine {
  /** Opens a connection for `work` and closes it afterwards. */
  use<T>(work: (connection: DuckDBConnection, duckdb: DuckDB) => Promise<T>): Promise<T>
  /** Frees the cached footers by closing the database, unless a query is running. The next query starts a new one. */
  releaseIdle(): Promise<void>
  /** Ends a query that is still running. A second call does nothing. */
  close(): Promise<void>
}

/** A database whose connections can access the given folders and nothing else on the machine. */
interface Sandbox {
  readonly duckdb: DuckDB
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  close(): void
}

/** Enough for a chain, a day or a year of one contract. A larger sort fails instead of exhausting the machine. */
const MEMORY_LIMIT = '512MB'

/**
 * Parquet footers are cached: data files never change, and rereading footers takes a quarter of the time of a query
 * over a day of slots. Data pages are not cached, because the operating system does that.
 */
const READER_SETTINGS = [
  "SET GLOBAL TimeZone = 'UTC'",
  'SET GLOBAL parquet_metadata_cache = true',
  'SET GLOBAL enable_external_file_cache = false',
  // Without these threads the allocator keeps the memory of a query over many files: measured 340 MB instead of 200 MB.
  'SET GLOBAL allocator_background_threads = true',
]

/** Queries between two measurements of the footer cache's size. */
const MEASURE_EVERY_QUERIES = 20
/** Above this size the database is replaced when idle, because DuckDB cannot drop cached footers in another way. */
const MAX_FOOTER_BYTES = 64_000_000

/** @param folder real path of the lake. DuckDB is neither imported nor started before the first `use`. */
export function openQueryEngine(folder: string): QueryEngine {
  let current: { readonly sandbox: Promise<Sandbox>; queries: number; running: number } | undefined
  let closed = false
  const release = async () => {
    const old = current
    current = undefined
    // A sandbox that failed to start has nothing to close, and the query that started it has thrown the error.
    await old?.sandbox.then(
      (sandbox) => sandbox.close(),
      () => {},
    )
  }
  return {
    use: async (work) => {
      if (closed) throw new RangeError(`the lake ${folder} was queried after it was closed`)
      current ??= { sandbox: openSandbox([folder]), queries: 0, running: 0 }
      const own = current
      own.running++
      try {
        const { duckdb, instance } = await own.sandbox
        const connection = await instance.connect()
        try {
          return await work(connection, duckdb)
        } finally {
          const isFull =
            ++own.queries % MEASURE_EVERY_QUERIES === 0 && (await footerBytes(connection)) > MAX_FOOTER_BYTES
          connection.closeSync()
          if (isFull && own.running === 1 && own === current) await release()
        }
      } finally {
        own.running--
      }
    },
    releaseIdle: async () => {
      if (current?.running === 0) await release()
    },
    close: async () => {
      closed = true
      await release()
    },
  }
}

async function footerBytes(connection: DuckDBConnection): Promise<number> {
  const answer = await connection.runAndReadAll(
    "SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'",
  )
  return Number(answer.getRows()[0]?.[0] ?? 0)
}

/**
 * Starts a DuckDB instance that can access the given folders and nothing else on the machine. COPY can still write
 * inside these folders, so a caller that runs untrusted SQL must refuse everything but SELECT.
 * @param folders real paths.
 * @param settings of the connection; settings cannot be changed afterwards.
 */
export async function openSandbox(
  folders: readonly string[],
  settings: readonly string[] = [],
): Promise<Sandbox> {
  const { duckdb } = await import('./duckdb-package.ts')
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    threads: '2',
    // By default DuckDB writes what exceeds the memory limit into the current folder of the process.
    temp_directory: '',
  })
  const connection = await instance.connect()
  for (const setting of [...READER_SETTINGS, ...settings]) await connection.run(setting)
  // The order matters: folders can be allowed only while external access is enabled, and the lock prevents later
  // changes.
  const allowed = folders.map((folder) => sqlLiteral(`${folder}/`)).join(', ')
  await connection.run(`SET allowed_directories = [${allowed}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  const close = () => {
    connection.closeSync()
    instance.closeSync()
  }
  return { duckdb, instance, connection, close }
}

/** A string as an SQL literal, for places where DuckDB takes no parameter. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A time as the parameter of `make_timestamptz`: microseconds. */
export function timestampParameter(at: EpochMs): bigint {
  return BigInt(at) * 1000n
}

/** The first line of an error message, because DuckDB repeats the query in the lines below. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] as string
}
