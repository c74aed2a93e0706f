import { expect, test } from 'vitest'
import { observationTimes } from '../../../src/analytics/figure-session.ts'
import { type ObservedSlot, observationRow } from '../../../src/analytics/stored/observation.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'

const full = sessionDate('2026-11-20')
const early = sessionDate('2026-11-27')
const at = (date: typeof full, clock: string) => newYorkInstant(date, clock)
const slotOf = (date: typeof full, clock: string, rest: Partial<ObservedSlot>): ObservedSlot => ({
  timestamp: at(date, clock),
  symbol: 'SPY',
  iv30: 0.25,
  underlying_price: 680,
  vix: null,
  definition_version: DEFINITION_VERSION,
  ...rest,
})
/** iv30 of the session, and the number of cycles that it is the median of. */
const observedOn = (date: typeof full, cycles: [string, number | null][]) => {
  const slots = cycles.map(([clock, iv30]) => slotOf(date, clock, { iv30 }))
  const row = observationRow(slots, observationTimes(date, { symbol: 'SPY' })!, epochMs(at(date, '16:20')))
  return { iv30: row?.iv30, cycles: row?.cycles }
}

test('the median of the cycles from 15:30 to 15:55 counts, and no other', () => {
  const cycles: [string, number][] = [
    ['15:25', 9],
    ['15:30', 0.2],
    ['15:35', 0.21],
    ['15:40', 0.9],
    ['15:45', 0.22],
    ['15:50', 0.23],
    ['15:55', 0.24],
    ['16:00', 9],
    ['16:05', 9],
  ]
  expect(observedOn(full, cycles)).toEqual({ iv30: 0.225, cycles: 6 })
})

test('on an early close the cycles from 12:35 to 12:55 count', () => {
  const cycles: [string, number][] = [
    ['12:30', 9],
    ['12:35', 0.2],
    ['12:55', 0.3],
    ['13:00', 9],
    ['15:30', 9],
  ]
  expect(observedOn(early, cycles)).toEqual({ iv30: 0.25, cycles: 2 })
})

test('without a cycle that has a value, the observation has none', () => {
  expect(
    observedOn(full, [
      ['15:30', null],
      ['15:35', Number.NaN],
      ['11:00', 0.2],
    ]),
  ).toEqual({ iv30: null, cycles: null })
})

test("a session's row has the last price and VIX before the close, whatever the order of the slots", () => {
  const slot = (clock: string, rest: Partial<ObservedSlot>) => slotOf(full, clock, rest)
  const slots = [
    slot('16:05', { underlying_price: 700, vix: 30 }),
    slot('15:55', { iv30: 0.5, underlying_price: 682 }),
    slot('15:50', { underlying_price: 681, vix: 18 }),
    slot('10:00', { vix: 15 }),
  ]
  const recordedAt = epochMs(at(full, '16:20'))
  expect(observationRow(slots, observationTimes(full, { symbol: 'SPY' })!, recordedAt)).toEqual({
    symbol: 'SPY',
    date: full,
    source: 'chain',
    iv30: 0.375,
    close: 682,
    vix: 18,
    cycles: 2,
    recorded_at: recordedAt,
    definition_version: DEFINITION_VERSION,
    ...NO_DAILY_PRICES,
  })
  expect(observationRow(slots.slice(0, 1), observationTimes(full, { symbol: 'SPY' })!, recordedAt)).toBeNull()
})

test('slots of an older version are not mixed into a median, and make an observation of their own version', () => {
  const times = observationTimes(full, { symbol: 'SPY' })!
  const recordedAt = epochMs(at(full, '16:20'))
  const older = { definition_version: DEFINITION_VERSION - 1 }
  const slots = [
    slotOf(full, '15:30', { iv30: 0.1, ...older }),
    slotOf(full, '15:35', { iv30: 0.1, ...older }),
    slotOf(full, '15:40', { iv30: 0.3 }),
  ]
  const upgraded = observationRow(slots, times, recordedAt)
  expect(upgraded).toMatchObject({ iv30: 0.3, cycles: 1, definition_version: DEFINITION_VERSION })
  expect(observationRow(slots.slice(0, 2), times, recordedAt)).toMatchObject({
    iv30: 0.1,
    cycles: 2,
    ...older,
  })
  const first = slots.slice(0, 1).map((slot) => ({ ...slot, definition_version: null }))
  expect(observationRow(first, times, recordedAt)).toMatchObject({ iv30: 0.1, definition_version: null })
})
