/**
 * Tries what other engines may do to a lake: runs an operation on a copy of the sample lake while optionlake has it open,
 * goes on with optionlake, and compares every row with the model afterwards, in optionlake and in the other engines.
 */
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ForeignOperation, idOf, type OperationId } from '../../scripts/docs/safe-operations.ts'
import { repair } from '../../src/lake/check/repair/repair.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { currentState, type Lake, openLake } from '../../src/lake/open.ts'
import { chainAsOf } from '../../src/lake/query/chains.ts'
import { type SqlValue, sql } from '../../src/lake/query/sql.ts'
import { checkpointNow } from '../../src/lake/tables/ledger.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { RETENTION_MS, vacuum } from '../../src/lake/write/vacuum.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { EpochMs } from '../../src/market/units.ts'
import { Failure } from '../../src/process/failure.ts'
import type { Engine, ReadColumn, Row } from './engine.ts'
import { differences } from './rows.ts'
import {
  columnsOf,
  copyOf,
  DAYS,
  GAP,
  keyIn,
  type Model,
  openSample,
  storeFigures,
  storeSlot,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from './sample-lake.ts'
import { TRIALS, type Trial } from './trials.ts'

export interface SampleLake {
  readonly folder: string
  readonly model: Model
  /** Before the last commit of `option_snapshots`. */
  readonly before: Model
}

export interface TrialResult {
  readonly operation: ForeignOperation
  /** Null if the engine did not run. */
  readonly faults: readonly string[] | null
  /** The message of a refusal, if the verdict is one. */
  readonly refusal: string | null
  readonly ms: number
}

/** Stored after the operation. */
const NEW_DAY = '2026-01-08'

/** The part of a trial that changes as it goes on. */
interface Run {
  readonly folder: string
  readonly model: Model
  readonly trial: Trial
  readonly operation: ForeignOperation
  readonly faults: string[]
}

export async function tryOperation(
  operation: ForeignOperation,
  {
    sample,
    folder,
    engine,
    readers,
  }: {
    readonly sample: SampleLake
    readonly folder: string
    readonly engine: Engine
    readonly readers: readonly Engine[]
  },
): Promise<TrialResult> {
  const startedAt = performance.now()
  const trial = TRIALS[idOf(operation) as OperationId]
  await cp(sample.folder, folder, { recursive: true })
  await trial.prepare?.(folder)
  const run: Run = { folder, model: copyOf(sample.model), trial, operation, faults: [] }
  // The daemon has the lake open when another program changes it.
  const lake = await openSample(folder)
  let refusal: string | null = null
  try {
    const last = (await currentState(lake)).version
    const code = operation.code.replace('<last version - 1>', String(last - 1))
    await engine.run?.(code, folder)
    run.faults.push(...((await trial.check?.(folder)) ?? []))
    trial.effect?.(run.model, sample.before)
    refusal = await goOn(run, lake)
  } catch (error) {
    run.faults.push(messageOf(error))
  } finally {
    await lake.close()
  }
  if (run.faults.length === 0)
    await checkReaders(run, readers).catch((error) => run.faults.push(messageOf(error)))
  return { operation, faults: run.faults, refusal, ms: performance.now() - startedAt }
}

/** Does with optionlake what the verdict allows, and checks the rest is refused. Returns the refusal. */
async function goOn(run: Run, lake: Lake): Promise<string | null> {
  const { verdict } = run.operation
  if (verdict === 'closed' || verdict === 'read_only') return checkRefusals(run, lake)
  await checkContent(run)
  if (verdict === 'append_only') return appendOnly(run, lake)
  await writeOn(run, lake)
  await checkContent(run)
  if (run.trial.repairs) await checkRepair(run)
  return null
}

/** Stores, fills a gap, compacts, deletes and writes checkpoints, with the open lake and with one opened again. */
async function writeOn(run: Run, lake: Lake): Promise<void> {
  const { model, folder } = run
  // The day of one file, the day of two, and the day of many.
  for (const date of DAYS) await storeSlot(lake, model, { date, index: 2, run: 2, half: true })
  await storeSlot(lake, model, { date: DAYS[0], index: GAP, run: 2 })
  await storeSlot(lake, model, { date: NEW_DAY, index: 0, run: 0 })
  const { slot } = run.trial
  if (slot !== undefined) await storeSlot(lake, model, { date: DAYS[0], index: slot, run: 2, half: true })
  await storeFigures(lake, model, { date: DAYS[0], run: 2 })
  await storeFigures(lake, model, { date: NEW_DAY, run: 0 })
  await checkContent(run)
  const { refused } = await compact(lake, { scope: { kind: 'all' } })
  run.faults.push(...refused.map(({ why }) => why))
  await checkCompacted(run, lake)
  await vacuum(lake, { retentionMs: RETENTION_MS })
  await checkpointNow(lake)
  await lake.close()
  const again = await openSample(folder)
  try {
    await storeSlot(again, model, { date: DAYS[0], index: 0, run: 3, half: true })
    await storeSlot(again, model, { date: NEW_DAY, index: 1, run: 0 })
    await checkpointNow(again)
  } finally {
    await again.close()
  }
}

/** After a repair nothing is left to find, no row has changed, and the ledger counts the rows that there are. */
async function checkRepair({ folder, model, faults }: Run): Promise<void> {
  const { findings } = await repair(folder, { clock: systemClock, dryRun: false })
  faults.push(...findings.map(({ kind, detail }) => `after repair: ${kind}: ${detail}`))
  const lake = await openSample(folder)
  try {
    await checkpointNow(lake)
    const found = await rowsIn(lake, 'option_snapshots')
    faults.push(...compare('option_snapshots', found, model).map((one) => `after repair: ${one}`))
    const ledger = await rowsIn(lake, 'slots')
    model.slots = new Map(ledger.map((row) => [keyIn('slots', row), row]))
    for (const { timestamp, symbol, rows } of ledger) {
      const count = found.filter((row) => row.timestamp === timestamp && row.symbol === symbol).length
      if (rows !== count) faults.push(`after repair: ${rows} rows of ${symbol} at ${timestamp}, not ${count}`)
    }
  } finally {
    await lake.close()
  }
}

async function checkCompacted({ faults }: Run, lake: Lake): Promise<void> {
  const files = [...(await currentState(lake)).files.values()]
  const days = new Set(files.map(({ symbol, date }) => `${symbol} ${date}`)).size
  if (files.length !== days) faults.push(`${files.length} files for ${days} days after compact`)
}

/** New slots are stored; what would replace rows is refused. */
async function appendOnly(run: Run, lake: Lake): Promise<string | null> {
  const { model } = run
  await storeSlot(lake, model, { date: DAYS[0], index: GAP, run: 2 })
  await storeSlot(lake, model, { date: NEW_DAY, index: 0, run: 0 })
  await storeSlot(lake, model, { date: NEW_DAY, index: 1, run: 0 })
  const refusals = [
    await refusalOf(run, () => storeSlot(lake, model, { date: DAYS[0], index: 2, run: 2, half: true })),
  ]
  const { compacted } = await compact(lake, { scope: { kind: 'all' } })
  if (compacted.length === 0) run.faults.push('no day was compacted')
  await checkCompacted(run, lake)
  await checkpointNow(lake)
  await checkContent(run)
  return refusals[0] ?? null
}

async function checkRefusals(run: Run, lake: Lake): Promise<string | null> {
  const { folder, model, operation } = run
  const before = await logOf(folder)
  const refusal = await refusalOf(run, () => storeSlot(lake, model, { date: NEW_DAY, index: 0, run: 0 }))
  await refusalOf(run, () => storeSlot(lake, model, { date: DAYS[0], index: 2, run: 2, half: true }))
  await refusalOf(run, () => compact(lake, { scope: { kind: 'all' } }))
  await lake.close()
  await refusalOf(run, async () => {
    const again = await openSample(folder)
    await storeSlot(again, model, { date: NEW_DAY, index: 0, run: 0 }).finally(() => again.close())
  })
  if (operation.verdict === 'closed') {
    await refusalOf(run, async () => {
      const reader = await openLake(folder, { mode: 'read', clock: systemClock })
      await sql(reader, 'SELECT count(*) FROM option_snapshots').finally(() => reader.close())
    })
  } else await checkContent(run)
  const after = await logOf(folder)
  if (before !== after) run.faults.push(`the log has changed: ${after} instead of ${before}`)
  return refusal
}

/** The message of a refusal that names the feature; otherwise a fault. */
async function refusalOf({ operation, faults }: Run, work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    faults.push(`not refused: ${work}`.replace(/\s+/g, ' '))
    return null
  } catch (error) {
    const isNamed = error instanceof Failure && error.message.includes(operation.feature ?? '?')
    if (!isNamed) faults.push(`refused without ${operation.feature}: ${messageOf(error)}`)
    return messageOf(error)
  }
}

async function logOf(folder: string): Promise<string> {
  return (await readdir(join(folder, 'option_snapshots', '_delta_log'))).sort().join(' ')
}

/** Compares what optionlake reads with the model: `verify`, SQL over all tables, and the chain of every slot. */
async function checkContent({ folder, model, trial, faults }: Run): Promise<void> {
  const allowed = new Set<string>(trial.findings ?? [])
  const { findings } = await verify(folder, { clock: systemClock })
  const unexpected = findings.filter(({ kind }) => !allowed.has(kind))
  faults.push(...unexpected.slice(0, 3).map(({ kind, path, detail }) => `verify: ${kind} ${path}: ${detail}`))
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  try {
    for (const table of TABLE_NAMES) {
      faults.push(
        ...compare(table, await rowsIn(lake, table), model).map((one) => `optionlake, ${table}: ${one}`),
      )
    }
    await checkChains(lake, model, faults)
  } finally {
    await lake.close()
  }
}

async function checkChains(lake: Lake, model: Model, faults: string[]): Promise<void> {
  const counts = new Map<string, number>()
  for (const { timestamp, symbol } of model.option_snapshots.values()) {
    counts.set(`${timestamp} ${symbol}`, (counts.get(`${timestamp} ${symbol}`) ?? 0) + 1)
  }
  for (const [slot, count] of counts) {
    const [at, ...words] = slot.split(' ')
    const symbol = words.join(' ')
    const rows = await chainAsOf(lake, symbol, { at: Number(at) as EpochMs })
    const found = rows.filter((row) => row.timestamp === Number(at)).length
    if (found !== count) faults.push(`optionlake, chain of ${symbol} at ${at}: ${found} rows, not ${count}`)
  }
}

async function rowsIn(lake: Lake, table: TableName): Promise<Row[]> {
  const { columns, rows } = await sql(lake, `SELECT * FROM ${table}`, { maxRows: 1_000_000 })
  return rows.map((row) => rowOfSql(columns, row, columnsOf(table)))
}

function rowOfSql(
  names: readonly string[],
  values: readonly SqlValue[],
  columns: readonly ReadColumn[],
): Row {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  return Object.fromEntries(
    names.map((name, at) => {
      const value = values[at] as string | number | null
      return [name, types.get(name) === 'timestamp' && value !== null ? Date.parse(String(value)) : value]
    }),
  )
}

/** Compares what the other engines read with the model. */
async function checkReaders(run: Run, engines: readonly Engine[]): Promise<void> {
  const { folder, model, trial, operation, faults } = run
  const { refusedBy, verdict, engine: changedBy } = operation
  // A table that needs a feature to be read is promised only to the engine that gave it the feature.
  const readers = engines.filter(({ name }) => verdict !== 'closed' || name === changedBy)
  // Without a checkpoint of ours, newer reports are in the log only.
  const isSettled = operation.verdict !== 'closed' && operation.verdict !== 'read_only'
  const tables = TABLE_NAMES.filter((table) => table !== 'slots' || isSettled)
  for (const engine of readers) {
    for (const table of tables) {
      const added = table === 'option_snapshots' && trial.added !== undefined
      const columns = added
        ? [...columnsOf(table), { name: trial.added, type: 'string' } as const]
        : columnsOf(table)
      const found = await engine.read(join(folder, table), columns as readonly ReadColumn[]).catch(messageOf)
      const isRefused = engine.name === refusedBy?.engine && table === 'option_snapshots'
      const wrong = isRefused
        ? typeof found === 'string' && found.includes(refusedBy?.feature ?? '')
          ? []
          : ['it is read, although the page says that it is refused']
        : typeof found === 'string'
          ? [found]
          : compare(table, found, model, columns as readonly ReadColumn[])
      faults.push(...wrong.map((one) => `${engine.name}, ${table}: ${one}`))
    }
  }
}

function compare(
  table: TableName,
  found: readonly Row[],
  model: Model,
  columns = columnsOf(table),
): string[] {
  return differences(found, model[table], { key: TABLES[table].key, columns })
}

function messageOf(error: unknown): string {
  if (error instanceof Failure) return error.message
  return error instanceof Error ? (error.stack ?? error.message).slice(0, 900) : String(error)
}
