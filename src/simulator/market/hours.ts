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
  if (secType === 'STK') return stockHours(today)
  return secType === 'OPT' && optionsClose === '16:00' ? earlyOptionHours(today) : optionHours(today)
}

interface Hours {
  readonly timeZoneId: string
  readonly tradingHours: string
  readonly liquidHours: string
}

type CloseOf = (early: boolean) => string
const atFour: CloseOf = (early) => (early ? '1300' : '1600')
const atQuarterPast: CloseOf = (early) => (early ? '1315' : '1615')

const stockHours = perDay((today) => ({
  timeZoneId: ZONE,
  tradingHours: hoursText(today, { open: '0400', close: (early) => (early ? '1700' : '2000') }),
  liquidHours: hoursText(today, { open: '0930', close: atFour }),
}))
const optionHours = perDay((today) => sameHours(hoursText(today, { open: '0930', close: atQuarterPast })))
const earlyOptionHours = perDay((today) => sameHours(hoursText(today, { open: '0930', close: atFour })))

function sameHours(text: string): Hours {
  return { timeZoneId: ZONE, tradingHours: text, liquidHours: text }
}

/** Keeps the last day's answer: the details of thousands of contracts of one day have the same hours. */
function perDay(make: (today: SessionDate) => Hours): (today: SessionDate) => Hours {
  let last: { readonly today: SessionDate; readonly hours: Hours } | null = null
  return (today) => {
    if (last?.today !== today) last = { today, hours: make(today) }
    return last.hours
  }
}

function hoursText(today: SessionDate, hours: { open: string; close: CloseOf }): string {
  return Array.from({ length: DAYS_SHOWN }, (_, day) => dayText(addDays(today, day), hours)).join(';')
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

function dayText(day: SessionDate, hours: { open: string; close: CloseOf }): string {
  const date = day.replaceAll('-', '')
  const session = sessionOn(day)
  if (!session) return `${date}:CLOSED`
  return `${date}:${hours.open}-${date}:${hours.close(session.earlyClose)}`
}
