import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  lastSessionBefore,
  newYorkClock,
  newYorkDate,
  newYorkInstant,
  nextSessionAfter,
  sessionContaining,
  sessionOn,
  sessionsBetween,
} from '../../src/market/calendar.ts'
import { yearsToExpiry } from '../../src/market/option-hours.ts'
import { epochMs, expiryDate, sessionDate } from '../../src/market/units.ts'

const at = (iso: string) => epochMs(Date.parse(iso))
const lines = readFileSync(join(import.meta.dirname, '../fixtures/nyse-sessions.csv'), 'utf8')
  .trim()
  .split('\n')
const reference = lines.slice(1).map((line) => line.split(','))

test('the rules give exactly the published sessions of 2015 to 2027, with their opens and closes', () => {
  const ours = sessionsBetween(sessionDate('2015-01-01'), sessionDate('2027-12-31')).map((session) => [
    session.date,
    new Date(session.openAt).toISOString(),
    new Date(session.closeAt).toISOString(),
    session.earlyClose ? '1' : '0',
    newYorkClock(session.openAt),
    newYorkClock(session.optionsCloseAt),
  ])
  const theirs = reference.map(([date, open, , early, optionsClose, openUtc, closeUtc]) => [
    date,
    new Date(openUtc as string).toISOString(),
    new Date(closeUtc as string).toISOString(),
    early,
    `${open}:00`,
    `${optionsClose}:00`,
  ])
  expect(theirs).toHaveLength(3268)
  expect(theirs.filter((row) => row[3] === '1')).toHaveLength(26)
  expect(ours).toEqual(theirs)
})

test("days of mourning are closed, and New Year's Day is never observed in the old year", () => {
  expect(sessionOn(sessionDate('2018-12-05'))).toBeNull()
  expect(sessionOn(sessionDate('2025-01-09'))).toBeNull()
  expect(sessionOn(sessionDate('2027-06-18'))).toBeNull()
  expect(sessionOn(sessionDate('2027-12-24'))).toBeNull()
  expect(sessionOn(sessionDate('2027-12-31'))?.earlyClose).toBe(false)
  expect(sessionOn(sessionDate('2026-07-02'))?.earlyClose).toBe(false)
})

test('a session includes its open and the 15 minutes after the close, but not the moment of its end', () => {
  expect(sessionContaining(at('2026-11-20T14:29:59.999Z'))).toBeNull()
  expect(sessionContaining(at('2026-11-20T14:30:00Z'))?.date).toBe('2026-11-20')
  expect(sessionContaining(at('2026-11-20T21:14:59.999Z'))?.date).toBe('2026-11-20')
  expect(sessionContaining(at('2026-11-20T21:15:00Z'))).toBeNull()
  expect(sessionContaining(at('2026-11-27T18:10:00Z'))?.earlyClose).toBe(true)
  expect(sessionContaining(at('2026-11-27T18:15:00Z'))).toBeNull()
})

test('the session before and the session after step over week-ends and holidays', () => {
  const thanksgiving = at('2026-11-26T15:00:00Z')
  expect(lastSessionBefore(thanksgiving).date).toBe('2026-11-25')
  expect(nextSessionAfter(thanksgiving).date).toBe('2026-11-27')
  expect(lastSessionBefore(at('2026-11-25T21:15:00Z')).date).toBe('2026-11-25')
  expect(lastSessionBefore(at('2026-11-25T21:14:00Z')).date).toBe('2026-11-24')
  expect(nextSessionAfter(at('2026-11-20T14:30:00Z')).date).toBe('2026-11-23')
  expect(nextSessionAfter(at('2026-11-20T14:29:00Z')).date).toBe('2026-11-20')
})

test('New York time follows the clocks there, to the second of a clock change', () => {
  expect(newYorkDate(at('2026-11-20T04:59:59Z'))).toBe('2026-11-19')
  expect(newYorkDate(at('2026-11-20T05:00:00Z'))).toBe('2026-11-20')
  // Around the clock changes, hour by hour and back again, whatever day was asked for before.
  for (const day of ['2026-03-08', '2026-11-01']) {
    const hours = Array.from({ length: 60 }, (_, hour) =>
      epochMs(Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000),
    )
    for (const hour of [...hours, ...hours.reverse()]) {
      const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' })
      expect(newYorkDate(hour)).toBe(format.format(hour))
    }
  }
  expect(newYorkClock(at('2026-03-08T06:59:59Z'))).toBe('01:59:59')
  expect(newYorkClock(at('2026-03-08T07:00:00Z'))).toBe('03:00:00')
  expect(newYorkClock(at('2026-11-01T05:59:59Z'))).toBe('01:59:59')
  expect(newYorkClock(at('2026-11-01T06:00:00Z'))).toBe('01:00:00')
})

test('a local time becomes the right instant, on days with 23 and 25 hours too', () => {
  const instant = (date: string, clock: string) =>
    new Date(newYorkInstant(sessionDate(date), clock)).toISOString()
  expect(instant('2026-11-20', '09:30')).toBe('2026-11-20T14:30:00.000Z')
  expect(instant('2026-07-01', '16:15:38.250')).toBe('2026-07-01T20:15:38.250Z')
  expect(instant('2026-03-08', '00:30')).toBe('2026-03-08T05:30:00.000Z')
  expect(instant('2026-03-08', '02:30')).toBe('2026-03-08T07:30:00.000Z')
  expect(instant('2026-03-08', '12:00')).toBe('2026-03-08T16:00:00.000Z')
  expect(instant('2026-11-01', '01:30')).toBe('2026-11-01T05:30:00.000Z')
  expect(instant('2026-11-01', '02:30')).toBe('2026-11-01T07:30:00.000Z')
  expect(() => instant('2026-11-20', '24:00')).toThrow('24:00')
})

test('time to expiry runs to the end of option trading and never below zero', () => {
  const yearMs = 365 * 86_400_000
  const expiry = expiryDate('20261120')
  expect(yearsToExpiry(at('2026-11-20T20:15:00Z'), expiry, 'SPY')).toBeCloseTo(3_600_000 / yearMs, 12)
  expect(yearsToExpiry(at('2026-11-20T21:15:00Z'), expiry, 'SPY')).toBe(0)
  expect(yearsToExpiry(at('2026-11-21T21:15:00Z'), expiry, 'SPY')).toBe(0)
  expect(yearsToExpiry(at('2026-11-27T17:15:00Z'), expiryDate('20261127'), 'SPY')).toBeCloseTo(
    3_600_000 / yearMs,
    12,
  )
  expect(yearsToExpiry(at('2026-11-21T20:15:00Z'), expiryDate('20261121'), 'SPY')).toBeCloseTo(
    3_600_000 / yearMs,
    12,
  )
})
