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
 * The at-the-money options of one expiry: for each slot, the call and put of the strike nearest to the underlying, or
 * of both strikes on a tie. All slots of `date` if given, else only the newest slot. The underlying price of a slot is
 * the median over its rows of that expiry; a slot without one is left out. Units, nulls and order as in `latestChain`.
 * Answers from single-slot files are cached.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function atmOptions<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  query: { readonly expiry: ExpiryDate; readonly date?: SessionDate } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentState(lake)
  const newest = newestSlot(table, symbol)
  if (newest === null) return []
  const { expiry, date, columns } = query
  const files = date === undefined ? locateSlot(table, symbol, newest).files : filesOf(table, symbol, date)
  const cache = answerCaches.get(lake) ?? new Map<string, Rows>()
  answerCaches.set(lake, cache)
  const keyOf = (file: SnapshotFile) => `${file.path} ${expiry} ${columns?.join() ?? ''}`
  const slotFiles = new Set(singleSlotFiles(files))
  const cached = files.filter((file) => slotFiles.has(file) && cache.has(keyOf(file)))
  const uncached = files.filter((file) => !cached.includes(file))
  const slot = date === undefined ? newest : null
  const fresh: Rows = await readNearest(lake, { files: uncached, symbol, expiry, slot, columns })
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
  return rows.map((row) => (columns ? pickColumns(row as SnapshotRow, columns) : { ...row })) as Pick<
    SnapshotRow,
    C
  >[]
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
  /** Null for all slots of the files. */
  readonly slot: EpochMs | null
  readonly columns: readonly SnapshotColumn[] | undefined
}

/** The price of the underlying in dollars, by slot. */
type Prices = ReadonlyMap<number, number>

/**
 * Reads two things in parallel: the price of each slot, and the strikes within a margin around the lowest and highest
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
    const nearest = new Map<number, number>()
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
    const isCertain = (at: number) => (nearest.get(at) ?? Number.POSITIVE_INFINITY) <= margin
    if (all || [...prices.keys()].every(isCertain)) return rows
  }
}

function conditionOf({ expiry, slot }: NearestQuery) {
  const where = `expiry = $expiry${slot === null ? '' : ' AND timestamp = make_timestamptz($slot::BIGINT)'}`
  return { where, values: { expiry, ...(slot !== null && { slot: timestampParameter(slot) }) } }
}

async function pricesOf(lake: Lake, query: NearestQuery): Promise<Prices> {
  const { where, values } = conditionOf(query)
  const slots = await aggregate(
    lake,
    { files: query.files, values },
    ` SELECT epoch_ms(timestamp)::DOUBLE, median(underlying_price) AS price FROM files WHERE ${where}
     GROUP BY timestamp HAVING price IS NOT NULL`,
  )
  return new Map(slots as [number, number][])
}

function rangeOf(prices: Prices): PriceBounds | null {
  return prices.size === 0 ? null : { low: Math.min(...prices.values()), high: Math.max(...prices.values()) }
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

/** Chooses the rows with strikes nearest to the price of their slot, and stores the distance by slot in `nearest`. */
function chooseNearest(prices: Prices, nearest: Map<number, number>) {
  return ({ timestamp, strike }: ColumnValues, count: number): number[] => {
    const all = Array.from({ length: count }, (_, n) => n)
    const distances = all.map((n) => distanceOf(timestamp[n], strike[n], prices))
    for (const [n, distance] of distances.entries()) {
      const at = timestamp[n] as number
      if (distance !== null && distance < (nearest.get(at) ?? Number.POSITIVE_INFINITY))
        nearest.set(at, distance)
    }
    return all.filter((n) => distances[n] !== null && distances[n] === nearest.get(timestamp[n] as number))
  }
}

/** Null if the slot has no price. */
function distanceOf(slot: unknown, strike: unknown, prices: Prices): number | null {
  const price = prices.get(slot as number)
  return price === undefined ? null : Math.abs((strike as number) - price)
}

function needed(name: SnapshotColumn, columns: readonly SnapshotColumn[]): boolean {
  return name === 'timestamp' || name === 'strike' || columns.includes(name)
}
