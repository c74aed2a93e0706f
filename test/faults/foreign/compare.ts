import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { tableFolder } from '../../../src/lake/layout.ts'
import type { Lake } from '../../../src/lake/open.ts'
import { atmOptions } from '../../../src/lake/query/at-the-money.ts'
import { chainAsOf, chainsBetween, latestChain } from '../../../src/lake/query/chains.ts'
import { exportRows } from '../../../src/lake/query/export.ts'
import { contractHistory } from '../../../src/lake/query/history.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import type { SmallTable } from '../../../src/lake/tables/small-tables.ts'
import { SLOTS } from '../../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { type EpochMs, epochMs, expiryDate, type SessionDate } from '../../../src/market/units.ts'
import type { Column } from '../../../src/snapshot/column.ts'
import type { ForeignEngine, ForeignRows } from './engine.ts'
import {
  type Content,
  EXTRA_COLUMN,
  groupBy,
  keyOf,
  type LakeModel,
  OPTION_SNAPSHOTS,
  type Row,
  rowsIn,
  SMALL,
  type TableShape,
  tableOf,
} from './model.ts'
import { pick, type Random, SYMBOLS } from './rows.ts'

/** Where a lake differs from the model: one line each. */
export type Differences = readonly string[]

/** Lines shown of one comparison. */
const MAX_LINES = 3
/** More rows than a lake of the campaign can have. */
const ALL_ROWS = 1_000_000

/** Sums that other engines compute too: each value as a whole number, null as 0. */
const SUM = [
  'coalesce(bid_size, 0)',
  'con_id % 100003',
  'CAST(round(coalesce(bid, 0) * 100) AS BIGINT) * 31',
  'CAST(round(coalesce(ask, 0) * 100) AS BIGINT) * 37',
  'coalesce(volume, 0) * 17',
  'coalesce(open_interest, 0)',
  'CAST(round(coalesce(iv, 0) * 1000000) AS BIGINT) * 7',
  'CAST(round(coalesce(gamma, 0) * 100000000) AS BIGINT) * 3',
  'CAST(strike * 10 AS BIGINT)',
].join(' + ')

function sumOf(row: Row): number {
  const number = (name: string) => Number(row[name] ?? 0)
  return (
    number('bid_size') +
    (number('con_id') % 100_003) +
    Math.round(number('bid') * 100) * 31 +
    Math.round(number('ask') * 100) * 37 +
    number('volume') * 17 +
    number('open_interest') +
    Math.round(number('iv') * 1e6) * 7 +
    Math.round(number('gamma') * 1e8) * 3 +
    number('strike') * 10
  )
}

/** Compares counts and sums after an operation: cheap. */
export async function compareTotals(
  model: LakeModel,
  { lake, engine }: { lake: Lake; engine: ForeignEngine },
  names: ReadonlySet<string>,
): Promise<Differences> {
  const found: string[] = []
  if (names.has(OPTION_SNAPSHOTS.name)) {
    const rows = rowsIn(tableOf(model, OPTION_SNAPSHOTS.name).content)
    const right = `${rows.length} rows of sum ${rows.reduce((sum, row) => sum + sumOf(row), 0)}`
    const select = `count(*) AS n, CAST(coalesce(sum(${SUM}), 0) AS BIGINT) AS s`
    const mine = (await sql(lake, `SELECT ${select} FROM option_snapshots`)).rows[0] as unknown[]
    const theirs = await engine.totals(tableFolder(lake.layout.root, OPTION_SNAPSHOTS.name), select)
    for (const [reader, [n, s]] of [
      ['ours', mine],
      ['theirs', theirs],
    ] as const) {
      const read = `${n} rows of sum ${s}`
      if (read !== right) found.push(`option_snapshots by ${reader}: ${read}, must be ${right}`)
    }
  }
  for (const shape of SMALL.filter(({ name }) => names.has(name))) {
    const rows = (await readRows(lake, shape as SmallTable)) as unknown as Row[]
    found.push(
      ...compareRows(shape, tableOf(model, shape.name).content, rows).map((line) => `by ours: ${line}`),
    )
  }
  return found
}

/** Compares all rows of all tables, by our queries and by the other engine, and verifies the lake. */
export async function compareAll(
  model: LakeModel,
  { lake, reader, engine }: { lake: Lake; reader: Lake; engine: ForeignEngine },
  random: Random,
): Promise<Differences> {
  const snapshots = tableOf(model, OPTION_SNAPSHOTS.name)
  const found: string[] = []
  const enter = (path: string, lines: readonly string[]) =>
    found.push(...lines.map((line) => `${path}: ${line}`))
  enter('sql', compareRows(snapshots.shape, snapshots.content, await sqlRows(reader, snapshots.shape)))
  for (const shape of SMALL) {
    const { content } = tableOf(model, shape.name)
    enter('sql', compareRows(shape, content, await sqlRows(reader, shape)))
    enter(
      'readRows',
      compareRows(shape, content, (await readRows(reader, shape as SmallTable)) as unknown as Row[]),
    )
  }
  const ledger = contentOf(SLOTS, [...model.ledger.values()] as unknown as Row[])
  enter('slots', compareRows(SLOTS, ledger, (await slots(reader)) as unknown as Row[]))
  enter('sql', compareRows(SLOTS, ledger, await sqlRows(lake, SLOTS)))
  enter('stats', await compareStats(model, reader))
  for (const one of [lake, reader]) enter('query', await compareQueries(model, one, random))
  enter('verify', await compareFindings(model, reader))
  for (const { shape, content, hasExtra } of model.tables.values()) {
    const folder = tableFolder(lake.layout.root, shape.name)
    if (tableOf(model, shape.name).version < 0) continue
    enter(engine.name, compareRows(shape, content, foreignRows(shape, await engine.rows(folder)), hasExtra))
  }
  return found
}

/** The same rows, in the model and as read. */
export function compareRows(
  shape: TableShape,
  content: Content,
  read: readonly Row[],
  withExtra = false,
): string[] {
  const names = [...shape.columns.map(({ name }) => name), ...(withExtra ? [EXTRA_COLUMN] : [])]
  const textOf = (row: Row) => JSON.stringify(names.map((name) => row[name] ?? null))
  const expected = new Map(rowsIn(content).map((row) => [keyOf(shape, row), textOf(row)]))
  const lines: string[] = []
  const seen = new Set<string>()
  for (const row of read) {
    const key = keyOf(shape, row)
    if (seen.has(key)) lines.push(`${shape.name}: ${key} twice`)
    seen.add(key)
    const right = expected.get(key)
    const text = textOf(row)
    if (right === undefined) lines.push(`${shape.name}: ${key} should not be there`)
    else if (right !== text) lines.push(`${shape.name}: ${text}, must be ${right}`)
  }
  for (const key of expected.keys()) if (!seen.has(key)) lines.push(`${shape.name}: ${key} is missing`)
  const more = lines.length - MAX_LINES
  return more > 0 ? [...lines.slice(0, MAX_LINES), `and ${more} more`] : lines
}

function contentOf(shape: TableShape, rows: readonly Row[]): Content {
  return new Map([['', new Map(rows.map((row) => [keyOf(shape, row), row]))]])
}

async function sqlRows(lake: Lake, { name, columns }: TableShape): Promise<Row[]> {
  const list = columns.map((column) => `"${column.name}"`).join(', ')
  const { rows } = await sql(lake, `SELECT ${list} FROM ${name}`, { maxRows: ALL_ROWS })
  return rows.map((values) =>
    Object.fromEntries(
      columns.map((column, at) => {
        const value = values[at] ?? null
        return [
          column.name,
          column.type === 'timestamp' && value !== null ? Date.parse(value as string) : value,
        ]
      }),
    ),
  )
}

/** The other engine's rows with our types. Columns with decimals are rounded, as our own reading does. */
export function foreignRows({ columns }: TableShape, { columns: names, values }: ForeignRows): Row[] {
  const types = new Map(columns.map((column) => [column.name, column]))
  const all = names.map((name, at) => (values[at] ?? []).map((value) => plain(types.get(name), value)))
  return (all[0] ?? []).map((_, row) => Object.fromEntries(names.map((name, at) => [name, all[at]?.[row]])))
}

function plain(column: Column | undefined, value: unknown): unknown {
  if (column === undefined || typeof value !== 'number') return value
  if (column.type === 'timestamp') return Math.floor((value + 500) / 1_000)
  return column.decimals === undefined ? value : Number(value.toFixed(column.decimals))
}

async function compareStats(model: LakeModel, lake: Lake): Promise<string[]> {
  const rows = rowsIn(tableOf(model, OPTION_SNAPSHOTS.name).content)
  const times = rows.map((row) => row.timestamp as number)
  const right = {
    rows: rows.length,
    symbols: [...new Set(rows.map((row) => row.symbol as string))].sort(),
    slots: new Set([...model.ledger.values()].filter((row) => row.rows > 0).map((row) => row.timestamp)).size,
    firstSlot: times.length === 0 ? null : Math.min(...times),
    lastSlot: times.length === 0 ? null : Math.max(...times),
  }
  const { rows: counted, symbols, slots: stored, firstSlot, lastSlot } = await stats(lake)
  const read = { rows: counted, symbols, slots: stored, firstSlot, lastSlot }
  return JSON.stringify(read) === JSON.stringify(right)
    ? []
    : [`${JSON.stringify(read)}, must be ${JSON.stringify(right)}`]
}

/** Each way to ask for chains, at random places. */
async function compareQueries(model: LakeModel, lake: Lake, random: Random): Promise<string[]> {
  const { shape, content } = tableOf(model, OPTION_SNAPSHOTS.name)
  const symbol = pick(random, SYMBOLS)
  const rows = rowsIn(content).filter((row) => row.symbol === symbol)
  const times = [...new Set(rows.map((row) => row.timestamp as number))].sort((a, b) => a - b)
  const found: string[] = []
  const check = (query: string, right: readonly Row[], read: readonly object[]) => {
    const lines = compareRows(shape, contentOf(shape, right), read as Row[])
    found.push(...lines.map((line) => `${query} of ${symbol}: ${line}`))
  }
  const at = (slot: number | undefined) => rows.filter((row) => row.timestamp === slot)
  check('latestChain', at(times.at(-1)), await latestChain(lake, symbol))
  const slot = pick(random, times)
  if (slot === undefined) return found
  const moment = epochMs(slot + Math.floor(random() * 300_000))
  check(
    'chainAsOf',
    at(times.findLast((one) => one <= moment)),
    await chainAsOf(lake, symbol, { at: moment }),
  )
  const [from, to] = [slot, pick(random, times)].sort((a, b) => a - b) as [EpochMs, EpochMs]
  const between = rows.filter(({ timestamp }) => from <= (timestamp as number) && (timestamp as number) <= to)
  const chains = await chainsBetween(lake, symbol, { from, to })
  check('chainsBetween', between, [...chains.values()].flat())
  const one = pick(random, at(slot)) as Row
  const expiry = expiryDate(one.expiry as string)
  const contract = { expiry, strike: one.strike as number, right: one.right as 'C' | 'P' }
  const own = between.filter(
    (row) => row.expiry === expiry && row.strike === contract.strike && row.right === contract.right,
  )
  check('contractHistory', own, await contractHistory(lake, symbol, { ...contract, from, to }))
  const date = one.date as SessionDate
  check('atmOptions', atTheMoney(rows, expiry, date), await atmOptions(lake, symbol, { expiry, date }))
  const day = rows.filter((row) => row.date === date)
  check('export', day, await exported(lake, symbol, date))
  return found
}

/** For each slot, the rows of the strikes nearest to the price. */
function atTheMoney(rows: readonly Row[], expiry: string, date: string): Row[] {
  const day = rows.filter((row) => row.expiry === expiry && row.date === date)
  return [...groupBy(day, (row) => String(row.timestamp)).values()].flatMap((slot) => {
    const distance = (row: Row) => Math.abs((row.strike as number) - (row.underlying_price as number))
    const least = Math.min(...slot.map(distance))
    return slot.filter((row) => distance(row) === least)
  })
}

async function exported(lake: Lake, symbol: string, date: SessionDate): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'optionlake-export-'))
  try {
    const out = join(folder, 'day.parquet')
    await exportRows(lake, { symbol, from: date, to: date, out, replace: false })
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(out), compressors })
    return (rows as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(
        OPTION_SNAPSHOTS.columns.map(({ name, type }) => {
          const value = row[name] ?? null
          if (typeof value === 'bigint') return [name, Number(value)]
          if (!(value instanceof Date)) return [name, value]
          return [name, type === 'date' ? value.toISOString().slice(0, 10) : value.getTime()]
        }),
      ),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * `verify` must find the differences between ledger and rows that another engine's changes caused, and nothing else: it
 * may not call a sound file damaged.
 */
async function compareFindings(model: LakeModel, lake: Lake): Promise<string[]> {
  const { findings } = await verify(lake.layout.root, { clock: systemClock })
  const rows = rowsIn(tableOf(model, OPTION_SNAPSHOTS.name).content)
  const stored = groupBy(rows, (row) => `${row.timestamp}|${row.symbol}`)
  const right = {
    ledger_differs: [...model.ledger].filter(
      ([key, report]) => report.rows !== (stored.get(key)?.length ?? 0),
    ).length,
    slot_without_report: [...stored.keys()].filter((key) => !model.ledger.has(key)).length,
  }
  const other = findings.filter(({ kind }) => !(kind in right))
  const lines = other.map(({ kind, path, detail }) => `${kind}: ${path}: ${detail}`)
  for (const [kind, count] of Object.entries(right)) {
    const read = findings.filter((one) => one.kind === kind).length
    if (read !== count) lines.push(`${read} findings ${kind}, must be ${count}`)
  }
  return lines.slice(0, MAX_LINES)
}
