import type { EpochMs, ExpiryDate, SessionDate } from '../market/units.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { AddFile } from './actions.ts'
import { currentTable, type Lake } from './open.ts'
import { asOf, filesOf, newestSlot } from './prune.ts'
import { micros, type Narrowing, picked } from './query.ts'
import { aggregate, scan } from './scan.ts'
import { ALL_COLUMNS, byKey, type SnapshotColumn } from './scan-rows.ts'

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
  asked: { readonly expiry: ExpiryDate; readonly date?: SessionDate } & Narrowing<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const table = await currentTable(lake)
  const newest = newestSlot(table, symbol)
  if (newest === null) return []
  const { expiry, date, columns } = asked
  const files = date === undefined ? asOf(table, symbol, newest).files : filesOf(table, symbol, date)
  const answers = answersOf.get(lake) ?? new Map<string, Rows>()
  answersOf.set(lake, answers)
  const keyOf = (file: AddFile) => `${file.path} ${expiry} ${columns?.join() ?? ''}`
  const slotFiles = new Set(slotFilesOf(files))
  const known = files.filter((file) => slotFiles.has(file) && answers.has(keyOf(file)))
  const unknown = files.filter((file) => !known.includes(file))
  const slot = date === undefined ? newest : null
  const fresh: Rows = await nearest(lake, { files: unknown, symbol, expiry, slot, columns })
  const rows = [...known.flatMap((file) => answers.get(keyOf(file)) ?? []), ...fresh].sort(byKey)
  for (const file of unknown.filter((one) => slotFiles.has(one))) {
    const own = fresh.filter((row) => row.timestamp === file.minSlot)
    answers.set(keyOf(file), own)
  }
  for (const oldest of answers.keys()) {
    if (answers.size <= MOST_KEPT) break
    answers.delete(oldest)
  }
  return (columns ? rows.map((row) => picked(row as SnapshotRow, columns)) : rows) as Pick<SnapshotRow, C>[]
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

/**
 * First the price of each slot, from two columns; then the rows of the strikes around it. Which of these are nearest
 * is certain as soon as they are nearer than the edge of what was read; where they are not, more is read.
 */
async function nearest(lake: Lake, { files, symbol, expiry, slot, columns }: NearestQuestion): Promise<Rows> {
  const where = `expiry = $expiry${slot === null ? '' : ' AND timestamp = make_timestamptz($slot::BIGINT)'}`
  const values = { expiry, ...(slot !== null && { slot: micros(slot) }) }
  const slots = await aggregate(
    lake,
    { files, values },
    ` SELECT epoch_ms(timestamp)::DOUBLE, median(underlying_price) AS price FROM files WHERE ${where}
     GROUP BY timestamp HAVING price IS NOT NULL`,
  )
  if (slots.length === 0) return []
  const prices = new Map(slots as [number, number][])
  const lowest = Math.min(...prices.values())
  const highest = Math.max(...prices.values())
  for (let margin = FIRST_MARGIN * highest; ; margin *= 8) {
    const all = margin > highest * MOST_MARGIN
    let distances: ReadonlyMap<number, number> = new Map()
    const rows: Rows = await scan(lake, {
      files,
      symbol,
      where: all ? where : `${where} AND strike BETWEEN $low AND $high`,
      values: all ? values : { ...values, low: lowest - margin, high: highest + margin },
      columns: columns ? ALL_COLUMNS.filter((name) => needed(name, columns)) : undefined,
      choose: (read, count) => {
        const at = Array.from({ length: count }, (_, n) => n)
        const distance = at.map((n) => distanceOf(read.timestamp[n], read.strike[n], prices))
        distances = nearestDistances(read.timestamp, distance)
        return at.filter(
          (n) => distance[n] !== null && distance[n] === distances.get(read.timestamp[n] as number),
        )
      },
    })
    if (all || [...prices.keys()].every((at) => (distances.get(at) ?? Number.POSITIVE_INFINITY) <= margin)) {
      return rows
    }
  }
}

/** Two to four strikes to either side of an index ETF's price. */
const FIRST_MARGIN = 0.004
/** Beyond this the strikes are not bounded any more. */
const MOST_MARGIN = 2

/** By slot, how far its nearest strike is from its price. A slot without a price has none. */
function nearestDistances(
  slots: readonly unknown[],
  distances: readonly (number | null)[],
): ReadonlyMap<number, number> {
  const nearest = new Map<number, number>()
  for (const [n, distance] of distances.entries()) {
    const at = slots[n] as number
    if (distance !== null && distance < (nearest.get(at) ?? Number.POSITIVE_INFINITY))
      nearest.set(at, distance)
  }
  return nearest
}

function distanceOf(slot: unknown, strike: unknown, prices: ReadonlyMap<number, number>): number | null {
  const price = prices.get(slot as number)
  return price === undefined ? null : Math.abs((strike as number) - price)
}

function needed(name: SnapshotColumn, columns: readonly SnapshotColumn[]): boolean {
  return name === 'timestamp' || name === 'strike' || columns.includes(name)
}
