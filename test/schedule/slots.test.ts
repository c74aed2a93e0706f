import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newYorkClock, newYorkInstant, sessionOn, type TradingSession } from '../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { decideSlots } from '../../src/schedule/slots.ts'
import { runCalendar } from '../faults/calendar.ts'

const grid = { intervalSeconds: 300, afterClose: false }
const full = sessionOn(sessionDate('2026-11-20')) as TradingSession
const early = sessionOn(sessionDate('2026-11-27')) as TradingSession
const clockOf = (at: number) => newYorkClock(epochMs(at)).slice(0, 5)

const timetable = { grid, sessionOn }
const at = (clock: string, date = full.date) => newYorkInstant(date, clock)
const clocks = (slots: readonly { at: number }[]) => slots.map((slot) => clockOf(slot.at))

test('a slot is due from its time until its interval is over', () => {
  const due = (clock: string) => decideSlots(at('09:55'), at(clock), timetable).due?.at ?? null
  expect(due('09:59:59.999')).toBeNull()
  expect(due('10:00')).toBe(at('10:00'))
  expect(due('10:04:59.999')).toBe(at('10:00'))
  expect(due('10:05')).toBe(at('10:05'))
})

test('slots that began and ended since the last handled one were missed, even over a weekend', () => {
  const monday = sessionDate('2026-11-23')
  const decision = decideSlots(at('15:45'), at('09:39', monday), timetable)
  expect(clocks(decision.missed)).toEqual(['15:50', '15:55', '09:30'])
  expect(decision.due).toEqual({ at: at('09:35', monday), date: monday })
  expect(decision.next).toEqual({ at: at('09:40', monday), date: monday })
})

test('without a handled slot nothing was missed, and the current slot is due', () => {
  expect(decideSlots(null, at('12:01'), timetable)).toMatchObject({ due: { at: at('12:00') }, missed: [] })
})

test('a clock that steps back makes no handled slot due again', () => {
  const decision = decideSlots(at('12:00'), at('11:01'), timetable)
  expect(decision).toEqual({ due: null, missed: [], next: { at: at('12:05'), date: full.date } })
})

test('after the last slot the next is that of the next session, past holidays', () => {
  const thanksgivingEve = sessionDate('2026-11-25')
  const { next } = decideSlots(at('15:55', thanksgivingEve), at('18:00', thanksgivingEve), timetable)
  expect(next).toEqual({ at: at('09:30', early.date), date: early.date })
})

test('two years of checks run exactly the slots of an independent table', () => {
  const csv = readFileSync(join(import.meta.dirname, '../fixtures/nyse-sessions.csv'), 'utf8')
  expect(runCalendar(csv, [2026, 2027], 299)).toMatchObject({
    expected: 39_048,
    ran: 39_048,
    absent: 0,
    extra: 0,
  })
})
