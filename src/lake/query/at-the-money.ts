import type { EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { timestampParameter } from '../engines/duckdb.ts'
import { currentState, type Lake } from '../open.ts'
import type { PriceBounds, SnapshotFile } from '../tables/data-files.ts'
import { filesOf, locateSlot, newestSlot } from './file-index.ts'
import { aggregate, scan } from './scan.ts'
import {
  ALL_COLUMNS,
  type ColumnSelection,
  type ColumnValues,
  compareByKey,
  pickColumns,
  type SnapshotColumn,
} from './scan-rows.ts'

type Rows = readonly Partial<SnapshotRow>[]

/** About three sessions of 78 slots and 17 expirations, which a program may request repeatedly during a session. */
const MAX_CACHED_ANSWERS = 4_000

/** Answers from single-slot files. Each is a few rows, and stays valid because data files never change. */
const answerCaches = new WeakMap<Lake, Map<string, Rows>>()

/**
 * The at-the-money options of one expiry: for each slot and trading class, the call and put of the strike nearest to the
 * underlying, or of both strikes on a tie. All slots of `date`, a trade date, if given, else only the newest slot. The
 * underlying price is the median over the rows of that slot, expiry and class; without one the class is left out. Units,
 * nulls and order as in `latestChain`. Answers from single-slot files are cached.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function atmOptions<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  query: {
    readonly expiry: ExpiryDate
    readonly date?: SessionDate
    /** All trading classes if left out. */
    readonly tradingClass?: string
  } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentState(lake)
  const newest = newestSlot(table, symbol)
  if (newest === null) return []
  const { expiry, date, tradingClass, columns } = query
  const files = date === undefined ? locateSlot(table, symbol, newest).files : filesOf(table, symbol, date)
  const cache = answerCaches.get(lake) ?? new Map<string, Rows>()
  answerCaches.set(lake, cache)
  const keyOf = (file: SnapshotFile) =>
    `${file.path} ${expiry} ${tradingClass ?? ''} ${columns?.join() ?? ''}`
  const slotFiles = new Set(singleSlotFiles(files))
  const cached = files.filter((file) => slotFiles.has(file) && cache.has(keyOf(file)))
  const uncached = files.filter((file) => !cached.includes(file))
  const slot = date === undefined ? newest : null
  const fresh: Rows = await readNearest(lake, {
    files: uncached,
    symbol,
    expiry,
    tradingClass,
    slot,
    columns,
  })
  const rows = [...cached.flatMap((file) => cache.get(keyOf(file)) ?? []), ...fresh].sort(compareByKey)
  for (const file of uncached.filter((one) => slotFiles.has(one))) {
    const own = fresh.filter((row) => row.timestamp === file.minSlot)
    cache.set(keyOf(file), own)
  }
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED_ANSWERS) break
    cache.delete(oldest)
  }
  // Copies, so that a caller that changes a row does not change the next answer.
  const whole = rows as Pick<SnapshotRow, C>[]
  return columns ? pickColumns(whole, columns) : whole.map((row) => ({ ...row }))
}

/** The files with exactly one slot, if no other file has rows of that slot. */
function singleSlotFiles(files: readonly SnapshotFile[]): SnapshotFile[] {
  const sorted = [...files].sort((a, b) => a.minSlot - b.minSlot)
  let reached = Number.NEGATIVE_INFINITY
  return sorted.filter((file, at) => {
    const next = sorted[at + 1]
    const alone = file.minSlot > reached && (!next || next.minSlot > file.maxSlot)
    reached = Math.max(reached, file.maxSlot)
    return alone && file.minSlot === file.maxSlot
  })
}

interface NearestQuery {
  readonly files: readonly SnapshotFile[]
  readonly symbol: string
  readonly expiry: ExpiryDate
  /** Undefined for all. */
  readonly tradingClass: string | undefined
  /** Null for all slots of the files. */
  readonly slot: EpochMs | null
  readonly columns: readonly SnapshotColumn[] | undefined
}

/** The prices of the underlying in dollars by slot, and in a slot by trading class. */
type Prices = ReadonlyMap<number, ReadonlyMap<string, number>>
/** The distances of the nearest strikes from the price, by `chainKey`. */
type Distances = Map<string, number>

/**
 * Reads two things in parallel: the price of each slot and class, and the strikes within a margin around the lowest and highest
 * price that the log has for these files. The nearest strike is certain if it is within the margin. If not, the margin
 * is widened and the strikes are read again.
 */
async function readNearest(lake: Lake, query: NearestQuery): Promise<Rows> {
  const { files, symbol, columns } = query
  const { where, values } = conditionOf(query)
  const pricing = pricesOf(lake, query)
  const bounds = boundsOf(files.map(({ prices }) => prices)) ?? rangeOf(await pricing)
  if (bounds === null) return []
  for (let margin = FIRST_MARGIN * bounds.high; ; margin *= 8) {
    const all = margin > bounds.high * MAX_MARGIN
    const nearest: Distances = new Map()
    const choose = pricing.then((prices) => chooseNearest(prices, nearest))
    // If the files cannot be read, both reads fail, and Promise.all below throws the first error.
    choose.catch(() => {})
    const scanning = scan(lake, {
      files,
      symbol,
      where: all ? where : `${where} AND strike BETWEEN $low AND $high`,
      values: all ? values : { ...values, low: bounds.low - margin, high: bounds.high + margin },
      columns: columns ? ALL_COLUMNS.filter((name) => needed(name, columns)) : undefined,
      choose,
    })
    const [prices, rows] = await Promise.all([pricing, scanning])
    if (all || keysOf(prices).every((key) => (nearest.get(key) ?? Number.POSITIVE_INFINITY) <= margin))
      return rows
  }
}

function conditionOf({ expiry, tradingClass, slot }: NearestQuery) {
  const conditions = [
    'expiry = $expiry',
    ...(tradingClass === undefined ? [] : ['trading_class = $tradingClass']),
    ...(slot === null ? [] : ['timestamp = make_timestamptz($slot::BIGINT)']),
  ]
  const values = {
    expiry,
    ...(tradingClass !== undefined && { tradingClass }),
    ...(slot !== null && { slot: timestampParameter(slot) }),
  }
  return { where: conditions.join(' AND '), values }
}

async function pricesOf(lake: Lake, query: NearestQuery): Promise<Prices> {
  const { where, values } = conditionOf(query)
  const slots = await aggregate(
    lake,
    { files: query.files, values },
    ` SELECT epoch_ms(timestamp)::DOUBLE, trading_class, median(underlying_price) AS price FROM files WHERE ${where}
     GROUP BY timestamp, trading_class HAVING price IS NOT NULL`,
  )
  const prices = new Map<number, Map<string, number>>()
  for (const [slot, ofClass, price] of slots as [number, string, number][]) {
    const ofSlot = prices.get(slot) ?? new Map<string, number>()
    prices.set(slot, ofSlot.set(ofClass, price))
  }
  return prices
}

function chainKey(slot: unknown, ofClass: unknown): string {
  return `${slot} ${ofClass}`
}

function keysOf(prices: Prices): string[] {
  return [...prices].flatMap(([slot, ofSlot]) => [...ofSlot.keys()].map((ofClass) => chainKey(slot, ofClass)))
}

function rangeOf(prices: Prices): PriceBounds | null {
  const all = [...prices.values()].flatMap((ofSlot) => [...ofSlot.values()])
  return all.length === 0 ? null : { low: Math.min(...all), high: Math.max(...all) }
}

/** The bounds over all files; null without files, or if the bounds of a file are unknown. */
function boundsOf(each: readonly (PriceBounds | null)[]): PriceBounds | null {
  const known = each.filter((one) => one !== null)
  if (known.length === 0 || known.length < each.length) return null
  return {
    low: Math.min(...known.map(({ low }) => low)),
    high: Math.max(...known.map(({ high }) => high)),
  }
}

/** Fraction of the price: two to four strikes on either side for an index ETF. */
const FIRST_MARGIN = 0.004
/** Beyond this fraction all strikes are read. */
const MAX_MARGIN = 2

/** Chooses the rows with strikes nearest to the price of their slot and class, and stores the distances in `nearest`. */
function chooseNearest(prices: Prices, nearest: Distances) {
  return ({ timestamp, strike, trading_class }: ColumnValues, count: number): number[] => {
    const all = Array.from({ length: count }, (_, n) => n)
    const keys = all.map((n) => chainKey(timestamp[n], trading_class[n]))
    const distances = all.map((n) => {
      const price = prices.get(timestamp[n] as number)?.get(trading_class[n] as string)
      return price === undefined ? null : Math.abs((strike[n] as number) - price)
    })
    for (const [n, distance] of distances.entries()) {
      const key = keys[n] as string
      if (distance !== null && distance < (nearest.get(key) ?? Number.POSITIVE_INFINITY))
        nearest.set(key, distance)
    }
    return all.filter((n) => distances[n] !== null && distances[n] === nearest.get(keys[n] as string))
  }
}

const CHOSEN_BY: ReadonlySet<SnapshotColumn> = new Set(['timestamp', 'strike', 'trading_class'])

function needed(name: SnapshotColumn, columns: readonly SnapshotColumn[]): boolean {
  return CHOSEN_BY.has(name) || columns.includes(name)
}
