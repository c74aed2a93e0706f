import { expect, test } from 'vitest'
import { nextSlotText } from '../../src/commands/gateway/next-slot-text.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'

const friday = (clock: string) => newYorkInstant(sessionDate('2026-11-20'), clock)
const monday = newYorkInstant(sessionDate('2026-11-23'), '09:30')
const real = { embedded: false, isSimulatedTime: false }

test('in a session the next slot is minutes away', () => {
  expect(nextSlotText(friday('10:05'), { ...real, now: friday('10:01') })).toBe(
    'next slot: 10:05 New York, in 4 min',
  )
})

test('on a closed market it names the day', () => {
  expect(nextSlotText(monday, { ...real, now: friday('20:00') })).toBe(
    'next slot: Monday 2026-11-23 09:30 New York, in 2 days 14 h',
  )
})

test('without a gateway it names the demo, and whose time it is', () => {
  const embedded = { embedded: true, isSimulatedTime: true, now: friday('15:55') }
  expect(nextSlotText(monday, embedded)).toBe(
    "next slot: Monday 2026-11-23 09:30 New York, in 2 days 18 h by the simulated market's clock, which reads " +
      '2026-11-20 15:55; for a whole trading day now: optionlake demo',
  )
})
