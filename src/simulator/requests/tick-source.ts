import { lastSessionBefore, newYorkDate, nextSessionAfter, sessionOn } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Market, QuoteChange, SimContract, TimeSpan, Trade } from '../market/market.ts'
import type { MidPoint } from '../wire/history.ts'

/** Ticks of one kind of a contract within a time span, oldest first. */
export type TickSource<Tick extends { readonly at: EpochMs }> = (span: TimeSpan) => readonly Tick[]

export function tradesOf(market: Market, contract: SimContract): TickSource<Trade> {
  return (span) => market.trades(contract, span)
}

export function quotesOf(
  market: Market,
  contract: SimContract,
  ignoreSize: boolean,
): TickSource<QuoteChange> {
  return (span) => {
    const changes = market.quoteChanges(contract, span)
    return ignoreSize
      ? changes.filter((one, at) => at === 0 || !samePrices(one, changes[at - 1] as QuoteChange))
      : changes
  }
}

/** Changes of the mid price, where both sides are quoted. */
export function midPointsOf(market: Market, contract: SimContract): TickSource<MidPoint> {
  return (span) => {
    const points: MidPoint[] = []
    for (const { at, bid, ask } of market.quoteChanges(contract, span)) {
      if (bid === null || ask === null) continue
      const price = Math.round(((bid + ask) / 2) * 1e4) / 1e4
      if (points.at(-1)?.price !== price) points.push({ at, price })
    }
    return points
  }
}

export function samePrices(a: QuoteChange, b: QuoteChange): boolean {
  return a.bid === b.bid && a.ask === b.ask
}

/** When the next ticks can be, so that closed hours are not looked at. */
export interface TickHours {
  openFrom(at: EpochMs): EpochMs
  closedUntil(at: EpochMs): EpochMs
}

export const STOCK_HOURS: TickHours = { openFrom, closedUntil }
/** Futures trade through the night: three days are looked at, so that a weekend is no end. */
export const ALL_HOURS: TickHours = { openFrom: (at) => at, closedUntil: (at) => at }

/** Half an hour is looked at at once. */
const WINDOW_MS = 30 * 60_000
/** Half hours that are looked at for one request: about ten sessions. */
const MOST_WINDOWS = 150

/**
 * The first `count` ticks from `startAt` on, up to now, with all of the last one's second, as Interactive Brokers sends
 * them.
 */
export function ticksFrom<Tick extends { readonly at: EpochMs }>(
  source: TickSource<Tick>,
  {
    startAt,
    now,
    count,
    hours = STOCK_HOURS,
  }: { startAt: EpochMs; now: EpochMs; count: number; hours?: TickHours },
): Tick[] {
  const found: Tick[] = []
  let from = startAt
  for (let windows = 0; windows < MOST_WINDOWS && from < now; windows++) {
    const endAt = epochMs(Math.min(now, from + WINDOW_MS))
    found.push(...source({ startAt: from, endAt }))
    if (found.length > count) break
    from = hours.openFrom(endAt)
  }
  const last = found[count - 1]
  return last ? found.filter(({ at }, index) => index < count || secondOf(at) === secondOf(last.at)) : found
}

/** The last `count` ticks before `endAt`, with all of the first one's second; not before `earliest`. */
export function ticksUntil<Tick extends { readonly at: EpochMs }>(
  source: TickSource<Tick>,
  {
    endAt,
    earliest,
    count,
    hours = STOCK_HOURS,
  }: { endAt: EpochMs; earliest: EpochMs; count: number; hours?: TickHours },
): Tick[] {
  let found: readonly Tick[] = []
  let until = hours.closedUntil(endAt)
  for (let windows = 0; windows < MOST_WINDOWS && until > earliest; windows++) {
    const startAt = epochMs(Math.max(earliest, until - WINDOW_MS))
    found = [...source({ startAt, endAt: until }), ...found]
    if (found.length > count) break
    until = hours.closedUntil(startAt)
  }
  const first = found[found.length - count]
  return first
    ? found.filter(({ at }, index) => index >= found.length - count || secondOf(at) === secondOf(first.at))
    : [...found]
}

/** That time, or the next open when the market is closed then. */
function openFrom(at: EpochMs): EpochMs {
  const session = sessionOn(newYorkDate(at))
  const isOpen = session && session.openAt <= at && at <= session.optionsCloseAt
  return isOpen ? at : nextSessionAfter(at).openAt
}

/** That time, or when the session before it closed; a moment later, so that the closing tick is within. */
function closedUntil(at: EpochMs): EpochMs {
  const session = sessionOn(newYorkDate(at))
  if (session && session.openAt < at && at <= session.optionsCloseAt) return at
  const last =
    session && session.optionsCloseAt < at ? session : lastSessionBefore(session ? session.openAt : at)
  return epochMs(last.optionsCloseAt + 1)
}

function secondOf(at: EpochMs): number {
  return Math.floor(at / 1_000)
}
