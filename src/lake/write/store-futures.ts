import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import type { Lake } from '../open.ts'
import { readRows } from '../tables/read-rows.ts'
import { FUTURE_SNAPSHOTS } from '../tables/small-tables.ts'
import { upsert } from './write-rows.ts'

/** The futures of one slot, by symbol. A symbol without futures has none. */
interface FuturesOfSlot {
  readonly slot: EpochMs
  readonly symbols: readonly {
    readonly symbol: string
    readonly futures?: readonly FutureRow[]
    readonly report: { readonly date: string }
  }[]
}

/**
 * Stores the futures of a slot. New rows replace stored ones with the same key, and others are kept. Returns how many rows
 * of the slot each symbol with futures has then.
 * @throws Failure EXIT.io when a disk operation fails; RangeError when rows do not belong to the slot or the symbol.
 */
export async function storeFutures(
  lake: Lake,
  { slot, symbols }: FuturesOfSlot,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const fresh: FutureRow[] = []
  for (const { symbol, futures, report } of symbols) {
    if (futures === undefined) continue
    counts.set(symbol, 0)
    const place = { timestamp: slot, symbol, date: report.date }
    for (const row of futures) {
      if (row.timestamp === slot && row.symbol === symbol && row.date === report.date) fresh.push(row)
      else throw new RangeError(`a future of ${placeText(row)} does not belong to ${placeText(place)}`)
    }
  }
  if (counts.size === 0) return counts
  if (fresh.length > 0) await upsert(lake, FUTURE_SNAPSHOTS, fresh)
  const dates = new Set(symbols.flatMap(({ futures, report }) => (futures ? report.date : [])))
  for (const date of dates as Set<SessionDate>) {
    for (const row of await readRows(lake, FUTURE_SNAPSHOTS, { from: date, to: date })) {
      const count = row.timestamp === slot ? counts.get(row.symbol) : undefined
      if (count !== undefined) counts.set(row.symbol, count + 1)
    }
  }
  return counts
}

function placeText({ timestamp, symbol, date }: Pick<FutureRow, 'timestamp' | 'symbol' | 'date'>): string {
  return `${symbol}, slot ${new Date(timestamp).toISOString()}, ${date}`
}
