import { expect, test } from 'vitest'
import { pairAround } from '../../../src/analytics/volatility/expiration-pair.ts'
import { sessionsBetween, type TradingSession } from '../../../src/market/calendar.ts'
import { expiryTimesOf, settlementOf } from '../../../src/market/option-hours.ts'
import { addDays, dateToExpiry, sessionDate } from '../../../src/market/units.ts'
import { daysBeforeFriday } from '../../../src/market/weekly-expirations.ts'

const SESSIONS = sessionsBetween(sessionDate('2026-06-01'), sessionDate('2027-08-31'))
const DAY_MS = 86_400_000

/** The options of SPX that end in the next 60 days: a class for each day, and the monthly one of the third Friday. */
function listedAt({ date }: TradingSession, slot: number) {
  const later = SESSIONS.filter((one) => one.date > date && one.date < addDays(date, 60))
  return later.flatMap((one) => {
    const friday = addDays(one.date, 1)
    const isMonthly =
      daysBeforeFriday(friday) === 0 && Number(friday.slice(8)) >= 15 && Number(friday.slice(8)) <= 21
    return (isMonthly ? ['SPXW', 'SPX'] : ['SPXW']).map((tradingClass) => {
      const expiresAt = expiryTimesOf('SPX')(dateToExpiry(one.date), tradingClass)
      const days = (expiresAt - slot) / DAY_MS
      return { date: one.date, tradingClass, expiresAt, days, settlement: settlementOf(tradingClass) }
    })
  })
}

test('with daily expirations 30 days lie between two ends of weeks that follow each other, on every day of a year', () => {
  const year = SESSIONS.filter(({ date }) => date < '2027-06-01')
  const others: string[] = []
  for (const session of year) {
    for (const slot of [session.openAt, session.closeAt]) {
      const pair = pairAround(listedAt(session, slot), 30)
      const [near, next] = pair ?? []
      const areWeekly = pair?.every(
        (one) =>
          daysBeforeFriday(one.date) !== null && one.tradingClass === 'SPXW' && one.settlement === 'pm',
      )
      const apart = near && next ? next.days - near.days : 0
      if (!areWeekly || apart < 5.8 || apart > 8.2)
        others.push(`${session.date}: ${near?.date} and ${next?.date}`)
    }
  }
  expect(others).toEqual([])
})
