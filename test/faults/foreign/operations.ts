import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { logFolderOf } from '../../../src/delta/index.ts'
import { tableFolder } from '../../../src/lake/layout.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { checkpointNow, storeLedger } from '../../../src/lake/tables/ledger.ts'
import {
  DAILY_OBSERVATIONS,
  MARKET_METRICS,
  SLOTS,
  type SmallTable,
} from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { Command, ForeignEngine } from './engine.ts'
import {
  ALL_TABLES,
  CHANGEABLE,
  changedRows,
  countOf,
  EXTRA_COLUMN,
  enterReports,
  keyOf,
  type LakeModel,
  OPTION_SNAPSHOTS,
  type Row,
  rowsIn,
  SMALL,
  type TableModel,
  type TableShape,
  tableOf,
  withRows,
} from './model.ts'
import {
  pick,
  type Random,
  reportOf,
  type SlotPlace,
  SYMBOLS,
  slotPlace,
  smallRow,
  snapshotRow,
  snapshotRows,
} from './rows.ts'

/** A lake under test: the open lake, the other engine, and the model of both. */
export interface Workspace {
  readonly folder: string
  readonly engine: ForeignEngine
  readonly model: LakeModel
  /** Open for writing. */
  lake: Lake
  /** Open for reading all the time, so that it follows the log as another process does. */
  reader: Lake
  /** Slots so far: those that were stored and those that were left out. */
  slots: number
  readonly reopen: () => Promise<void>
}

/** One kind of operation. */
export interface Operation {
  readonly name: string
  readonly by: 'ours' | 'theirs' | 'both'
  /** How often it is chosen, relative to the others. */
  readonly weight: number
  /** The command that it needs of the other engine. */
  readonly needs?: Command['op']
  /**
   * Changes the lake and the model, at a place that `random` chooses. Returns the tables that it may have changed, and
   * what was wrong. Null if there was nothing to do.
   */
  run(workspace: Workspace, random: Random): Promise<Outcome | null>
}

interface Outcome {
  readonly tables: readonly string[]
  readonly wrong?: readonly string[]
}

const SNAPSHOTS = OPTION_SNAPSHOTS.name

function snapshotsOf({ model }: Workspace): TableModel {
  return tableOf(model, SNAPSHOTS)
}

function folderOf({ folder }: Workspace, name: string): string {
  return tableFolder(folder, name)
}

/** Stores a slot as the daemon does, and enters it in the model. */
async function storeSlot(
  workspace: Workspace,
  place: SlotPlace,
  parts: ReadonlyMap<string, readonly Row[]>,
): Promise<Outcome> {
  const { model, lake } = workspace
  const symbols = [...parts].map(([symbol, rows]) => ({
    symbol,
    rows: rows as never,
    report: reportOf(place, symbol, rows.length),
  }))
  await append(lake, { ...place, symbols })
  const table = snapshotsOf(workspace)
  table.content = withRows(table.shape, table.content, [...parts.values()].flat())
  const reports = symbols.map(({ symbol, report }) => ({
    ...report,
    rows: countOf(model, place.slot, symbol),
  }))
  enterReports(model, reports)
  return { tables: [SNAPSHOTS] }
}

function freshParts(random: Random, place: SlotPlace): Map<string, readonly Row[]> {
  const symbols = SYMBOLS.filter(() => random() < 0.8)
  const chosen = symbols.length === 0 ? [SYMBOLS[0]] : symbols
  return new Map(chosen.map((symbol) => [symbol, snapshotRows(random, place, symbol)]))
}

/** Indexes of slots with rows or without. */
function slotIndexes({ slots, model }: Workspace, withRows: boolean): number[] {
  const stored = new Set(rowsIn(tableOf(model, SNAPSHOTS).content).map((row) => row.timestamp))
  return Array.from({ length: slots }, (_, index) => index).filter(
    (index) => stored.has(slotPlace(index).slot) === withRows,
  )
}

const nothing = async () => null

/** A part of a table's rows, as a function and as SQL. */
interface Selection {
  readonly where: string
  matches(row: Row): boolean
}

function selectionOf({ shape, content }: TableModel, random: Random): Selection | null {
  const rows = rowsIn(content)
  const row = pick(random, rows)
  if (row === undefined) return null
  const bySymbolAndDate = (one: Row) => one.symbol === row.symbol && one.date === row.date
  const where = `symbol = '${row.symbol}' AND date = CAST('${row.date}' AS DATE)`
  if (shape !== OPTION_SNAPSHOTS || random() < 0.1) return { where, matches: bySymbolAndDate }
  const { strike, right } = row
  return {
    where: `${where} AND "right" = '${right}' AND strike >= ${strike}`,
    matches: (one) =>
      bySymbolAndDate(one) && one.right === right && (one.strike as number) >= (strike as number),
  }
}

/** New rows for a small table: of slots that exist. */
function smallRows(workspace: Workspace, shape: TableShape, random: Random): Row[] {
  const indexes = slotIndexes(workspace, true)
  const count = 1 + Math.floor(random() * 4)
  const rows = Array.from({ length: indexes.length === 0 ? 0 : count }, () => {
    const { slot, date } = slotPlace(pick(random, indexes))
    const symbol = pick(random, SYMBOLS)
    const fixed =
      shape.name === DAILY_OBSERVATIONS.name
        ? { symbol, date, source: pick(random, ['chain', 'ib_index']), recorded_at: slot }
        : { symbol, date, timestamp: slot }
    return smallRow(random, shape, fixed)
  })
  return [...new Map(rows.map((row) => [keyOf(shape, row), row])).values()]
}

/** Random partition of a table with rows; null for all. */
function partitionOf({ shape, content }: TableModel, random: Random): Record<string, string> | null {
  const row = pick(random, rowsIn(content))
  if (row === undefined || random() < 0.2) return null
  if (shape === OPTION_SNAPSHOTS) return { symbol: String(row.symbol), date: String(row.date) }
  return shape.name === MARKET_METRICS.name ? { date: String(row.date) } : null
}

/** A command that may not change any row of a table that exists. */
function neutral(
  op: Command['op'],
  weight: number,
  command: (workspace: Workspace, random: Random, shape: TableShape) => Command | null,
  after: (workspace: Workspace, shape: TableShape) => void = () => {},
): Operation {
  return {
    name: op,
    by: 'theirs',
    weight,
    needs: op,
    run: async (workspace, random) => {
      const shape = pick(random, random() < 0.6 ? [OPTION_SNAPSHOTS] : ALL_TABLES)
      if (!isThere(workspace, shape)) return null
      const one = command(workspace, random, shape)
      if (one === null) return null
      await workspace.engine.run(one)
      after(workspace, shape)
      return { tables: [shape.name] }
    },
  }
}

/** Whether a table exists: another engine cannot open one before the first write to it. */
function isThere({ model, lake }: Workspace, shape: TableShape): boolean {
  if (shape.name === SLOTS.name) return lake.smallTables.has(SLOTS.name)
  return tableOf(model, shape.name).version >= 0
}

function partitionFor(workspace: Workspace, shape: TableShape, random: Random) {
  const table = workspace.model.tables.get(shape.name)
  const partition = table === undefined ? null : partitionOf(table, random)
  return partition === null ? {} : { partition }
}

/** Files of older versions may be gone. */
function forgetOlder({ model }: Workspace, shape: TableShape): void {
  const table = model.tables.get(shape.name)
  if (table) table.wholeFrom = table.version
}

/** Changes rows by a command, and in the model. */
async function changeRows(
  { engine }: Workspace,
  table: TableModel,
  { command, change }: { command: Command; change: (row: Row) => Row | null },
): Promise<Outcome> {
  await engine.run(command)
  table.content = changedRows(table.content, change)
  return { tables: [table.shape.name] }
}

const randomTable = (workspace: Workspace, random: Random): TableModel =>
  tableOf(workspace.model, pick(random, random() < 0.6 ? [OPTION_SNAPSHOTS] : CHANGEABLE).name)

/** Rows with keys that the table lacks: contracts of an existing slot at other strikes, or a new slot. */
function foreignRowsFor(workspace: Workspace, table: TableModel, random: Random): Row[] {
  if (table.shape !== OPTION_SNAPSHOTS) {
    const rows = smallRows(workspace, table.shape, random)
    const known = new Set(rowsIn(table.content).map((row) => keyOf(table.shape, row)))
    return rows.filter((row) => !known.has(keyOf(table.shape, row)))
  }
  const indexes = slotIndexes(workspace, true)
  if (indexes.length === 0) return []
  const place = slotPlace(random() < 0.2 ? workspace.slots++ : pick(random, indexes))
  const symbol = pick(random, SYMBOLS)
  const first = 600 + rowsIn(table.content).filter((row) => (row.strike as number) >= 600).length
  return Array.from({ length: 1 + Math.floor(random() * 5) }, (_, at) => ({
    ...snapshotRow(random, place, { symbol, expiry: '20260220', strike: first + at, right: 'C' }),
  }))
}

const OURS: readonly Operation[] = [
  {
    name: 'append a slot',
    by: 'ours',
    weight: 10,
    run: (workspace, random) => {
      // Some are left out, to be filled later.
      if (random() < 0.2) workspace.slots++
      const place = slotPlace(workspace.slots++)
      return storeSlot(workspace, place, freshParts(random, place))
    },
  },
  {
    name: 'collect a slot again',
    by: 'ours',
    weight: 8,
    run: (workspace, random) => {
      const index = pick(random, slotIndexes(workspace, true))
      if (index === undefined) return nothing()
      const place = slotPlace(index)
      return storeSlot(workspace, place, freshParts(random, place))
    },
  },
  {
    name: 'fill a gap',
    by: 'ours',
    weight: 3,
    run: (workspace, random) => {
      const index = pick(random, slotIndexes(workspace, false))
      if (index === undefined) return nothing()
      const place = slotPlace(index)
      return storeSlot(workspace, place, freshParts(random, place))
    },
  },
  {
    name: 'record a report',
    by: 'ours',
    weight: 2,
    run: async (workspace, random) => {
      const place = slotPlace(Math.floor(random() * (workspace.slots + 1)))
      const symbol = pick(random, SYMBOLS)
      const rows = workspace.model.ledger.get(`${place.slot}|${symbol}`)?.rows ?? 0
      await recordReports(workspace.lake, [reportOf(place, symbol, 0)])
      enterReports(workspace.model, [{ ...reportOf(place, symbol, 0), rows }])
      return { tables: [SNAPSHOTS] }
    },
  },
  {
    name: 'upsert a small table',
    by: 'ours',
    weight: 4,
    run: async (workspace, random) => {
      const shape = pick(random, SMALL)
      const rows = smallRows(workspace, shape, random)
      if (rows.length === 0) return null
      await upsert(workspace.lake, shape as SmallTable, rows as never)
      const table = tableOf(workspace.model, shape.name)
      table.content = withRows(shape, table.content, rows)
      return { tables: [shape.name] }
    },
  },
  {
    name: 'replace a day',
    by: 'ours',
    weight: 2,
    run: async (workspace, random) => {
      const shape = pick(random, SMALL)
      const [first, ...others] = smallRows(workspace, shape, random)
      if (first === undefined) return null
      const date = first.date as SessionDate
      const rows = [first, ...others.filter((row) => row.date === date)]
      await replaceDay(workspace.lake, shape as SmallTable, { date, rows: rows as never })
      const table = tableOf(workspace.model, shape.name)
      const kept = changedRows(table.content, (row) => (row.date === date ? null : row))
      table.content = withRows(shape, kept, rows)
      return { tables: [shape.name] }
    },
  },
  {
    name: 'compact',
    by: 'ours',
    weight: 4,
    run: async (workspace, random) => {
      const row = pick(random, rowsIn(snapshotsOf(workspace).content))
      if (row === undefined) return null
      const date = sessionDate(row.date as string)
      const scope = random() < 0.3 ? ({ kind: 'all' } as const) : ({ kind: 'date', date } as const)
      const { refused } = await compact(workspace.lake, { scope })
      return { tables: [SNAPSHOTS], wrong: refused.map(({ why }) => `compact refused: ${why}`) }
    },
  },
  {
    name: 'vacuum',
    by: 'ours',
    weight: 1,
    run: async (workspace) => {
      await vacuum(workspace.lake, { retentionMs: 0 })
      for (const shape of CHANGEABLE) forgetOlder(workspace, shape)
      return { tables: CHANGEABLE.map(({ name }) => name) }
    },
  },
  {
    name: 'checkpoint',
    by: 'ours',
    weight: 2,
    run: async ({ lake }) => {
      await checkpointNow(lake)
      return { tables: [SNAPSHOTS] }
    },
  },
  {
    name: 'reopen',
    by: 'ours',
    weight: 2,
    run: async (workspace) => {
      await workspace.reopen()
      return { tables: [] }
    },
  },
]

const THEIRS: readonly Operation[] = [
  neutral('compact', 6, (workspace, random, shape) => ({
    op: 'compact',
    table: folderOf(workspace, shape.name),
    ...partitionFor(workspace, shape, random),
  })),
  neutral('z_order', 4, (workspace, random, shape) => ({
    op: 'z_order',
    table: folderOf(workspace, shape.name),
    columns: shape === OPTION_SNAPSHOTS ? ['strike', 'timestamp'] : [shape.columns.at(-1)?.name as string],
    ...partitionFor(workspace, shape, random),
  })),
  neutral('vacuum', 1, (workspace, _random, shape) => ({
    op: 'vacuum',
    table: folderOf(workspace, shape.name),
    retentionHours: 168,
    full: false,
  })),
  {
    ...neutral(
      'vacuum',
      1,
      (workspace, random, shape) => ({
        op: 'vacuum',
        table: folderOf(workspace, shape.name),
        retentionHours: 0,
        full: random() < 0.5,
      }),
      forgetOlder,
    ),
    name: 'vacuum, no retention',
  },
  neutral('checkpoint', 3, (workspace, _random, shape) => ({
    op: 'checkpoint',
    table: folderOf(workspace, shape.name),
  })),
  neutral('cleanup', 1, (workspace, _random, shape) => ({
    op: 'cleanup',
    table: folderOf(workspace, shape.name),
  })),
  {
    name: 'cleanup, a month later',
    by: 'theirs',
    weight: 1,
    needs: 'cleanup',
    run: async (workspace) => {
      const table = snapshotsOf(workspace)
      if (table.version < 0) return null
      const folder = folderOf(workspace, SNAPSHOTS)
      // As the daemon does after each session: commits a month old have no report that is not in slots.
      await storeLedger(workspace.lake)
      await workspace.engine.run({ op: 'checkpoint', table: folder })
      await ageLog(logFolderOf(folder))
      await workspace.engine.run({ op: 'cleanup', table: folder })
      table.wholeFrom = table.version
      return { tables: [SNAPSHOTS] }
    },
  },
  neutral('properties', 2, (workspace, random, shape) => ({
    op: 'properties',
    table: folderOf(workspace, shape.name),
    properties: pick(random, [
      { 'owner.team': 'research' },
      { 'delta.checkpointInterval': '5' },
      { 'delta.dataSkippingNumIndexedCols': '0' },
      { 'delta.dataSkippingNumIndexedCols': '32' },
      { 'delta.appendOnly': 'false' },
    ] as const) as Record<string, string>,
  })),
  {
    name: 'append',
    by: 'theirs',
    weight: 3,
    needs: 'append',
    run: (workspace, random) => appendForeign(workspace, random, false),
  },
  {
    name: 'append with a column',
    by: 'theirs',
    weight: 1,
    needs: 'append',
    run: (workspace, random) => appendForeign(workspace, random, true),
  },
  {
    name: 'delete',
    by: 'theirs',
    weight: 3,
    needs: 'delete',
    run: async (workspace, random) => {
      const table = randomTable(workspace, random)
      const selection = selectionOf(table, random)
      if (selection === null) return null
      return changeRows(workspace, table, {
        command: { op: 'delete', table: folderOf(workspace, table.shape.name), where: selection.where },
        change: (row) => (selection.matches(row) ? null : row),
      })
    },
  },
  {
    name: 'update',
    by: 'theirs',
    weight: 3,
    needs: 'update',
    run: async (workspace, random) => {
      const table = randomTable(workspace, random)
      const selection = selectionOf(table, random)
      if (selection === null) return null
      const name = table.shape === OPTION_SNAPSHOTS ? 'bid' : 'vix'
      const raised = (row: Row) => ({
        ...row,
        [name]: row[name] === null ? null : (row[name] as number) + 0.25,
      })
      const set = { [name]: `${name} + 0.25` }
      return changeRows(workspace, table, {
        command: { op: 'update', table: folderOf(workspace, table.shape.name), where: selection.where, set },
        change: (row) => (selection.matches(row) ? raised(row) : row),
      })
    },
  },
  {
    name: 'restore',
    by: 'theirs',
    weight: 2,
    needs: 'restore',
    run: async (workspace, random) => {
      const table = randomTable(workspace, random)
      const version = table.version - 1 - Math.floor(random() * 10)
      const earlier = table.versions.get(version)
      if (earlier === undefined) return null
      try {
        await workspace.engine.run({ op: 'restore', table: folderOf(workspace, table.shape.name), version })
      } catch (error) {
        // Its files or its commit may have been deleted.
        const isGone =
          version < table.wholeFrom || /version|not found|missing|log segment/i.test((error as Error).message)
        if (!isGone) throw error
        return { tables: [table.shape.name] }
      }
      table.content = earlier
      return { tables: [table.shape.name] }
    },
  },
]

/** Makes all files of a log a month older, as their times say. */
async function ageLog(folder: string): Promise<void> {
  const then = new Date(Date.now() - 40 * 86_400_000)
  for (const name of await readdir(folder)) await utimes(join(folder, name), then, then)
}

async function appendForeign(
  workspace: Workspace,
  random: Random,
  withColumn: boolean,
): Promise<Outcome | null> {
  const table = randomTable(workspace, random)
  if (table.version < 0) return null
  const rows = foreignRowsFor(workspace, table, random)
  if (rows.length === 0) return null
  const extra = withColumn || table.hasExtra
  const noted = extra
    ? rows.map((row, at) => ({ ...row, [EXTRA_COLUMN]: at % 3 === 0 ? null : `note ${at}` }))
    : rows
  await workspace.engine.run({
    op: 'append',
    table: folderOf(workspace, table.shape.name),
    rows: noted,
    extra: extra ? EXTRA_COLUMN : null,
  })
  table.hasExtra ||= extra
  table.content = withRows(table.shape, table.content, noted)
  return { tables: [table.shape.name] }
}

/** Both at once, in two processes. The other engine may lose the race and refuse. */
function atOnce(name: string, weight: number, ours: string, needs: Command['op']): Operation {
  const mine = OURS.find((one) => one.name === ours) as Operation
  return {
    name,
    by: 'both',
    weight,
    needs,
    run: async (workspace, random) => {
      if (snapshotsOf(workspace).version < 0) return null
      const table = folderOf(workspace, SNAPSHOTS)
      const command: Command = needs === 'checkpoint' ? { op: needs, table } : { op: 'compact', table }
      const theirs = workspace.engine.run(command).catch((error: Error) => {
        if (!/conflict|concurrent|already exists|transaction failed/i.test(error.message)) throw error
      })
      theirs.catch(() => {})
      const outcome = await mine.run(workspace, random)
      await theirs
      return outcome ?? { tables: [SNAPSHOTS] }
    },
  }
}

/**
 * Not compaction by both at once: delta-rs 1.6.6 takes a removal that only rearranges rows for no conflict, so it would
 * compact files that are compacted already and store their rows twice. docs/lake.md says so.
 */
const BOTH: readonly Operation[] = [
  atOnce('append and compact', 2, 'append a slot', 'compact'),
  atOnce('again and compact', 1, 'collect a slot again', 'compact'),
  atOnce('append and checkpoint', 1, 'append a slot', 'checkpoint'),
]

export const OPERATIONS: readonly Operation[] = [...OURS, ...THEIRS, ...BOTH]

/** An operation to run: its name and the seed of its random choices. */
export interface Step {
  readonly by: Operation['by']
  readonly name: string
  readonly seed: number
}

/** `count` random operations that the engine knows. The first two always store a slot. */
export function planSteps(random: Random, count: number, engine: Pick<ForeignEngine, 'operations'>): Step[] {
  const known = OPERATIONS.filter(({ needs }) => needs === undefined || engine.operations.has(needs))
  let total = 0
  const bounds = known.map(({ weight }) => {
    total += weight
    return total
  })
  return Array.from({ length: count }, (_, at) => {
    const place = random() * total
    const chosen = at < 2 ? 0 : bounds.findIndex((bound) => place < bound)
    const { by, name } = known[chosen] as Operation
    return { by, name, seed: Math.floor(random() * 2 ** 31) }
  })
}

export function operationOf({ by, name }: Step): Operation {
  const found = OPERATIONS.find((one) => one.by === by && one.name === name)
  if (found === undefined) throw new RangeError(`no operation "${name}" by ${by}`)
  return found
}

/** Opens a new lake for a run. */
export async function openWorkspace(
  folder: string,
  engine: ForeignEngine,
  { model, logRetentionDays }: { model: LakeModel; logRetentionDays: number },
): Promise<Workspace> {
  const write = () =>
    openLake(folder, {
      mode: 'write',
      source: 'simulated',
      clock: systemClock,
      maintenance: { checkpointEvery: 9, logRetentionDays },
    })
  const read = () => openLake(folder, { mode: 'read', clock: systemClock })
  const lake = await write()
  const workspace: Workspace = {
    folder,
    engine,
    model,
    lake,
    reader: await read(),
    slots: 0,
    reopen: async () => {
      await Promise.all([workspace.lake.close(), workspace.reader.close()])
      workspace.lake = await write()
      workspace.reader = await read()
    },
  }
  return workspace
}
