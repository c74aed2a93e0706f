import { newYorkInstant, sessionOn, type TradingBreak, type TradingSession } from './calendar.ts'
import { dayKind, isClosedForFutures, weekdayOf } from './holidays.ts'
import { addDays, type SessionDate } from './units.ts'

/** When futures of one exchange trade by our rules, New York time. */
interface FuturesHours {
  /** Evening before the day. */
  readonly open: string
  readonly close: string
  /** Close on days on which NYSE closes early. */
  readonly earlyClose: string
  /** When trading stops for the rest of a US holiday. */
  readonly holidayHalt: string
}

/**
 * Sources: the exchanges' holiday calendars as news pages repeat them. The times of holidays change from year to year,
 * and the gateway's own hours overrule them.
 */
export const FUTURES_HOURS = {
  'cme-equity': { open: '18:00', close: '17:00', earlyClose: '13:15', holidayHalt: '13:00' },
  'nymex-energy': { open: '18:00', close: '17:00', earlyClose: '13:45', holidayHalt: '14:30' },
} as const satisfies Readonly<Record<string, FuturesHours>>

export type FuturesCalendar = keyof typeof FUTURES_HOURS

/** The longest time from one session of NYSE to the next that the rules know is four days; a defect runs further. */
const SEARCH_DAYS = 10

/**
 * The session of a trade date by our rules; null if NYSE is closed that day. It begins on the evening before, and takes
 * in the halves of the holidays since the trade date before: on a Monday holiday futures trade from Sunday evening to
 * the halt and again from Monday evening on, and all of it belongs to Tuesday.
 */
export function futuresSessionOn(date: SessionDate, calendar: FuturesCalendar): TradingSession | null {
  const day = sessionOn(date)
  if (day === null) return null
  const hours: FuturesHours = FUTURES_HOURS[calendar]
  const parts = [
    ...holidayHalves(date, hours),
    partOf(date, hours, day.earlyClose ? hours.earlyClose : hours.close),
  ]
  const [first, last] = [parts[0], parts.at(-1)] as [TradingBreak, TradingBreak]
  return {
    ...{ date, openAt: first.from, closeAt: last.to, optionsCloseAt: last.to, earlyClose: day.earlyClose },
    breaks: breaksBetween(parts),
  }
}

/** The pauses between periods of trading, which are in order. */
export function breaksBetween(parts: readonly TradingBreak[]): TradingBreak[] {
  return parts.slice(1).flatMap((part, at) => {
    const from = (parts[at] as TradingBreak).to
    return from < part.from ? [{ from, to: part.from }] : []
  })
}

function holidayHalves(date: SessionDate, hours: FuturesHours): TradingBreak[] {
  const halves: TradingBreak[] = []
  for (let days = 1; days <= SEARCH_DAYS; days++) {
    const earlier = addDays(date, -days)
    if (dayKind(earlier) !== 'closed') return halves
    const weekday = weekdayOf(earlier)
    const rests = weekday === 0 || weekday === 6 || isClosedForFutures(earlier)
    if (!rests) halves.unshift(partOf(earlier, hours, hours.holidayHalt))
  }
  return halves
}

function partOf(date: SessionDate, { open }: FuturesHours, close: string): TradingBreak {
  return { from: newYorkInstant(addDays(date, -1), open), to: newYorkInstant(date, close) }
}
