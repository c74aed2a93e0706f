import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { badRequest } from '../route-parameters.ts'
import type { HttpSources } from '../sources.ts'

/** The day that a view is asked for. */
export interface AskedDay {
  readonly date: SessionDate
  /** The newest stored slot of the symbol on it, at or before the time asked for; null without one. */
  readonly lastSlot: EpochMs | null
}

/**
 * The trade date of a request: the one given, else that of the newest stored slot at or before a time, else the newest of all.
 * Without any stored slot it is the New York date.
 * @throws RefusedRequest where both a date and a time are given.
 */
export async function askedDay(
  symbol: string,
  { at, date }: { readonly at?: EpochMs | undefined; readonly date?: SessionDate | undefined },
  sources: Pick<HttpSources, 'sessions' | 'health'>,
): Promise<AskedDay> {
  if (at !== undefined && date !== undefined) {
    throw badRequest('bad_date', 'write either date, a trade date, or at, a time')
  }
  const stored = await sources.sessions({ symbol })
  const session =
    date === undefined
      ? stored.find(({ firstSlot }) => at === undefined || firstSlot <= at)
      : stored.find((one) => one.date === date)
  return {
    date: date ?? session?.date ?? newYorkDate(at ?? sources.health().now),
    lastSlot: session?.lastSlot ?? null,
  }
}
