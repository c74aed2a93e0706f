import { expect, test } from 'vitest'
import { newYorkClock, newYorkInstant, sessionOn, type TradingSession } from '../../src/market/calendar.ts'
import { slotContaining, slotsOf } from '../../src/market/slot.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'

const grid = { intervalSeconds: 300, afterClose: false }
const full = sessionOn(sessionDate('2026-11-20')) as TradingSession
const early = sessionOn(sessionDate('2026-11-27')) as TradingSession
const clockOf = (at: number) => newYorkClock(epochMs(at)).slice(0, 5)

test('a full day has 78 slots from 09:30 to 15:55, three more with those after the close', () => {
  const slots = slotsOf(full, grid)
  expect(slots).toHaveLength(78)
  expect([clockOf(slots[0] as number), clockOf(slots.at(-1) as number)]).toEqual(['09:30', '15:55'])
  expect(
    slotsOf(full, { ...grid, afterClose: true })
      .slice(78)
      .map(clockOf),
  ).toEqual(['16:00', '16:05', '16:10'])
})

test('an early close ends at 12:55', () => {
  const slots = slotsOf(early, grid)
  expect(slots).toHaveLength(42)
  expect(clockOf(slots.at(-1) as number)).toBe('12:55')
})

test('a time belongs to the last slot that began, until its interval is over', () => {
  const held = (clock: string) => {
    const slot = slotContaining(newYorkInstant(full.date, clock), full, grid)
    return slot === null ? null : clockOf(slot)
  }
  expect(held('09:29:59')).toBeNull()
  expect(held('09:30')).toBe('09:30')
  expect(held('10:04:59')).toBe('10:00')
  expect(held('10:05')).toBe('10:05')
  expect(held('15:59:59')).toBe('15:55')
  expect(held('16:00')).toBeNull()
})
