import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { firstLine, openSandbox, sqlLiteral } from '../../lake/engines/duckdb.ts'
import { keepThreadPoolAwake } from '../../lake/engines/thread-pool.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type Manifest, type ManifestReading, readManifest } from '../files/manifest.ts'
import { type DamageReport, type ReadableRecord, readRecords } from '../files/read-records.ts'
import { dropFaultySql, faultyRowsSql, loadSql, type Origin, viewsSql } from './record-tables.ts'

export type QueryValue =
  | string
  | number
  | boolean
  | null
  | readonly QueryValue[]
  | { readonly [key: string]: QueryValue }
export type QueryRow = Readonly<Record<string, QueryValue>>

/**
 * One file in the database, as the schema `name`. Its tables, absent values null:
 * - `steps`: one row a record: step, timestamp, the market (bid, ask, mid, spread, last_trade, bid_size, ask_size, bid_depth,
 *   ask_depth), the own state (inventory, cash_flow, pnl, orders_sent, open_orders, mark, average_price, realised_pnl,
 *   unrealised_pnl), decision_ms, step_ms, and how many orders, fills, cancels, skipped and refused orders it has
 * - `orders`: one row an order: step, order_id, side, price, qty, and bid, ask, mid and mark of that step
 * - `fills`: one row a fill: step, order_id, side, direction (1 or −1), price, qty, remaining, is_maker, latency_ms,
 *   sent_at_step, arrival_mid, mid
 * - `trades` of the market, `skipped` and `refused` orders: one row each, with its step; read from the file anew
 * - `books`: step, and the levels of both sides as lists of {price, qty}; read from the file anew
 * - `records`: the columns of `steps`, but with orders and fills as lists
 *
 * Files of the original framework have orders and fills, at most one a step, but nothing of what is ours.
 */
export interface LoadedRun {
  readonly name: string
  readonly path: string
  /** The file that DuckDB reads: the same, or a copy without what is damaged. */
  readonly source: string
  readonly origin: Origin
  readonly scenario: string
  readonly experiment: string
  readonly runId: string
  readonly mode: string
  /** Null in files of the original framework and where the venue has none. */
  readonly seed: number | null
  /** Null in files of the original framework. */
  readonly rules: string | null
  readonly damage: DamageReport
  readonly manifest: ManifestReading
}

/** DuckDB over files of step records. One query runs at a time. */
export interface RunEngine {
  /**
   * Reads a file into the schema `name` (a plain identifier), replacing what was there. Damaged lines are skipped and
   * reported. @throws Failure EXIT.io when it cannot be read, EXIT.usage when it has not a single record.
   */
  load(path: string, name: string): Promise<LoadedRun>
  /** Forgets a loaded run. */
  drop(name: string): Promise<void>
  /** Rows as objects by column; whole numbers beyond 2^53 lose digits. */
  query(sql: string): Promise<QueryRow[]>
  close(): void
}

export interface RunEngineOptions {
  /** Folders that may be read and written besides a temporary one: those of the files and of what is exported. */
  readonly folders: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * Of one thread, because two readers of one file wait for each other in busy loops: a file takes 0.23 s of processor time
 * with one and 0.38 s with two. Two engines side by side use two cores. The limit is of DuckDB alone: what a query needs above
 * it goes to the temporary folder, but for a sort of wide rows, which fails. Two engines with Node stay below 500 MB.
 */
const MEMORY_LIMIT = '170MB'
const SETTINGS = ['SET GLOBAL threads = 1', `SET GLOBAL memory_limit = '${MEMORY_LIMIT}'`]

/** @throws Failure EXIT.io when a folder cannot be found. */
export async function openRunEngine({ folders, signal }: RunEngineOptions): Promise<RunEngine> {
  const allowed = [...new Set(folders.map(realFolder))]
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'optionlake-runs-')))
  const releaseThreadPool = keepThreadPoolAwake()
  const sandbox = await openSandbox(
    [...allowed, temporary],
    [...SETTINGS, `SET GLOBAL temp_directory = ${sqlLiteral(temporary)}`],
  ).catch((error: unknown) => {
    releaseThreadPool()
    rmSync(temporary, { recursive: true, force: true })
    throw error
  })
  const { connection } = sandbox
  const stop = () => connection.interrupt()
  signal?.addEventListener('abort', stop)

  async function query(sql: string): Promise<QueryRow[]> {
    signal?.throwIfAborted()
    try {
      const reader = await connection.runAndReadAll(sql)
      const columns = reader.columnNames()
      return reader
        .getRows()
        .map((row) => Object.fromEntries(columns.map((column, at) => [column, plainValue(row[at])])))
    } catch (error) {
      signal?.throwIfAborted()
      if (!firstLine(error).startsWith('Out of Memory')) throw error
      throw new Failure(
        EXIT.usage,
        `the run is too long for ${MEMORY_LIMIT} of memory: use fewer steps`,
        error,
      )
    }
  }

  const copyPath = (name: string) => join(temporary, `${name}.jsonl`)

  async function drop(name: string): Promise<void> {
    await query(`DROP SCHEMA IF EXISTS ${name} CASCADE`)
    rmSync(copyPath(name), { force: true })
  }

  async function load(path: string, name: string): Promise<LoadedRun> {
    const file = realFile(path)
    if (!allowed.some((folder) => dirname(file) === folder || file.startsWith(`${folder}${sep}`)))
      throw new Failure(EXIT.io, `cannot read ${file}: it is outside of ${allowed.join(', ')}`)
    await drop(name)
    await query(`CREATE SCHEMA ${name}`)
    const first = await firstRecord(file)
    if ('damage' in first) {
      const why = first.damage.damaged > 0 ? `: ${describeDamage(first.damage)}` : ''
      throw new Failure(EXIT.usage, `${path} has no record of a step${why}`)
    }
    const { record } = first
    const origin = record.orders || record.fills || record.rules !== undefined ? 'optionlake' : 'original'
    const manifest = readManifest(file)
    // DuckDB takes true for 1 and 1.7 for a step, so it reads alone only what this program has written and nobody changed.
    const isAsWritten = manifest.kind === 'manifest' && hasEndedWith(manifest.manifest, statSync(file).size)
    const { damage, source } =
      (isAsWritten ? await loadSound(file, name, origin) : null) ?? (await loadDamaged(file, name, origin))
    for (const view of viewsSql(name, source)) await query(view)
    return {
      name,
      path,
      source,
      origin,
      scenario: record.scenario,
      experiment: record.experiment,
      runId: record.run_id,
      mode: record.mode,
      seed: record.seed ?? null,
      rules: record.rules ?? null,
      damage,
      manifest,
    }
  }

  /** Reads a file in which every line is a record; null if one is not. */
  async function loadSound(file: string, name: string, origin: Origin): Promise<Loading | null> {
    // DuckDB takes these characters for patterns of names.
    if (/[*?[\]{}]/.test(file)) return null
    try {
      await query(loadSql(name, { file, origin, tolerant: false }))
    } catch (error) {
      if (error instanceof Failure) throw error
      if (signal?.aborted || !isDamage(error)) throw readFailure(file, error)
      return null
    }
    const [faulty] = await query(faultyRowsSql(name))
    if (Object.values(faulty ?? {})[0] !== 0) {
      await query(`DROP TABLE ${name}.records`)
      return null
    }
    const records = await countRecords(name)
    return { source: file, damage: { records, damaged: 0, byFault: {}, examples: [] } }
  }

  /** Copies the lines that are records to a temporary file, and reads that. */
  async function loadDamaged(file: string, name: string, origin: Origin): Promise<Loading> {
    const source = copyPath(name)
    const damage = await copyRecords(file, source, signal)
    await query(loadSql(name, { file: source, origin, tolerant: true })).catch((error: unknown) => {
      throw readFailure(file, error)
    })
    // What only DuckDB refuses, such as half a surrogate pair.
    await query(dropFaultySql(name))
    const refused = damage.records - (await countRecords(name))
    if (refused === 0) return { source, damage }
    const byFault = { ...damage.byFault, not_json: (damage.byFault.not_json ?? 0) + refused }
    return {
      source,
      damage: { ...damage, records: damage.records - refused, damaged: damage.damaged + refused, byFault },
    }
  }

  async function countRecords(name: string): Promise<number> {
    const [row] = await query(`SELECT count(*) AS records FROM ${name}.records`)
    return Number(row?.records)
  }

  return {
    load,
    drop,
    query,
    close: () => {
      signal?.removeEventListener('abort', stop)
      sandbox.close()
      releaseThreadPool()
      rmSync(temporary, { recursive: true, force: true })
    },
  }
}

interface Loading {
  readonly damage: DamageReport
  /** The file that DuckDB can read. */
  readonly source: string
}

/** One line for a person: `3 damaged lines skipped (2 not_json, 1 cut), first line 7: …`. */
export function describeDamage({ damaged, byFault, examples }: DamageReport): string {
  const kinds = Object.entries(byFault).map(([fault, count]) => `${count} ${fault.replaceAll('_', ' ')}`)
  const first = examples[0] && `, first line ${examples[0].line}: ${examples[0].detail}`
  return `${damaged} damaged ${damaged === 1 ? 'line' : 'lines'} skipped (${kinds.join(', ')})${first ?? ''}`
}

/** The first record of a file, or what the file holds instead. */
async function firstRecord(
  file: string,
): Promise<{ readonly record: ReadableRecord } | { readonly damage: DamageReport }> {
  let damage: DamageReport | undefined
  for await (const { record } of readRecords(file, (end) => {
    damage = end
  })) {
    return { record }
  }
  return { damage: damage as DamageReport }
}

async function copyRecords(
  file: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<DamageReport> {
  let report: DamageReport | undefined
  const fd = openSync(target, 'w')
  try {
    for await (const { bytes } of readRecords(file, (end) => {
      report = end
    })) {
      signal?.throwIfAborted()
      writeSync(fd, Buffer.concat([bytes, Buffer.from('\n')]))
    }
  } finally {
    closeSync(fd)
  }
  return report as DamageReport
}

function hasEndedWith({ outcome }: Manifest, bytes: number): boolean {
  return outcome.kind !== 'running' && outcome.file.bytes === bytes
}

/** Whether DuckDB failed because of what a line holds. */
function isDamage(error: unknown): boolean {
  return /^(Invalid Input Error|Conversion Error|Could not convert)/.test(firstLine(error))
}

function readFailure(file: string, error: unknown): unknown {
  return new Failure(EXIT.io, `cannot read ${file}: ${firstLine(error)}`, error)
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure(EXIT.io, `the folder ${folder} cannot be read (${code}): check the path`, error, code)
  }
}

function realFile(path: string): string {
  return join(realFolder(dirname(resolve(path))), basename(path))
}

function plainValue(value: unknown): QueryValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'object' && 'items' in value && Array.isArray(value.items))
    return value.items.map(plainValue)
  if (typeof value === 'object' && 'entries' in value && typeof value.entries === 'object') {
    return Object.fromEntries(
      Object.entries(value.entries ?? {}).map(([key, item]) => [key, plainValue(item)]),
    )
  }
  return String(value)
}
