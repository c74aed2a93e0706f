import { newYorkDate, newYorkInstant, nextSessionAfter, sessionOn } from '../../../../market/calendar.ts'
import { futuresSessionOn } from '../../../../market/futures-hours.ts'
import { SEARCH_DAYS } from '../../../../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../../../market/units.ts'
import type { FutureProduct } from './products.ts'

/** Trading without a break, its start included and its end not. */
export interface Segment {
  readonly openAt: EpochMs
  readonly closeAt: EpochMs
}

/**
 * One trade date of the futures exchanges. It is always a session of the stock exchange: what trades on a holiday belongs
 * to the next one.
 */
export interface TradeDate {
  readonly date: SessionDate
  /** Oldest first, one more for each holiday that the trade date begins on. */
  readonly segments: readonly Segment[]
  readonly openAt: EpochMs
  readonly closeAt: EpochMs
  readonly earlyClose: boolean
}

/** Trade dates that are cached: years, for each set of holiday hours. */
const CACHE_LIMIT = 4_000

const known = new Map<string, TradeDate>()

/** The trade date of a session of the stock exchange; null for any other date. */
export function tradeDateOn(product: FutureProduct, date: SessionDate): TradeDate | null {
  const key = `${product.exchange} ${date}`
  const found = known.get(key)
  if (found) return found
  const made = makeTradeDate(product, date)
  if (!made) return null
  if (known.size >= CACHE_LIMIT) known.clear()
  known.set(key, made)
  return made
}

function makeTradeDate({ calendar }: FutureProduct, date: SessionDate): TradeDate | null {
  const session = futuresSessionOn(date, calendar)
  if (!session) return null
  const { openAt, closeAt, earlyClose, breaks } = session
  const openings = [openAt, ...breaks.map(({ to }) => to)]
  const closings = [...breaks.map(({ from }) => from), closeAt]
  const segments = openings.map((from, at) => ({ openAt: from, closeAt: closings[at] as EpochMs }))
  return { date, segments, openAt, closeAt, earlyClose }
}

/** The trade date in which a time lies, its breaks included; null between two trade dates. */
export function tradeDateContaining(product: FutureProduct, at: EpochMs): TradeDate | null {
  const next = nextTradeDateFrom(product, at)
  return next.openAt <= at ? next : null
}

/** The trade date of a time: the one it lies in, else the latest that is over. */
export function currentTradeDate(product: FutureProduct, at: EpochMs): TradeDate {
  const next = nextTradeDateFrom(product, at)
  return next.openAt <= at ? next : tradeDateBefore(product, next.date)
}

/** The earliest trade date that is not over. */
function nextTradeDateFrom(product: FutureProduct, at: EpochMs): TradeDate {
  for (let days = 0, date = newYorkDate(at); days <= SEARCH_DAYS; days++, date = addDays(date, 1)) {
    const found = tradeDateOn(product, date)
    if (found && at < found.closeAt) return found
  }
  throw new RangeError(`no trade date within ${SEARCH_DAYS} days of ${newYorkDate(at)}`)
}

export function tradeDateBefore(product: FutureProduct, date: SessionDate): TradeDate {
  for (let days = 1; days <= SEARCH_DAYS; days++) {
    const found = tradeDateOn(product, addDays(date, -days))
    if (found) return found
  }
  throw new RangeError(`no trade date within ${SEARCH_DAYS} days before ${date}`)
}

export function tradeDateAfter(product: FutureProduct, date: SessionDate): TradeDate {
  const session = sessionOn(date)
  const next = nextSessionAfter(session?.openAt ?? newYorkInstant(date, '12:00'))
  return tradeDateOn(product, next.date) as TradeDate
}

/** The trade dates that a span of time touches, oldest first. */
export function tradeDatesBetween(product: FutureProduct, startAt: EpochMs, endAt: EpochMs): TradeDate[] {
  const found: TradeDate[] = []
  if (startAt >= endAt) return found
  let one = nextTradeDateFrom(product, startAt)
  while (one.openAt < endAt) {
    found.push(one)
    one = tradeDateAfter(product, one.date)
  }
  return found
}

/** The last moment with a price at or before a time of the trade date or after it: within a segment, or at its close. */
export function lastTradingAt({ segments }: TradeDate, at: EpochMs): EpochMs {
  const segment = (segments.findLast(({ openAt }) => openAt <= at) ?? segments[0]) as Segment
  return epochMs(Math.max(segment.openAt, Math.min(at, segment.closeAt)))
}

/** When the settlement price of a trade date is taken. */
export function settlementAt(product: FutureProduct, { date, earlyClose }: TradeDate): EpochMs {
  return newYorkInstant(date, earlyClose ? '13:00' : product.settlesAt)
}
