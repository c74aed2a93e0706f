import { newYorkDate, sessionOn } from '../../market/calendar.ts'
import { addDays, type EpochMs, type SessionDate } from '../../market/units.ts'
import type { SimContract } from './market.ts'

const DAYS_SHOWN = 7
const ZONE = 'US/Eastern'

/**
 * Trading hours in the format of contract details: those of the New York date of `at` and of the next six days.
 * Options close at 16:15 unless something else is known.
 */
export function hoursAround(
  at: EpochMs,
  {
    secType,
    optionsClose,
  }: { readonly secType: SimContract['secType']; readonly optionsClose?: '16:00' | '16:15' },
): { timeZoneId: string; tradingHours: string; liquidHours: string } {
  const today = newYorkDate(at)
  const days = Array.from({ length: DAYS_SHOWN }, (_, day) => addDays(today, day))
  const text = (open: string, close: (early: boolean) => string) =>
    days.map((day) => dayText(day, { open, close })).join(';')
  const liquidHours =
    secType === 'STK' || (secType === 'OPT' && optionsClose === '16:00')
      ? text('0930', (early) => (early ? '1300' : '1600'))
      : text('0930', (early) => (early ? '1315' : '1615'))
  const tradingHours = secType === 'STK' ? text('0400', (early) => (early ? '1700' : '2000')) : liquidHours
  return { timeZoneId: ZONE, tradingHours, liquidHours }
}

/** A time without a break, in the zone of the contract: dates are `YYYYMMDD`, times of day `HHMM`. */
export interface Segment {
  readonly from: { readonly date: string; readonly clock: string }
  readonly to: { readonly date: string; readonly clock: string }
}

/** The segments of the New York date of `at` and of the next six days, in the format of contract details. */
export function segmentsText(at: EpochMs, segmentsOn: (day: SessionDate) => readonly Segment[]): string {
  const today = newYorkDate(at)
  return Array.from({ length: DAYS_SHOWN }, (_, count) => addDays(today, count))
    .flatMap((day) => {
      const segments = segmentsOn(day)
      if (segments.length === 0) return [`${day.replaceAll('-', '')}:CLOSED`]
      return segments.map(({ from, to }) => `${from.date}:${from.clock}-${to.date}:${to.clock}`)
    })
    .join(';')
}

function dayText(day: SessionDate, hours: { open: string; close: (early: boolean) => string }): string {
  const date = day.replaceAll('-', '')
  const session = sessionOn(day)
  if (!session) return `${date}:CLOSED`
  return `${date}:${hours.open}-${date}:${hours.close(session.earlyClose)}`
}
