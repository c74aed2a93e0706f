import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { loadTable } from '../../../src/delta/index.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { ledger } from '../../../src/lake/tables/ledger.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append, type SlotCommit } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { RETENTION_MS, vacuum } from '../../../src/lake/write/vacuum.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import type { Clock } from '../../../src/market/clock.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import {
  MARKET_METRICS_COLUMNS,
  type MarketMetricsRow,
} from '../../../src/snapshot/figures/market-metrics.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../../src/snapshot/row.ts'

/** One file that the lake's writer made: what a repair may rely on if the bytes are still on disk. */
export interface WrittenFile {
  /** Below the lake's folder. */
  readonly path: string
  readonly sha256: string
  /** The operation that wrote it: of two files with the same key, the later one has the newer row. */
  readonly op: number
}

export interface WrittenData extends WrittenFile {
  readonly table: string
  /** The partition folder; empty in a table without partitions. */
  readonly partition: string
  /** Key → the whole row, as JSON. */
  readonly rows: ReadonlyMap<string, string>
}

export interface WrittenCommit extends WrittenFile {
  readonly table: string
  readonly version: number
  readonly operation: string
  /** The ledger rows in it, as JSON. */
  readonly reports: readonly string[]
}

/** A lake, and everything that was ever written to it. */
export interface WrittenLake {
  readonly folder: string
  readonly clock: Clock
  /** Every data file ever written, oldest first, even if it was replaced or deleted since. */
  readonly data: readonly WrittenData[]
  /** Commits on disk at the end. */
  readonly commits: readonly WrittenCommit[]
  /** Data files in use at the end, below the lake's folder. */
  readonly active: ReadonlySet<string>
  /** Data files on disk at the end, in use or replaced. */
  readonly onDisk: ReadonlySet<string>
  /** The ledger at the end. `detail` of a row names the operation that reported it. */
  readonly ledger: readonly LedgerRow[]
}

/** Reads data files without the code under test. */
export interface RowReader {
  /** Rows of one file of a table: key → the whole row, as JSON; and the number of rows, which may be more. */
  read(table: string, path: string): Promise<{ rows: Map<string, string>; count: number }>
  close(): void
}

export const TABLES = ['option_snapshots', 'slots', 'market_metrics', 'daily_observations'] as const

/** The key columns that are stored in data files; the others are in the partition folder. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  option_snapshots: ['timestamp', 'expiry', 'strike', 'right', 'trading_class'],
  slots: ['timestamp', 'symbol'],
  market_metrics: ['timestamp', 'symbol'],
  daily_observations: ['symbol', 'date', 'source'],
}

const SYMBOLS = ['SPY', 'QQQ', 'IWM'] as const
/** The first two are cleaned from the log; the fourth is compacted, and its sources are still on disk. */
const DATES = ['2026-01-05', '2026-01-12', '2026-02-12', '2026-02-18', '2026-02-20'].map(sessionDate)
const SLOTS_A_DAY = 3
const ROWS_A_SYMBOL = 6
const CHECKPOINT_EVERY = 7
const MINUTE_MS = 60_000

export async function openRowReader(): Promise<RowReader> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return {
    read: async (table, path) => {
      const literal = `'${path.replaceAll("'", "''")}'`
      const answer = await connection.runAndReadAll(
        `SELECT to_json(one)::VARCHAR FROM read_parquet(${literal}, hive_partitioning = false) AS one`,
      )
      const all = answer.getRows().map(([json]) => String(json))
      const keyOf = (json: string) => {
        const row = JSON.parse(json) as Record<string, unknown>
        return (KEYS[table] as readonly string[]).map((name) => row[name]).join(' ')
      }
      return { rows: new Map(all.map((json) => [keyOf(json), json])), count: all.length }
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/**
 * Makes a lake with what a real one has after two months, only smaller: several symbols and days, slots collected again,
 * compacted days, a slot collected again after its day was compacted, small tables with history, checkpoints, a log
 * cleaned up, replaced files that are on disk and others that are deleted. Files have the times of their operations.
 */
export async function makeLake(folder: string, reader: RowReader): Promise<WrittenLake> {
  const clock = movableClock()
  const history = createHistory(folder, reader)
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock,
    maintenance: { checkpointEvery: CHECKPOINT_EVERY },
  })
  const done = async () => {
    await history.record(clock.now())
    clock.passTo(epochMs(clock.now() + MINUTE_MS))
  }
  const collect = async (
    date: SessionDate,
    slot: number,
    again = false,
    symbols: readonly string[] = SYMBOLS,
  ) => {
    clock.passTo(slotTime(date, slot))
    await append(lake, slotCommit({ date, slot, again, symbols, op: history.op() }))
    await done()
    await upsert(lake, MARKET_METRICS, metricsOf({ date, slot, symbols, op: history.op() }))
    await done()
  }
  for (const [day, date] of DATES.entries()) {
    for (let slot = 0; slot < SLOTS_A_DAY; slot++) await collect(date, slot)
    await collect(date, 1, true)
    clock.passTo(slotTime(date, SLOTS_A_DAY))
    await upsert(lake, DAILY_OBSERVATIONS, observationsOf(date, { op: history.op(), now: clock.now() }))
    await done()
    if (day === 1 || day === 3) {
      await compactDays(lake, DATES.slice(0, day + 1), done)
      if (day === 3) await collect(date, 0, true, ['SPY'])
    }
    if (day === 2) await vacuum(lake, { retentionMs: RETENTION_MS })
  }
  const rows = await ledger(lake)
  await lake.close()
  return {
    folder,
    clock,
    data: history.data(),
    commits: commitsOf(folder),
    active: await activeIn(folder),
    onDisk: new Set(filesBelow(folder).filter(isData)),
    ledger: rows,
  }
}

async function compactDays(lake: Lake, dates: readonly SessionDate[], done: () => Promise<void>) {
  for (const date of dates) {
    await compact(lake, { scope: { kind: 'date', date } })
    await done()
  }
}

/** Lists new files after each operation, and gives them the operation's time. */
function createHistory(folder: string, reader: RowReader) {
  const found = new Map<string, WrittenData>()
  const seen = new Set<string>()
  let op = 0
  return {
    op: () => op,
    data: () => [...found.values()],
    record: async (now: EpochMs) => {
      for (const path of filesBelow(folder)) {
        if (seen.has(path) || path.startsWith('.state')) continue
        // The hint is written again and again under one name; nothing depends on its time.
        seen.add(path)
        utimesSync(join(folder, path), now / 1_000, now / 1_000)
        if (!isData(path)) continue
        const table = path.slice(0, path.indexOf('/'))
        const { rows } = await reader.read(table, join(folder, path))
        const partition = path.slice(table.length + 1, Math.max(table.length + 1, path.lastIndexOf('/')))
        found.set(path, { path, table, partition, op, rows, sha256: sha256Of(join(folder, path)) })
      }
      op++
    },
  }
}

function commitsOf(folder: string): WrittenCommit[] {
  const paths = filesBelow(folder).filter((path) => /\/_delta_log\/\d{20}\.json$/.test(path))
  return paths.map((path) => {
    const [first] = readFileSync(join(folder, path), 'utf8').split('\n')
    const { commitInfo } = JSON.parse(first as string) as {
      commitInfo: { operation: string; optionlake: { reports: readonly LedgerRow[] } }
    }
    const version = Number(path.slice(-25, -5))
    return {
      path,
      sha256: sha256Of(join(folder, path)),
      table: path.slice(0, path.indexOf('/')),
      version,
      op: version,
      operation: commitInfo.operation,
      reports: commitInfo.optionlake.reports.map((report) => JSON.stringify(report)),
    }
  })
}

async function activeIn(folder: string): Promise<Set<string>> {
  const active = new Set<string>()
  for (const table of TABLES) {
    const { state } = await loadTable(join(folder, table))
    for (const path of state.files.keys()) active.add(`${table}/${path}`)
  }
  return active
}

/** Whether a path below a lake's folder is that of a data file of a table. */
export function isData(path: string): boolean {
  return path.endsWith('.parquet') && !path.includes('_delta_log') && !path.startsWith('.')
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** A clock that only moves forward. */
function movableClock(): Clock & { passTo(time: EpochMs): void } {
  let now = epochMs(0)
  return {
    now: () => now,
    monotonicMs: () => performance.now(),
    sleep: async () => {},
    machineMs: (ms) => ms,
    passTo: (time) => {
      now = epochMs(Math.max(now, time))
    },
  }
}

function slotTime(date: SessionDate, slot: number): EpochMs {
  return epochMs(Date.parse(`${date}T15:00:00Z`) + slot * 5 * MINUTE_MS)
}

interface SlotPlace {
  readonly date: SessionDate
  readonly slot: number
  readonly symbols: readonly string[]
  readonly op: number
}

/** A slot; collected again, it has half of its contracts with new values, and one more. */
function slotCommit({ date, slot, again, symbols, op }: SlotPlace & { again: boolean }): SlotCommit {
  const at = slotTime(date, slot)
  return {
    slot: at,
    date,
    symbols: symbols.map((symbol) => {
      const contracts = Array.from({ length: ROWS_A_SYMBOL + (again ? 1 : 0) }, (_, n) => n)
      const rows = contracts
        .filter((n) => !again || n % 2 === 0)
        .map((n) => rowOf({ op, n, symbol, at, date }))
      return { symbol, rows, report: reportOf({ op, at, date, symbol, answered: rows.length }) }
    }),
  }
}

interface RowPlace {
  readonly op: number
  readonly n: number
  readonly symbol: string
  readonly at: EpochMs
  readonly date: SessionDate
}

function rowOf({ op, n, symbol, at, date }: RowPlace): SnapshotRow {
  return {
    timestamp: at,
    symbol,
    expiry: '20270115',
    strike: 500 + (n >> 1),
    right: n % 2 === 0 ? 'C' : 'P',
    bid: op + n / 100,
    ask: op + n / 100 + 0.05,
    last: null,
    bid_size: 1,
    ask_size: 2,
    volume: op,
    open_interest: n,
    iv: 0.2 + n / 1_000,
    delta: 0.5,
    gamma: 0.01,
    theta: -0.1,
    vega: 0.3,
    underlying_price: 510,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: at,
    con_id: 700_000_000 + n,
    trading_class: symbol,
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: '202701',
    date,
  }
}

function reportOf({
  op,
  at,
  date,
  symbol,
  answered,
}: Omit<RowPlace, 'n'> & { answered: number }): Omit<LedgerRow, 'rows'> {
  return {
    timestamp: at,
    symbol,
    date,
    outcome: 'stored',
    reason: null,
    detail: `op ${op}`,
    requested: answered,
    answered,
    complete: answered,
    with_greeks: answered,
    skipped: 0,
    underlying_price: 510,
    vix: 17.25,
    skew_seconds: 1,
    smile_skew_seconds: 1,
    started_at: at,
    finished_at: at + 20_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
  }
}

function metricsOf({ date, slot, symbols, op }: SlotPlace): MarketMetricsRow[] {
  const nulls = Object.fromEntries(MARKET_METRICS_COLUMNS.map(({ name }) => [name, null]))
  return symbols.map((symbol) => ({
    ...(nulls as unknown as MarketMetricsRow),
    timestamp: slotTime(date, slot),
    symbol,
    date,
    iv30: 0.2 + op / 1_000,
    contracts: ROWS_A_SYMBOL,
    with_iv: ROWS_A_SYMBOL,
  }))
}

function observationsOf(date: SessionDate, { op, now }: { op: number; now: EpochMs }): ObservationRow[] {
  return SYMBOLS.map((symbol) => ({
    symbol,
    date,
    source: 'chain',
    iv30: 0.2 + op / 1_000,
    close: 510,
    vix: 17,
    cycles: 6,
    recorded_at: now,
    definition_version: null,
    ...NO_DAILY_PRICES,
  }))
}
