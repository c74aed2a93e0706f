import type { DuckDBConnection } from '@duckdb/node-api'

type DuckDB = typeof import('@duckdb/node-api')

/** A DuckDB that can read one folder and nothing else, started at the first question. */
export interface Engine {
  /** Lends a connection of its own to `ask`, and takes it back. */
  use<T>(ask: (connection: DuckDBConnection, duckdb: DuckDB) => Promise<T>): Promise<T>
  /** Twice is once; a question still running is lost. */
  close(): Promise<void>
}

/** Enough for a chain, a day or a year of one contract; larger sorts fail rather than eat the machine. */
const MEMORY_LIMIT = '512MB'

/**
 * Settings of the reader. Footers are kept, because data files never change and reading a footer again costs a
 * third of a question about a day of slots; the files' pages are not, because the operating system keeps them.
 */
const READER_SETTINGS = [
  "SET TimeZone = 'UTC'",
  'SET parquet_metadata_cache = true',
  'SET enable_external_file_cache = false',
  // Or what a question over many files has used stays with the process: 340 MB were seen instead of 200.
  'SET allocator_background_threads = true',
]

/** @param folder real path of the lake. Nothing is imported or started until the first `use`. */
export function lazyEngine(folder: string): Engine {
  let started: ReturnType<typeof openLocked> | undefined
  let closed = false
  return {
    use: async (ask) => {
      if (closed) throw new RangeError(`${folder} was asked after it was closed`)
      started ??= openLocked([folder])
      const { duckdb, instance } = await started
      const connection = await instance.connect()
      try {
        return await ask(connection, duckdb)
      } finally {
        connection.closeSync()
      }
    },
    close: async () => {
      const closing = started
      started = undefined
      closed = true
      // One that never started has nothing to close, and has said so to whoever asked it.
      await closing?.then(
        ({ connection, instance }) => {
          connection.closeSync()
          instance.closeSync()
        },
        () => {},
      )
    },
  }
}

/**
 * Starts a DuckDB that can reach some folders and nothing else of the machine. In these COPY can write: the lock does
 * not stop it.
 * @param folders real paths.
 * @param settings for the connection that comes with it: later ones cannot be set.
 */
export async function openLocked(folders: readonly string[], settings: readonly string[] = []) {
  const duckdb = await import('@duckdb/node-api')
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    threads: '2',
  })
  const connection = await instance.connect()
  for (const setting of [...READER_SETTINGS, ...settings]) await connection.run(setting)
  // In this order: a folder can be allowed only while access is open, and no setting changes after the lock.
  const allowed = folders.map((folder) => quoted(`${folder}/`)).join(', ')
  await connection.run(`SET allowed_directories = [${allowed}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return { duckdb, instance, connection }
}

/** A text as an SQL literal, for the places where DuckDB takes no bound parameter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
