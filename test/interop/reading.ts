import { join, resolve } from 'node:path'
import { openLake } from '../../src/lake/open.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../src/market/clock.ts'
import { SNAPSHOT_COLUMNS, SNAPSHOT_KEY, type SnapshotRow } from '../../src/snapshot/row.ts'
import { type Content, sumOf, totalsUpTo } from '../support/writer-operations.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import type { Engine, ReadColumn, Row } from './engine.ts'
import { differences, keyOf } from './rows.ts'
import { writeSampleFigures } from './sample-lake.ts'

const PROGRAMS = resolve(import.meta.dirname, '../support')
/** Long, so that no file of an old version is deleted while a slow engine reads it. */
const RETENTION_SECONDS = 3_600
/** Stored before the first read: enough for a checkpoint and a compacted day. */
const SLOTS_BEFORE_READS = 30
/** All are read after compaction. */
export const TABLES_READ = 1 + SMALL_TABLES.length
/** How much of an engine's error message is shown. */
const MESSAGE_CHARACTERS = 300
const SUMMED = ['con_id', 'bid', 'volume', 'open_interest', 'iv', 'gamma']
const COLUMNS = (SNAPSHOT_COLUMNS as readonly ReadColumn[]).filter(
  ({ name }) => SUMMED.includes(name) || (SNAPSHOT_KEY as readonly string[]).includes(name),
)

interface Share {
  readonly right: number
  readonly of: number
}

export interface ReadResult {
  /** Reads while a process writes. */
  readonly during: Share
  /** Tables, after compaction. */
  readonly after: Share
  readonly faults: readonly string[]
}

const tableOf = (folder: string) => join(folder, 'option_snapshots')

/**
 * Lets each engine read a lake while a process stores slots, compacts and writes checkpoints, and all tables after
 * everything is compacted.
 */
export async function readDuringWrites(
  folder: string,
  engines: readonly Engine[],
  times: number,
): Promise<ReadonlyMap<string, ReadResult>> {
  const during = await readWhileWritten(folder, engines, times)
  const last = await compactAll(folder)
  await writeSampleFigures(folder)
  const results = new Map<string, ReadResult>()
  for (const engine of engines) {
    const early = during.get(engine.name) ?? []
    const snapshots = await readOnce(engine, tableOf(folder), { least: last, most: () => last })
    const late = [...snapshots, ...(await checkSmallTables(engine, folder))]
    results.set(engine.name, {
      during: { right: times - early.length, of: times },
      after: { right: TABLES_READ - late.length, of: TABLES_READ },
      faults: [...early, ...late.map((fault) => `after compaction: ${fault}`)],
    })
  }
  return results
}

/** Reads with each engine in turn while a process writes, then kills that process. */
async function readWhileWritten(
  folder: string,
  engines: readonly Engine[],
  times: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const writer = startWriter({ programs: PROGRAMS, folder, retentionSeconds: RETENTION_SECONDS })
  await expectEvent(writer, 'open')
  await writer.storedCount(SLOTS_BEFORE_READS)
  const found = new Map<string, readonly string[]>()
  for (const engine of engines) {
    const faults: string[] = []
    for (let time = 0; time < times; time++) {
      const least = writer.acknowledged()
      // One more operation may be committed but not acknowledged yet.
      const most = () => writer.acknowledged() + 1
      faults.push(...(await readOnce(engine, tableOf(folder), { least, most })))
    }
    found.set(engine.name, faults)
  }
  await writer.kill()
  return found
}

/** Stores one more slot and compacts everything. Returns the last operation. */
async function compactAll(folder: string): Promise<number> {
  const writer = startWriter({ programs: PROGRAMS, folder, stepped: true })
  await expectEvent(writer, 'ready')
  const { next } = await expectEvent(writer, 'open', writer.order('open'))
  await expectEvent(writer, 'stored', writer.order('store'))
  await expectEvent(writer, 'compacted', writer.order('compact'))
  await writer.kill()
  return next
}

/**
 * Reads once. Returns what is wrong, if anything.
 * @param least the last operation that was committed before the read.
 * @param most the last operation that may be committed when the read ends.
 */
async function readOnce(
  engine: Engine,
  table: string,
  { least, most }: { least: number; most: () => number },
): Promise<string[]> {
  const fault = await engine.read(table, COLUMNS).then(
    (rows) => faultOf(rows, least, most()),
    (error: Error) => error.message.slice(0, MESSAGE_CHARACTERS),
  )
  return fault === null ? [] : [fault]
}

/** What is wrong with a read; null if it shows the lake as it was after one of the operations from `least` to `most`. */
function faultOf(read: readonly Row[], least: number, most: number): string | null {
  const rows = read.length
  const keys = new Set(read.map((row) => keyOf(row, SNAPSHOT_KEY))).size
  if (keys !== rows) return `${rows} rows, but ${keys} distinct keys`
  const sum = sumOf(read as unknown as readonly SnapshotRow[])
  const found = totalsUpTo(most + 1).findIndex((total: Content) => total.rows === rows && total.sum === sum)
  if (found > least) return null
  return found < 0
    ? `${rows} rows with sum ${sum}: the lake was never like that up to operation ${most}`
    : `the lake as of operation ${found - 1}, although operation ${least} was committed before the read`
}

/** Compares the small tables with what optionlake reads, row for row. */
async function checkSmallTables(engine: Engine, folder: string): Promise<string[]> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  try {
    const faults: string[] = []
    for (const table of SMALL_TABLES) {
      const rows = (await readRows(lake, table)) as unknown as readonly Row[]
      const expected = new Map(rows.map((row) => [keyOf(row, table.key), row]))
      const found = await engine.read(join(folder, table.name), table.columns).then(
        (read) => differences(read, expected, table),
        (error: Error) => [error.message.slice(0, MESSAGE_CHARACTERS)],
      )
      if (rows.length === 0) found.push('it is empty')
      if (found.length > 0) faults.push(`${table.name}: ${found.join('; ')}`)
    }
    return faults
  } finally {
    await lake.close()
  }
}
