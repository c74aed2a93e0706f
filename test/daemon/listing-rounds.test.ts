import { expect, test } from 'vitest'
import { chainOptions } from '../../src/chain/options.ts'
import { roundAt } from '../../src/daemon/listing-rounds.ts'
import { newYorkClock, newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'

const round = (date: string, clock: string, own: Partial<ReturnType<typeof chainOptions.parse>> = {}) => {
  const now = newYorkInstant(sessionDate(date), clock)
  const found = roundAt(now, sessionOn, { ...chainOptions.parse({}), ...own })
  return found && `${found.date} ${newYorkClock(found.since).slice(0, 5)}`
}

test('chains are listed from half an hour before the open, and again at midday', () => {
  expect(round('2026-11-19', '08:59')).toBeNull()
  expect(round('2026-11-19', '09:00')).toBe('2026-11-19 09:00')
  expect(round('2026-11-19', '12:44')).toBe('2026-11-19 09:00')
  expect(round('2026-11-19', '12:45')).toBe('2026-11-19 12:45')
  expect(round('2026-11-19', '16:14')).toBe('2026-11-19 12:45')
  expect(round('2026-11-19', '16:15')).toBeNull()
})

test('an early close has its own midday, and a closed day no round', () => {
  expect(round('2026-11-27', '11:15')).toBe('2026-11-27 11:15')
  expect(round('2026-11-26', '10:00')).toBeNull()
  expect(round('2026-11-21', '10:00')).toBeNull()
})

test('both are settings', () => {
  const own = { minutesBeforeOpen: 60, listingsPerSession: 3 }
  expect(round('2026-11-19', '08:30', own)).toBe('2026-11-19 08:30')
  expect(round('2026-11-19', '11:40', own)).toBe('2026-11-19 11:40')
  expect(round('2026-11-19', '14:00', own)).toBe('2026-11-19 13:50')
  expect(round('2026-11-19', '15:00', { listingsPerSession: 1 })).toBe('2026-11-19 09:00')
})
