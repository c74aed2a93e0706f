/**
 * The lake at the size it reaches after years. The tables are synthetic: their logs are real, but of `option_snapshots`
 * only the slots that are appended here have data files, because the log is what grows with the number of files.
 */
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Action } from '../../src/delta/index.ts'
import { sha256Of } from '../../src/lake/checksum.ts'
import { commit } from '../../src/lake/delta.ts'
import { dataPath, smallPath } from '../../src/lake/layout.ts'
import { currentState, type Lake, openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { filesOf } from '../../src/lake/query/file-index.ts'
import { stats } from '../../src/lake/query/stats.ts'
import { commitInfo } from '../../src/lake/tables/commit-info.ts'
import { checkpointNow, ledger } from '../../src/lake/tables/ledger.ts'
import { folderOf, smallDeltaTable } from '../../src/lake/tables/loaded-small-tables.ts'
import { FILE_COLUMNS } from '../../src/lake/tables/schema.ts'
import {
  SLOTS as LEDGER,
  type SmallDeltaTable,
  STORED_SLOTS_TAG,
} from '../../src/lake/tables/small-tables.ts'
import { append, type SlotCommit } from '../../src/lake/write/append.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../src/snapshot/row.ts'
import { type Goal, median } from './report.ts'
import { SLOTS, type SyntheticDay, syntheticDays } from './synthetic.ts'
import { reportOf } from './year.ts'

interface Scale {
  readonly name: string
  readonly days: number
  readonly symbols: number
}

const LAST_DAY = sessionDate('2026-11-20')
const SESSIONS_A_YEAR = 252
/** Few, so that the data files of a slot are small. */
const ROWS_OF_A_SYMBOL = 10
/** Adds in one commit while a log is made. */
const ADDS_AT_ONCE = 10_000
const RUNS = 5

/** Measures both sizes, and the two searches that used to grow with the square. `quick` uses a quarter of the days. */
export async function measureScale(folder: string, quick: boolean): Promise<Goal[]> {
  const days = (years: number) => Math.ceil((years * SESSIONS_A_YEAR) / (quick ? 4 : 1))
  const years = (count: number) =>
    quick ? `${days(count)} sessions` : `${count} year${count > 1 ? 's' : ''}`
  return [
    ...(await measureLake(folder, { name: `${years(5)} × 3 symbols`, days: days(5), symbols: 3 })),
    ...(await measureLake(folder, { name: `${years(1)} × 200 symbols`, days: days(1), symbols: 200 })),
    ...(await measureLookup(folder)),
    ...(await measureUpsert(folder)),
  ]
}

async function measureLake(parent: string, scale: Scale): Promise<Goal[]> {
  const days = syntheticDays(scale.days, LAST_DAY)
  const today = days.at(-1) as SyntheticDay
  const symbols = symbolsOf(scale.symbols)
  const folder = mkdtempSync(join(parent, 'scale-'))
  const writer = await open(folder, 'write', today)
  await storeCompacted(writer, days.slice(0, -1), symbols)
  await storeLedgerFiles(writer, days.slice(0, -1), symbols)
  const checkpoint = await timed(() => checkpointNow(writer))
  for (let n = 0; n < SLOTS; n++) await storeSlot(writer, today, { n, symbols })
  const opened = openedInNewProcess(writer.layout.root)
  const reader = await open(folder, 'read', today)
  const symbol = symbols[0] as string
  const refreshMs: number[] = []
  const appendMs: number[] = []
  for (let nth = 0; nth < RUNS; nth++) {
    const slot = slotOf(today, { nth, symbols, rows: ROWS_OF_A_SYMBOL })
    appendMs.push((await timed(() => append(writer, slot))).ms)
    refreshMs.push((await timed(async () => filesOf(await currentState(reader), symbol, today.date))).ms)
  }
  const yesterday = days.at(-2) as SyntheticDay
  const goals: Goal[] = [
    { name: 'opening in a new process', value: opened.ms, unit: 'ms', atMost: 1_000 },
    { name: 'resident memory of that process', value: opened.rss / 1e6, unit: 'MB', atMost: 300 },
    { name: 'refresh after a commit', value: median(refreshMs), unit: 'ms', atMost: 100 },
    { name: 'append of a slot', value: median(appendMs), unit: 'ms', atMost: 1_000 },
    {
      name: 'ledger of a past day',
      value: await medianOf(() => ledger(reader, { date: yesterday.date })),
      unit: 'ms',
      atMost: 250,
    },
    {
      name: 'ledger of today',
      value: await medianOf(() => ledger(reader, { date: today.date })),
      unit: 'ms',
      atMost: 250,
    },
    {
      name: 'latest chain from disk',
      value: await medianOf(() => latestChain(reader, symbol)),
      unit: 'ms',
      atMost: 50,
    },
    { name: 'statistics', value: await medianOf(() => stats(reader)), unit: 'ms', atMost: 250 },
    { name: 'writing a checkpoint', value: checkpoint.ms, unit: 'ms', atMost: 10_000 },
    {
      name: 'size of the checkpoint',
      value: checkpoint.result.checkpoint.bytes / 1e6,
      unit: 'MB',
      atMost: 50,
    },
  ]
  await reader.close()
  await writer.close()
  rmSync(folder, { recursive: true })
  return goals.map((goal) => ({ ...goal, name: `${scale.name}: ${goal.name}` }))
}

/** Append finds the files of its slot: 500 symbols, 100,000 files. The slot has no rows, so that only this is measured. */
async function measureLookup(parent: string): Promise<Goal[]> {
  const days = syntheticDays(200, LAST_DAY)
  const today = days.at(-1) as SyntheticDay
  const symbols = symbolsOf(500)
  const folder = mkdtempSync(join(parent, 'scale-'))
  const lake = await open(folder, 'write', today)
  await storeCompacted(lake, days, symbols)
  const taken: number[] = []
  for (let nth = 0; nth < 3; nth++) {
    const slot = slotOf(today, { nth, symbols, rows: 0 })
    taken.push((await timed(() => append(lake, slot))).ms)
  }
  await lake.close()
  rmSync(folder, { recursive: true })
  const name = 'append finds the files of 500 symbols among 100,000'
  return [{ name, value: median(taken), unit: 'ms', atMost: 500 }]
}

/** The ledger of one day of 500 symbols, as one upsert. */
async function measureUpsert(parent: string): Promise<Goal[]> {
  const [today] = syntheticDays(1, LAST_DAY) as [SyntheticDay]
  const folder = mkdtempSync(join(parent, 'scale-'))
  const lake = await open(folder, 'write', today)
  const rows = reportsOf(today, symbolsOf(500))
  const value = await medianOf(() => upsert(lake, LEDGER, rows), 3)
  await lake.close()
  rmSync(folder, { recursive: true })
  return [{ name: `upsert of ${rows.length} rows of a day`, value, unit: 'ms', atMost: 300 }]
}

function open(folder: string, mode: 'read' | 'write', today: SyntheticDay): Promise<Lake> {
  const clock: Clock = { ...systemClock, now: () => today.slots.at(-1) as EpochMs }
  return openLake(join(folder, 'lake'), { mode, source: 'simulated', clock })
}

/** One file for each symbol and day, as compaction leaves them. */
async function storeCompacted(
  lake: Lake,
  days: readonly SyntheticDay[],
  symbols: readonly string[],
): Promise<void> {
  const adds = days.flatMap((day) =>
    symbols.map((symbol) => addOf(day, { symbol, from: 0, to: SLOTS - 1, rows: SLOTS * 2_400 })),
  )
  for (let from = 0; from < adds.length; from += ADDS_AT_ONCE) {
    const info = commitInfo('WRITE', { timestamp: days[0]?.slots[0] as number })
    await commitAll(lake.snapshots, [info, ...adds.slice(from, from + ADDS_AT_ONCE)])
  }
}

/** One slot of today: a file of each symbol, and their reports. */
async function storeSlot(
  lake: Lake,
  day: SyntheticDay,
  { n, symbols }: { n: number; symbols: readonly string[] },
): Promise<void> {
  const slot = day.slots[n] as number
  const reports = symbols.map((symbol) => reportOf(day, symbol, n))
  const adds = symbols.map((symbol) => addOf(day, { symbol, from: n, to: n, rows: 2_400 }))
  await commitAll(lake.snapshots, [commitInfo('WRITE', { timestamp: slot, slot, reports }), ...adds])
}

/** The ledger's files of past days. Only that of the last day has the day's rows; the others are links to it. */
async function storeLedgerFiles(
  lake: Lake,
  days: readonly SyntheticDay[],
  symbols: readonly string[],
): Promise<void> {
  const last = days.at(-1) as SyntheticDay
  await upsert(lake, LEDGER, reportsOf(last, symbols))
  const table = (await smallDeltaTable(lake, LEDGER)) as SmallDeltaTable
  const [file] = table.state.files.values()
  if (!file) throw new Error('the ledger has no file')
  const folder = folderOf(lake, LEDGER)
  const adds = days.slice(0, -1).map((day): Action => {
    const path = smallPath({ name: 'date', value: day.date }, 'linked')
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    linkSync(join(folder, file.path), join(folder, path))
    return {
      add: {
        path,
        partitionValues: { date: day.date },
        size: file.size,
        modificationTime: day.slots[0] as number,
        dataChange: true,
        stats: JSON.stringify({ numRecords: file.rows }),
        tags: { 'optionlake.sha256': file.sha256 as string, [STORED_SLOTS_TAG]: String(SLOTS) },
      },
    }
  })
  await commitAll(table, [commitInfo('WRITE', { timestamp: last.slots[0] as number }), ...adds])
}

async function commitAll(
  table: Lake['snapshots'] | SmallDeltaTable,
  actions: readonly Action[],
): Promise<void> {
  const outcome = await commit(table as Lake['snapshots'], table.state.version, actions)
  if (outcome.kind !== 'committed') throw new Error(outcome.reason)
}

/** Checksum, names and statistics are as long, and compress as badly, as those of a real file. */
function addOf(
  day: SyntheticDay,
  { symbol, from, to, rows }: { symbol: string; from: number; to: number; rows: number },
): Action {
  const iso = (n: number) => new Date(day.slots[n] as number).toISOString()
  const slot = day.slots[from] as EpochMs
  const sha256 = sha256Of(Buffer.from(`${symbol} ${slot} ${to}`))
  const digits = (at: number) => Number.parseInt(sha256.slice(at, at + 6), 16)
  const bounds = (times: number) =>
    Object.fromEntries(FILE_COLUMNS.map(({ name }, at) => [name, times + digits(at) / 1_000_000]))
  return {
    add: {
      path: dataPath({ symbol, date: day.date, slot, unique: `${sha256.slice(0, 32)}-${sha256.slice(28)}` }),
      partitionValues: { symbol, date: day.date },
      size: 50_000 * (to - from + 1) + digits(0),
      modificationTime: slot,
      dataChange: true,
      stats: JSON.stringify({
        numRecords: rows,
        minValues: { ...bounds(0), timestamp: iso(from) },
        maxValues: { ...bounds(600), timestamp: iso(to) },
        nullCount: Object.fromEntries(FILE_COLUMNS.map(({ name }, at) => [name, digits(at) % rows])),
      }),
      tags: { 'optionlake.sha256': sha256, 'optionlake.rows': String(rows) },
    },
  }
}

/** A slot after today's 78. */
function slotOf(
  day: SyntheticDay,
  { nth, symbols, rows }: { nth: number; symbols: readonly string[]; rows: number },
): SlotCommit {
  const slot = epochMs((day.slots.at(-1) as number) + (nth + 1) * 300_000)
  return {
    slot,
    date: day.date,
    symbols: symbols.map((symbol) => {
      const { rows: _counted, ...report } = { ...reportOf(day, symbol, SLOTS - 1), timestamp: slot }
      return { symbol, report, rows: Array.from({ length: rows }, (_, n) => rowOf(symbol, { slot, day, n })) }
    }),
  }
}

function rowOf(
  symbol: string,
  { slot, day, n }: { slot: number; day: SyntheticDay; n: number },
): SnapshotRow {
  return {
    timestamp: slot,
    symbol,
    expiry: day.expiries[0] as string,
    strike: 100 + n,
    right: 'C',
    bid: 1,
    ask: 1.1,
    last: null,
    bid_size: 10,
    ask_size: 10,
    volume: 0,
    open_interest: null,
    iv: 0.2,
    delta: 0.5,
    gamma: 0.01,
    theta: -0.01,
    vega: 0.1,
    underlying_price: 105,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: slot,
    con_id: 1_000 + n,
    trading_class: symbol,
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: (day.expiries[0] as string).slice(0, 6),
    date: day.date,
  }
}

function reportsOf(day: SyntheticDay, symbols: readonly string[]): LedgerRow[] {
  return day.slots.flatMap((_, n) => symbols.map((symbol) => reportOf(day, symbol, n)))
}

function symbolsOf(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `S${String(n).padStart(3, '0')}`)
}

function openedInNewProcess(folder: string): { ms: number; rss: number } {
  const script = resolve(import.meta.dirname, 'lake-open.js')
  const once = () =>
    JSON.parse(execFileSync(process.execPath, [script, folder]).toString()) as { ms: number; rss: number }
  const all = Array.from({ length: RUNS }, once)
  return { ms: median(all.map(({ ms }) => ms)), rss: median(all.map(({ rss }) => rss)) }
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedAtMs = performance.now()
  const result = await work()
  return { ms: performance.now() - startedAtMs, result }
}

async function medianOf(work: () => Promise<unknown>, runs = RUNS): Promise<number> {
  const taken: number[] = []
  for (let nth = 0; nth < runs; nth++) taken.push((await timed(work)).ms)
  return median(taken)
}
