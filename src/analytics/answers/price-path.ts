import type { SlotPrice } from '../../lake/query/slot-prices.ts'
import type { SessionOn } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'

/**
 * Calendar days after a date whose prices a path has: what is collected by default expires within them, 60 days and the
 * next monthly expiration with those before it.
 */
export const PATH_DAYS = 98
/** Sessions whose every slot is in a path; of later ones one slot in half an hour, and the last. */
const WHOLE_SESSIONS = 3
const COARSE_MS = 30 * 60_000

/** A session as a chart needs it to place times in. */
export interface PathSession {
  readonly date: SessionDate
  readonly open: string
  readonly close: string
}

/** The price of the underlying in the slots from a trade date on: what came of the moves expected on it. */
export interface PricePath {
  /** Sessions from the date to 98 days after it, those to come too. */
  readonly sessions: readonly PathSession[]
  readonly slots: readonly string[]
  /** $ or points. */
  readonly prices: readonly number[]
}

/** The dates whose slot prices a path needs. */
export function pathDates(date: SessionDate): { readonly from: SessionDate; readonly to: SessionDate } {
  return { from: date, to: addDays(date, PATH_DAYS) }
}

/** Pure. @param prices of the dates of `pathDates`, by slot. */
export function pricePath(
  prices: readonly SlotPrice[],
  { date, sessionOn }: { readonly date: SessionDate; readonly sessionOn: SessionOn },
): PricePath {
  const { from, to } = pathDates(date)
  const sessions: { date: SessionDate; openAt: EpochMs; closeAt: EpochMs }[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) {
    const session = sessionOn(day)
    if (session) sessions.push({ date: day, openAt: session.openAt, closeAt: session.closeAt })
  }
  const wholeUntil = sessions[WHOLE_SESSIONS - 1]?.closeAt ?? Number.POSITIVE_INFINITY
  const lastOf = new Set(
    sessions.flatMap(({ openAt, closeAt }) => {
      const last = prices.findLast(({ slot }) => slot >= openAt && slot < closeAt)
      return last ? [last.slot] : []
    }),
  )
  const shown = prices.filter(({ slot }) => slot <= wholeUntil || slot % COARSE_MS === 0 || lastOf.has(slot))
  return {
    sessions: sessions.map((one) => ({
      date: one.date,
      open: new Date(one.openAt).toISOString(),
      close: new Date(one.closeAt).toISOString(),
    })),
    slots: shown.map(({ slot }) => new Date(slot).toISOString()),
    prices: shown.map(({ price }) => price),
  }
}
