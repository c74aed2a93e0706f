import { expect, test } from 'vitest'
import { newYorkDate, newYorkTime, sessionOn } from '../../src/market/calendar.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { calendarSessionOn, isTrading, sessionAt, tradeDateAt } from '../../src/market/trade-dates.ts'
import { addDays, daysBetween, type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'

const grid = { intervalSeconds: 300, afterClose: false }
const es = (date: string) => calendarSessionOn(sessionDate(date), 'cme-equity')
const cl = (date: string) => calendarSessionOn(sessionDate(date), 'nymex-energy')
const at = (time: EpochMs) => `${newYorkDate(time)} ${newYorkTime(time)}`

function hoursOf(session: ReturnType<typeof es>) {
  if (!session) return null
  return [
    at(session.openAt),
    ...session.breaks.map(({ from, to }) => `${at(from)} – ${at(to)}`),
    at(session.optionsCloseAt),
  ]
}

test('a full day opens on the evening before, Monday on Sunday', () => {
  expect(hoursOf(es('2026-11-18'))).toEqual(['2026-11-17 18:00', '2026-11-18 17:00'])
  expect(hoursOf(es('2026-11-23'))).toEqual(['2026-11-22 18:00', '2026-11-23 17:00'])
  expect(es('2026-11-22')).toBeNull()
})

test('the halves of a holiday belong to the next trade date', () => {
  expect(hoursOf(es('2026-01-20'))).toEqual([
    '2026-01-18 18:00',
    '2026-01-19 13:00 – 2026-01-19 18:00',
    '2026-01-20 17:00',
  ])
  expect(es('2026-01-19')).toBeNull()
  expect(hoursOf(es('2026-11-27'))).toEqual([
    '2026-11-25 18:00',
    '2026-11-26 13:00 – 2026-11-26 18:00',
    '2026-11-27 13:15',
  ])
  expect(hoursOf(cl('2026-11-27'))).toEqual([
    '2026-11-25 18:00',
    '2026-11-26 14:30 – 2026-11-26 18:00',
    '2026-11-27 13:45',
  ])
  // A holiday on Friday: four days before its trade date.
  expect(hoursOf(es('2026-07-06'))).toEqual([
    '2026-07-02 18:00',
    '2026-07-03 13:00 – 2026-07-05 18:00',
    '2026-07-06 17:00',
  ])
})

test('on Good Friday, Christmas and New Year futures rest', () => {
  expect(hoursOf(es('2026-04-06'))).toEqual(['2026-04-05 18:00', '2026-04-06 17:00'])
  expect(hoursOf(es('2026-12-24'))).toEqual(['2026-12-23 18:00', '2026-12-24 13:15'])
  expect(hoursOf(es('2026-12-28'))).toEqual(['2026-12-27 18:00', '2026-12-28 17:00'])
  expect(hoursOf(es('2026-01-02'))).toEqual(['2026-01-01 18:00', '2026-01-02 17:00'])
  expect(hoursOf(es('2022-12-27'))).toEqual(['2022-12-26 18:00', '2022-12-27 17:00'])
})

test('in twelve years every slot of a future lies in one trade date, in no break, and 276 are a full day', () => {
  for (const calendar of ['cme-equity', 'nymex-energy'] as const) {
    const counts = new Map<number, number>()
    const wrong: string[] = []
    let last = 0 as EpochMs
    for (let date = sessionDate('2018-01-01'); date < '2030-01-01'; date = addDays(date, 1)) {
      const session = calendarSessionOn(date, calendar)
      if (!session) {
        if (sessionOn(date) !== null) wrong.push(date)
        continue
      }
      const slots = slotsOf(session, grid)
      const first = slots[0] ?? 0
      const isRight =
        sessionOn(date) !== null &&
        daysBetween(newYorkDate(session.openAt), date) <= 5 &&
        newYorkDate(session.optionsCloseAt) === date &&
        first === session.openAt &&
        first > last &&
        slots.every((slot) => isTrading(slot, session))
      if (!isRight) wrong.push(date)
      last = slots.at(-1) as EpochMs
      counts.set(slots.length, (counts.get(slots.length) ?? 0) + 1)
    }
    expect(wrong).toEqual([])
    const usual = [...counts].sort(([, a], [, b]) => b - a)[0]
    expect(usual?.[0]).toBe(276)
    // Full days, early closes, and full days or an early close after the first half of a holiday.
    const legal =
      calendar === 'cme-equity' ? [231, 276, 228 + 231, 228 + 276] : [237, 276, 246 + 237, 246 + 276]
    expect([...counts.keys()].filter((count) => !legal.includes(count))).toEqual([])
  }
})

test('the trade date of any minute is that of the session that contains it', () => {
  for (const symbol of ['ES', 'CL', 'SPY', 'AAPL']) {
    const { calendar } = instrumentNamed(symbol)
    const sessionOf = (date: Parameters<typeof calendarSessionOn>[0]) => calendarSessionOn(date, calendar)
    const wrong: string[] = []
    // A fixed sequence of times over nine years.
    let state = 20_261_122
    for (let round = 0; round < 4_000; round++) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      const time = epochMs(Date.parse('2019-01-01T00:00:00Z') + (state % (9 * 365 * 24 * 60)) * 60_000)
      const session = sessionAt(time, sessionOf)
      const date = tradeDateAt(time, sessionOf)
      const isRight =
        session === null
          ? date === newYorkDate(time)
          : date >= newYorkDate(time) &&
            date === session.date &&
            session.openAt <= time &&
            time < session.optionsCloseAt
      if (!isRight) wrong.push(`${symbol} at ${at(time)}`)
    }
    expect(wrong).toEqual([])
  }
})

test('the weeks of the clock change have as many slots as any other, on the same times of day', () => {
  for (const date of ['2026-03-09', '2026-11-02', '2027-03-15', '2027-11-08']) {
    const session = es(date)
    expect(session && slotsOf(session, grid).length, date).toBe(276)
    expect(hoursOf(session), date).toEqual([`${addDays(sessionDate(date), -1)} 18:00`, `${date} 17:00`])
  }
})

test('every interval has its slots on the grid of 09:30', () => {
  for (const intervalSeconds of [60, 300, 900, 1_800, 3_600]) {
    const future = slotsOf(es('2026-11-18') as NonNullable<ReturnType<typeof es>>, {
      ...grid,
      intervalSeconds,
    })
    const stock = slotsOf(sessionOn(sessionDate('2026-11-18')) as NonNullable<ReturnType<typeof sessionOn>>, {
      ...grid,
      intervalSeconds,
    })
    expect(stock.filter((slot) => !future.includes(slot))).toEqual([])
  }
})
