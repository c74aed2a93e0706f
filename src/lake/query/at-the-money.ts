import type { AddFile, PriceBounds } from '../../delta/actions.ts'
import type { EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { currentTable, type Lake } from '../open.ts'
import { type ColumnSelection, micros, pickColumns } from './chains.ts'
import { filesOf, locateSlot, newestSlot } from './file-index.ts'
import { aggregate, scan } from './scan.ts'
import { ALL_COLUMNS, type ColumnValues, compareByKey, type SnapshotColumn } from './scan-rows.ts'

type Rows = readonly Partial<SnapshotRow>[]

/** Three sessions of 78 slots and seventeen smiles: what is asked again and again in a session. */
const MOST_KEPT = 4_000

/** Answers of files with one slot: such a file never changes, and its answer is a few rows. */
const answersOf = new WeakMap<Lake, Map<string, Rows>>()

/**
 * The at-the-money options of one expiry: in each slot the strike nearest to the underlying, both rights; two
 * strikes where they are equally near. Every slot of `date` if given, else the newest slot alone. A slot without
 * a known underlying price has none. The underlying price of a slot is the median over its rows of that expiry.
 * Units, nulls and order as in `latestChain`. What was asked before of a slot file is not read again.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function atmOptions<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  asked: { readonly expiry: ExpiryDate; readonly date?: SessionDate } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentTable(lake)
  const newest = newestSlot(table, symbol)
  if (newest === null) return []
  const { expiry, date, columns } = asked
  const files = date === undefined ? locateSlot(table, symbol, newest).files : filesOf(table, symbol, date)
  const answers = answersOf.get(lake) ?? new Map<string, Rows>()
  answersOf.set(lake, answers)
  const keyOf = (file: AddFile) => `${file.path} ${expiry} ${columns?.join() ?? ''}`
  const slotFiles = new Set(slotFilesOf(files))
  const known = files.filter((file) => slotFiles.has(file) && answers.has(keyOf(file)))
  const unknown = files.filter((file) => !known.includes(file))
  const slot = date === undefined ? newest : null
  const fresh: Rows = await nearest(lake, { files: unknown, symbol, expiry, slot, columns })
  const rows = [...known.flatMap((file) => answers.get(keyOf(file)) ?? []), ...fresh].sort(compareByKey)
  for (const file of unknown.filter((one) => slotFiles.has(one))) {
    const own = fresh.filter((row) => row.timestamp === file.minSlot)
    answers.set(keyOf(file), own)
  }
  for (const oldest of answers.keys()) {
    if (answers.size <= MOST_KEPT) break
    answers.delete(oldest)
  }
  return (columns ? rows.map((row) => pickColumns(row as SnapshotRow, columns)) : rows) as Pick<
    SnapshotRow,
    C
  >[]
}

/** Files of one slot that no other of the files has rows of. */
function slotFilesOf(files: readonly AddFile[]): AddFile[] {
  const sorted = [...files].sort((a, b) => a.minSlot - b.minSlot)
  let reached = Number.NEGATIVE_INFINITY
  return sorted.filter((file, at) => {
    const next = sorted[at + 1]
    const alone = file.minSlot > reached && (!next || next.minSlot > file.maxSlot)
    reached = Math.max(reached, file.maxSlot)
    return alone && file.minSlot === file.maxSlot
  })
}

interface NearestQuestion {
  readonly files: readonly AddFile[]
  readonly symbol: string
  readonly expiry: ExpiryDate
  /** Only this slot; null for all of the files. */
  readonly slot: EpochMs | null
  readonly columns: readonly SnapshotColumn[] | undefined
}

/** The underlying's price by slot, dollars. */
type Prices = ReadonlyMap<number, number>

/**
 * The price of each slot, from two columns, and beside it the rows of the strikes around all prices that the files
 * can have. Which of these are nearest is certain as soon as they are nearer than the edge of what was read; where
 * they are not, more is read.
 */
async function nearest(lake: Lake, question: NearestQuestion): Promise<Rows> {
  const { files, symbol, columns } = question
  const { where, values } = conditionOf(question)
  const pricing = pricesOf(lake, question)
  const bounds = boundsOf(files.map(({ prices }) => prices)) ?? rangeOf(await pricing)
  if (bounds === null) return []
  for (let margin = FIRST_MARGIN * bounds.high; ; margin *= 8) {
    const all = margin > bounds.high * MOST_MARGIN
    const seen = new Map<number, number>()
    const choose = pricing.then((prices) => nearestRows(prices, seen))
    // Where the files cannot be read both fail, and one is enough to be told.
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
    const isCertain = (at: number) => (seen.get(at) ?? Number.POSITIVE_INFINITY) <= margin
    if (all || [...prices.keys()].every(isCertain)) return rows
  }
}

function conditionOf({ expiry, slot }: NearestQuestion) {
  const where = `expiry = $expiry${slot === null ? '' : ' AND timestamp = make_timestamptz($slot::BIGINT)'}`
  return { where, values: { expiry, ...(slot !== null && { slot: micros(slot) }) } }
}

async function pricesOf(lake: Lake, question: NearestQuestion): Promise<Prices> {
  const { where, values } = conditionOf(question)
  const slots = await aggregate(
    lake,
    { files: question.files, values },
    ` SELECT epoch_ms(timestamp)::DOUBLE, median(underlying_price) AS price FROM files WHERE ${where}
     GROUP BY timestamp HAVING price IS NOT NULL`,
  )
  return new Map(slots as [number, number][])
}

function rangeOf(prices: Prices): PriceBounds | null {
  return prices.size === 0 ? null : { low: Math.min(...prices.values()), high: Math.max(...prices.values()) }
}

/** The bounds of all; null where one is not known, or there are none. */
function boundsOf(each: readonly (PriceBounds | null)[]): PriceBounds | null {
  const known = each.filter((one) => one !== null)
  if (known.length === 0 || known.length < each.length) return null
  return {
    low: Math.min(...known.map(({ low }) => low)),
    high: Math.max(...known.map(({ high }) => high)),
  }
}

/** Two to four strikes to either side of an index ETF's price. */
const FIRST_MARGIN = 0.004
/** Beyond this the strikes are not bounded any more. */
const MOST_MARGIN = 2

/** Chooses the rows nearest to their slot's price, and notes in `seen` how near that is. */
function nearestRows(prices: Prices, seen: Map<number, number>) {
  return ({ timestamp, strike }: ColumnValues, count: number): number[] => {
    const all = Array.from({ length: count }, (_, n) => n)
    const distances = all.map((n) => distanceOf(timestamp[n], strike[n], prices))
    for (const [n, distance] of distances.entries()) {
      const at = timestamp[n] as number
      if (distance !== null && distance < (seen.get(at) ?? Number.POSITIVE_INFINITY)) seen.set(at, distance)
    }
    return all.filter((n) => distances[n] !== null && distances[n] === seen.get(timestamp[n] as number))
  }
}

/** Null where the slot has no price. */
function distanceOf(slot: unknown, strike: unknown, prices: Prices): number | null {
  const price = prices.get(slot as number)
  return price === undefined ? null : Math.abs((strike as number) - price)
}

function needed(name: SnapshotColumn, columns: readonly SnapshotColumn[]): boolean {
  return name === 'timestamp' || name === 'strike' || columns.includes(name)
}
