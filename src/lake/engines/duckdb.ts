import type { DuckDBConnection } from '@duckdb/node-api'

type DuckDB = typeof import('@duckdb/node-api')

/** A DuckDB that can read one folder and nothing else, started at the first question. */
export interface QueryEngine {
  /** Lends a connection of its own to `ask`, and takes it back. */
  use<T>(ask: (connection: DuckDBConnection, duckdb: DuckDB) => Promise<T>): Promise<T>
  /** Gives back what it keeps of files, if nobody is using it: footers of files that are replaced serve nobody. */
  rest(): Promise<void>
  /** Twice is once; a question still running is lost. */
  close(): Promise<void>
}

/** Enough for a chain, a day or a year of one contract; larger sorts fail rather than eat the machine. */
const MEMORY_LIMIT = '512MB'

/**
 * Settings of the reader. Footers are kept, because data files never change and reading a footer again costs a
 * quarter of a question about a day of slots; the files' pages are not, because the operating system keeps them.
 */
const READER_SETTINGS = [
  "SET GLOBAL TimeZone = 'UTC'",
  'SET GLOBAL parquet_metadata_cache = true',
  'SET GLOBAL enable_external_file_cache = false',
  // Or what a question over many files has used stays with the process: 340 MB were seen instead of 200.
  'SET GLOBAL allocator_background_threads = true',
]

/** How often it is looked how much the footers of files take, most of which nobody asks for any more. */
const LOOK_EVERY_USES = 32
/** Beyond this a new database takes over as soon as nobody uses the old one: footers are dropped in no other way. */
const MOST_FOOTER_BYTES = 64_000_000

/** @param folder real path of the lake. Nothing is imported or started until the first `use`. */
export function openQueryEngine(folder: string): QueryEngine {
  let current: { readonly started: ReturnType<typeof openSandbox>; uses: number; lent: number } | undefined
  let closed = false
  const release = async () => {
    const old = current
    current = undefined
    // One that never started has nothing to close, and has said so to whoever asked it.
    await old?.started.then(closeAll, () => {})
  }
  return {
    use: async (ask) => {
      if (closed) throw new RangeError(`${folder} was asked after it was closed`)
      current ??= { started: openSandbox([folder]), uses: 0, lent: 0 }
      const own = current
      own.lent++
      try {
        const { duckdb, instance } = await own.started
        const connection = await instance.connect()
        try {
          return await ask(connection, duckdb)
        } finally {
          const isFull =
            ++own.uses % LOOK_EVERY_USES === 0 && (await footerBytes(connection)) > MOST_FOOTER_BYTES
          connection.closeSync()
          if (isFull && own.lent === 1 && own === current) await release()
        }
      } finally {
        own.lent--
      }
    },
    rest: async () => {
      if (current?.lent === 0) await release()
    },
    close: async () => {
      closed = true
      await release()
    },
  }
}

function closeAll({ connection, instance }: Awaited<ReturnType<typeof openSandbox>>): void {
  connection.closeSync()
  instance.closeSync()
}

async function footerBytes(connection: DuckDBConnection): Promise<number> {
  const answer = await connection.runAndReadAll(
    "SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'",
  )
  return Number(answer.getRows()[0]?.[0] ?? 0)
}

/**
 * Starts a DuckDB that can reach some folders and nothing else of the machine. In these COPY can write: the lock does
 * not stop it.
 * @param folders real paths.
 * @param settings for the connection that comes with it: later ones cannot be set.
 */
export async function openSandbox(folders: readonly string[], settings: readonly string[] = []) {
  const duckdb = await import('@duckdb/node-api')
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY_LIMIT,
    threads: '2',
  })
  const connection = await instance.connect()
  for (const setting of [...READER_SETTINGS, ...settings]) await connection.run(setting)
  // In this order: a folder can be allowed only while access is open, and no setting changes after the lock.
  const allowed = folders.map((folder) => sqlLiteral(`${folder}/`)).join(', ')
  await connection.run(`SET allowed_directories = [${allowed}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
  return { duckdb, instance, connection }
}

/** A text as an SQL literal, for the places where DuckDB takes no bound parameter. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
