import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { type Action, pathToLog } from '../../src/delta/index.ts'
import { sha256Of } from '../../src/lake/checksum.ts'
import { commit } from '../../src/lake/delta.ts'
import { sqlLiteral } from '../../src/lake/engines/duckdb.ts'
import { mergeParquet } from '../../src/lake/engines/polars.ts'
import { dataPath } from '../../src/lake/layout.ts'
import { currentState, type Lake } from '../../src/lake/open.ts'
import { commitInfo } from '../../src/lake/tables/commit-info.ts'
import { storageStep } from '../../src/lake/tables/precision.ts'
import type { SlotCommit } from '../../src/lake/write/append.ts'
import type { Column } from '../../src/snapshot/column.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../src/snapshot/row.ts'
import { makeRows, ROWS_PER_SLOT, SLOTS, SYMBOLS, type SyntheticDay } from './synthetic.ts'

/** The benchmark's own database: it makes the rows, and runs the queries over the glob. */
export async function openDuckDB(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB', threads: '2' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return connection
}

/** The precision that append gives to the columns that have decimals. */
const AS_STORED = (SNAPSHOT_COLUMNS as readonly Column[])
  .flatMap((column) => {
    const step = storageStep(column)
    if (step === null) return []
    const { name, type } = column
    const steps = `round(${type === 'timestamp' ? `epoch_us(${name})` : name} / ${step}) * ${step}`
    return [`${type === 'timestamp' ? `make_timestamptz((${steps})::BIGINT)` : steps} AS ${name}`]
  })
  .join(', ')

/** Stores a whole session as compaction leaves it: one file a symbol, in one commit with the ledger's rows. */
export async function storeCompactedDay(
  lake: Lake,
  duckdb: DuckDBConnection,
  day: SyntheticDay,
): Promise<void> {
  const adds: Promise<Action>[] = []
  for (const symbol of SYMBOLS) {
    const raw = join(lake.layout.state, `${symbol}.raw`)
    const rows = await makeRows(duckdb, day, symbol)
    const stored = `SELECT * REPLACE (${AS_STORED}) FROM (${rows})`
    await duckdb.run(`COPY (${stored}) TO ${sqlLiteral(raw)} (FORMAT parquet, COMPRESSION snappy)`)
    // The next symbol is generated while this one is written.
    adds.push(writeCompacted(lake, raw, { day, symbol }))
  }
  const { version } = await currentState(lake)
  const reports = day.slots.flatMap((_, n) => SYMBOLS.map((symbol) => reportOf(day, symbol, n)))
  const slot = day.slots[SLOTS - 1] as number
  const info = commitInfo('WRITE', { timestamp: slot, slot, reports })
  await commit(lake.snapshots, version, [info, ...(await Promise.all(adds))])
}

async function writeCompacted(
  lake: Lake,
  raw: string,
  { day, symbol }: { day: SyntheticDay; symbol: string },
): Promise<Action> {
  const slot = day.slots[0] as SyntheticDay['slots'][number]
  const path = dataPath({ symbol, date: day.date, slot, unique: 'day' })
  const absolute = join(lake.layout.table, path)
  mkdirSync(dirname(absolute), { recursive: true })
  await mergeParquet([raw], absolute)
  rmSync(raw)
  const bytes = readFileSync(absolute)
  const prices = (day.path.get(symbol) ?? []).map(({ price }) => price)
  const stats = {
    numRecords: (SLOTS * ROWS_PER_SLOT) / SYMBOLS.length,
    minValues: { timestamp: isoOf(day, 0), expiry: day.expiries[0], underlying_price: Math.min(...prices) },
    maxValues: {
      timestamp: isoOf(day, SLOTS - 1),
      expiry: day.expiries.at(-1),
      underlying_price: Math.max(...prices),
    },
    nullCount: Object.fromEntries(SNAPSHOT_COLUMNS.map(({ name }) => [name, 0])),
  }
  const add = {
    path: pathToLog(path),
    partitionValues: { symbol, date: day.date },
    size: bytes.length,
    modificationTime: slot,
    dataChange: true,
    stats: JSON.stringify(stats),
    tags: { 'optionlake.sha256': sha256Of(bytes) },
  }
  return { add }
}

const NUMBERS = ['bid_size', 'ask_size', 'volume', 'open_interest', 'con_id', 'underlying_con_id']
const AS_ROWS = [
  ...['timestamp', 'quoted_at', 'expires_at', 'carried_from'].map(
    (name) => `epoch_ms(${name})::DOUBLE AS ${name}`,
  ),
  ...NUMBERS.map((name) => `${name}::DOUBLE AS ${name}`),
].join(', ')

/** The session's slots in order, as the collector passes them to the lake. */
export async function* slotCommits(duckdb: DuckDBConnection, day: SyntheticDay): AsyncGenerator<SlotCommit> {
  for (const symbol of SYMBOLS) {
    const rows = await makeRows(duckdb, day, symbol)
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE "today ${symbol}" AS ${rows}`)
  }
  for (const [n, slot] of day.slots.entries()) {
    const symbols = []
    for (const symbol of SYMBOLS) {
      const answer = await duckdb.runAndReadAll(
        `SELECT * REPLACE (${AS_ROWS}) FROM "today ${symbol}" WHERE epoch_ms(timestamp) = ${slot}`,
      )
      const rows = answer.getRowObjects().map((row) => ({ ...row, symbol, date: day.date }))
      const { rows: _counted, ...report } = reportOf(day, symbol, n)
      symbols.push({ symbol, rows: rows as unknown as SnapshotRow[], report })
    }
    yield { slot, date: day.date, symbols }
  }
}

export function reportOf(day: SyntheticDay, symbol: string, n: number): LedgerRow {
  const slot = day.slots[n] as number
  const asked = ROWS_PER_SLOT / SYMBOLS.length
  return {
    timestamp: slot,
    symbol,
    date: day.date,
    outcome: 'stored',
    reason: null,
    detail: null,
    requested: asked,
    answered: asked,
    complete: asked,
    with_greeks: asked,
    skipped: 0,
    rows: asked,
    underlying_price: day.path.get(symbol)?.[n]?.price ?? null,
    vix: null,
    skew_seconds: 240,
    smile_skew_seconds: 15,
    started_at: slot,
    finished_at: slot + 240_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
  }
}

function isoOf(day: SyntheticDay, n: number): string {
  return new Date(day.slots[n] as number).toISOString()
}
