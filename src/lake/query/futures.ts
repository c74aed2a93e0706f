import { newYorkDate } from '../../market/calendar.ts'
import { MAX_DAYS_EARLY } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import type { Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { readRows } from '../tables/read-rows.ts'
import { FUTURE_SNAPSHOTS } from '../tables/small-tables.ts'

/**
 * The futures of a symbol in its newest stored slot, nearest expiry first. Empty if it has none. Timestamps are epoch
 * milliseconds; what was not quoted is null.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export function latestFutures(lake: Lake, symbol: string): Promise<FutureRow[]> {
  return newestOf(lake, symbol, null)
}

/**
 * The futures as known at a time: the newest slot at or before it, which may be of an earlier day. Otherwise as
 * `latestFutures`.
 */
export function futuresAsOf(lake: Lake, symbol: string, at: EpochMs): Promise<FutureRow[]> {
  return newestOf(lake, symbol, at)
}

/** Trade dates, inclusive. */
export interface FutureDates {
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

/** The quotes of one future by slot, over trade dates. `localSymbol` is its name at the exchange, such as ESZ6. */
export async function futureHistory(
  lake: Lake,
  symbol: string,
  { localSymbol, ...dates }: FutureDates & { readonly localSymbol: string },
): Promise<FutureRow[]> {
  const rows = await rowsBetween(lake, symbol, dates)
  return rows.filter((row) => row.local_symbol === localSymbol)
}

/**
 * The front future of every slot, over trade dates: what was the front by the rule that each row names. Prices are as they
 * were quoted: at a roll the series steps from one contract to the next by the spread between the two, which is no profit
 * or loss. The name of the contract is in each row, so that a reader can adjust for it.
 */
export async function frontFutures(
  lake: Lake,
  symbol: string,
  dates: FutureDates = {},
): Promise<FutureRow[]> {
  return (await rowsBetween(lake, symbol, dates)).filter(({ front_rank }) => front_rank === 1)
}

/** All futures of a symbol in one slot. */
export async function futuresIn(
  lake: Lake,
  { symbol, at, date }: { readonly symbol: string; readonly at: EpochMs; readonly date: SessionDate },
): Promise<FutureRow[]> {
  const rows = await rowsBetween(lake, symbol, { from: date, to: date })
  return rows.filter(({ timestamp }) => timestamp === at)
}

async function rowsBetween(lake: Lake, symbol: string, { from, to }: FutureDates): Promise<FutureRow[]> {
  return readRows(lake, FUTURE_SNAPSHOTS, { symbol, ...(from && { from }), ...(to && { to }) })
}

/** Reads backwards from the newest day, one file at a time. */
async function newestOf(lake: Lake, symbol: string, at: EpochMs | null): Promise<FutureRow[]> {
  const state = await smallState(lake, FUTURE_SNAPSHOTS)
  const dates = [...new Set([...(state?.files.values() ?? [])].flatMap(({ partition }) => partition ?? []))]
  // A slot of that time may belong to a later trade date, but not to one that is further away.
  const last = at === null ? null : addDays(newYorkDate(at), MAX_DAYS_EARLY)
  for (const date of dates.sort().reverse().map(sessionDate)) {
    if (last !== null && date > last) continue
    const rows = await rowsBetween(lake, symbol, { from: date, to: date })
    const known = at === null ? rows : rows.filter(({ timestamp }) => timestamp <= at)
    const slot = known.reduce<EpochMs | null>(
      (newest, { timestamp }) => (newest === null || timestamp > newest ? epochMs(timestamp) : newest),
      null,
    )
    if (slot !== null) return known.filter(({ timestamp }) => timestamp === slot)
  }
  return []
}
