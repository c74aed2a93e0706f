import { newYorkDate, newYorkTime, sessionOn } from '../../market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import { type Segment, segmentsText } from './hours.ts'
import type { SimContract } from './market.ts'
import { asInNewYork } from './zones.ts'

const ZONE = 'US/Central'
/** The early segment begins on the evening before, the late one ends 45 minutes after the close of the options. */
const NIGHT_OPENS = '1915'
const NIGHT_CLOSES = '0825'
const CURB_MS = 45 * 60_000

/**
 * Hours of the options that Cboe trades, and of its indices: 08:30 to 15:15 in Chicago, with an early segment and a late one
 * where the class has them. On the last day of a class with PM settlement trading ends with the stock exchange, and there
 * is no late segment. A client has to pick the segment that it means.
 */
export function cboeHours(
  at: EpochMs,
  contract: Pick<SimContract, 'expiry' | 'lastTradeAt'>,
  { tradesAtNight }: { readonly tradesAtNight: boolean },
): { timeZoneId: string; tradingHours: string; liquidHours: string } {
  const segments = segmentsText(at, (day) => {
    const session = sessionOn(day)
    if (!session) return []
    const isLastDay = dateText(day) === contract.expiry
    const closeAt = isLastDay ? (contract.lastTradeAt ?? session.optionsCloseAt) : session.optionsCloseAt
    const regular = segment(session.openAt, closeAt)
    if (!tradesAtNight) return [regular]
    const night = {
      from: { date: dateText(addDays(day, -1)), clock: NIGHT_OPENS },
      to: { date: dateText(day), clock: NIGHT_CLOSES },
    }
    const hasCurb = closeAt === session.optionsCloseAt && !session.earlyClose
    return hasCurb ? [night, regular, segment(closeAt, epochMs(closeAt + CURB_MS))] : [night, regular]
  })
  return { timeZoneId: ZONE, tradingHours: segments, liquidHours: segments }
}

function segment(fromAt: EpochMs, toAt: EpochMs): Segment {
  return { from: inChicago(fromAt), to: inChicago(toAt) }
}

function inChicago(at: EpochMs): Segment['from'] {
  const local = asInNewYork(ZONE, at)
  return { date: dateText(newYorkDate(local)), clock: newYorkTime(local).replace(':', '') }
}

function dateText(day: SessionDate): string {
  return day.replaceAll('-', '')
}
