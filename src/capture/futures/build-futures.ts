import type { Slot } from '../../market/slot.ts'
import { assembleFutureRows } from '../../snapshot/future-rows.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import { type FetchedFutures, isIndexOpen } from './fetched-futures.ts'

/** The rows of one symbol's futures in a slot. Pure. */
export function buildFutures(
  { harvest, ranks, rollDays, spotIndex, opening, openInterest }: Omit<FetchedFutures, 'detail'>,
  slot: Slot,
): FutureRow[] {
  return assembleFutureRows(harvest, {
    ...{ slot: slot.at, date: slot.date, opening },
    ...{ openInterest, ranks, rollDays, spotIndex },
    spotExpected: spotIndex !== null && isIndexOpen(spotIndex, slot.at),
  })
}

/** The price of the front future: the middle of bid and ask, else its last trade; null without either. */
export function frontPriceOf(rows: readonly FutureRow[]): number | null {
  const front = rows.find(({ front_rank }) => front_rank === 1)
  if (!front) return null
  const { bid, ask, last } = front
  return bid !== null && ask !== null && bid > 0 && ask >= bid ? (bid + ask) / 2 : last
}
