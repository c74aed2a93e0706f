import { newYorkClock, newYorkDate } from '../../../../market/calendar.ts'
import { weekdayOf } from '../../../../market/holidays.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../../../market/units.ts'
import { liquidHours } from './activity.ts'
import type { FutureProduct } from './products.ts'
import { type Segment, tradeDatesBetween } from './trade-dates.ts'

const DAYS_SHOWN = 7
const DAY_MS = 86_400_000
/** How far a zone is behind New York, hours. All change their clocks on the same nights. */
const BEHIND_NEW_YORK = { 'US/Eastern': 0, 'US/Central': 1 } as const

/**
 * Trading hours in the format of contract details, of the New York date of `at` and of the next six days. Each segment
 * stands on the day on which it ends, so that Sunday evening is part of Monday's; days without one are CLOSED, Sundays
 * before a trading Monday are left out. After the last trade there is nothing; null: there is no last one.
 */
export function futureHours(
  product: FutureProduct,
  lastTradeAt: EpochMs | null,
  at: EpochMs,
): { timeZoneId: string; tradingHours: string; liquidHours: string } {
  const today = newYorkDate(at)
  const days = Array.from({ length: DAYS_SHOWN }, (_, day) => addDays(today, day))
  const span = {
    startAt: epochMs(at - 2 * DAY_MS),
    endAt: epochMs(at + (DAYS_SHOWN + 1) * DAY_MS),
  }
  const tradeDates = tradeDatesBetween(product, span.startAt, span.endAt)
  const trading = tradeDates.flatMap(({ segments }) => segments)
  const liquid = tradeDates.flatMap((tradeDate) => {
    const { openAt, closeAt } = liquidHours(product, tradeDate)
    return [{ openAt, closeAt }]
  })
  const text = (segments: readonly Segment[]) =>
    daysText(days, untilLastTrade(segments, lastTradeAt), product)
  return {
    timeZoneId: product.timeZoneId,
    tradingHours: text(trading),
    liquidHours: text(liquid),
  }
}

function untilLastTrade(segments: readonly Segment[], lastTradeAt: EpochMs | null): readonly Segment[] {
  if (lastTradeAt === null) return segments
  return segments
    .filter(({ openAt }) => openAt < lastTradeAt)
    .map(({ openAt, closeAt }) => ({ openAt, closeAt: closeAt < lastTradeAt ? closeAt : lastTradeAt }))
}

function daysText(
  days: readonly SessionDate[],
  segments: readonly Segment[],
  { timeZoneId }: FutureProduct,
): string {
  const shownOn = (at: EpochMs) => timeText(epochMs(at - BEHIND_NEW_YORK[timeZoneId] * 3_600_000))
  return days
    .flatMap((day) => {
      const own = segments.filter(({ closeAt }) => newYorkDate(closeAt) === day)
      if (own.length > 0) return own.map(({ openAt, closeAt }) => `${shownOn(openAt)}-${shownOn(closeAt)}`)
      const opensInEvening = segments.some(({ openAt }) => newYorkDate(openAt) === day)
      return weekdayOf(day) === 0 && opensInEvening ? [] : [`${day.replaceAll('-', '')}:CLOSED`]
    })
    .join(';')
}

/** `HH:MM:SS` of a time in the zone of a product. */
export function zoneClock({ timeZoneId }: FutureProduct, at: EpochMs): string {
  return newYorkClock(epochMs(at - BEHIND_NEW_YORK[timeZoneId] * 3_600_000))
}

/** `20261213:1700` of a time, as clocks in New York show it. */
function timeText(at: EpochMs): string {
  return `${newYorkDate(at).replaceAll('-', '')}:${newYorkClock(at).slice(0, 5).replace(':', '')}`
}
