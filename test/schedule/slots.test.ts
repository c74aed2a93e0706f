import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newYorkClock, newYorkInstant, sessionOn, type TradingSession } from '../../src/market/calendar.ts'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { decideSlots, type HandledSlots, slotAt, slotsOn, type Timetable } from '../../src/schedule/slots.ts'
import { runCalendar, TWO } from '../faults/calendar.ts'

const grid = { intervalSeconds: 300, afterClose: false }
const full = sessionOn(sessionDate('2026-11-20')) as TradingSession
const early = sessionOn(sessionDate('2026-11-27')) as TradingSession
const clockOf = (at: number) => newYorkClock(epochMs(at)).slice(0, 5)

const timetable: Timetable = { grid, symbols: ['SPY'], sessionOn }
/** SPY until 16:15, AAPL until 16:00, with slots after the close. */
const late: Timetable = {
  grid: { ...grid, afterClose: true },
  symbols: ['SPY', 'AAPL'],
  sessionOn: optionSessionOn,
}
const spy = (slot: EpochMs | null): HandledSlots => new Map(slot === null ? [] : [['SPY', slot]])
const at = (clock: string, date = full.date) => newYorkInstant(date, clock)
const clocks = (slots: readonly { at: number }[]) => slots.map((slot) => clockOf(slot.at))

test('a slot is due from its time until its interval is over', () => {
  const due = (clock: string) => decideSlots(spy(at('09:55')), at(clock), timetable).due?.at ?? null
  expect(due('09:59:59.999')).toBeNull()
  expect(due('10:00')).toBe(at('10:00'))
  expect(due('10:04:59.999')).toBe(at('10:00'))
  expect(due('10:05')).toBe(at('10:05'))
})

test('slots that began and ended since the last handled one were missed, even over a weekend', () => {
  const monday = sessionDate('2026-11-23')
  const decision = decideSlots(spy(at('15:45')), at('09:39', monday), timetable)
  expect(clocks(decision.missed)).toEqual(['15:50', '15:55', '09:30'])
  expect(decision.due).toEqual(dueSlot(at('09:35', monday), monday, ['SPY']))
  expect(decision.next).toEqual(dueSlot(at('09:40', monday), monday, ['SPY']))
})

test('before the first handled slot, the slots of the session in progress were missed, and no others', () => {
  const nothing = spy(null)
  const inSession = decideSlots(nothing, at('12:01'), timetable)
  expect(inSession.due?.at).toBe(at('12:00'))
  expect(clocks(inSession.missed)).toEqual(clocks(slotsOn(full.date, timetable)).slice(0, 30))
  expect(decideSlots(nothing, at('09:31'), timetable)).toMatchObject({ due: { at: at('09:30') }, missed: [] })
  expect(decideSlots(nothing, at('20:00'), timetable)).toMatchObject({ due: null, missed: [] })
  expect(decideSlots(nothing, at('12:00', sessionDate('2026-11-21')), timetable)).toMatchObject({
    due: null,
    missed: [],
  })
})

test('for a symbol that is added later, only its own slots of the session in progress were missed', () => {
  const { due, missed } = decideSlots(spy(at('12:00')), at('12:06'), late)
  expect(due).toMatchObject({ at: at('12:05'), symbols: ['SPY', 'AAPL'] })
  expect(clocks(missed)).toEqual(clocks(slotsOn(full.date, late)).slice(0, 31))
  expect(missed.every(({ symbols }) => symbols.join() === 'AAPL')).toBe(true)
})

test('a first start after the close of some options knows the missed slots of all symbols', () => {
  const { due, missed } = decideSlots(spy(null), at('16:01'), late)
  expect(due).toMatchObject({ at: at('16:00'), symbols: ['SPY'] })
  expect(missed).toEqual(slotsOn(full.date, late).slice(0, 78))
  expect(missed.at(-1)?.symbols).toEqual(['SPY', 'AAPL'])
})

test('a symbol that closes earlier has no slots after its close, and none of another is lost', () => {
  const handled = (clock: string): HandledSlots => new Map([...spy(at(clock)), ['AAPL', at('15:55')]])
  expect(decideSlots(handled('15:55'), at('16:00'), late)).toMatchObject({
    due: { at: at('16:00'), symbols: ['SPY'] },
    missed: [],
  })
  const evening = decideSlots(handled('16:00'), at('18:00'), late)
  expect(evening.missed.map(({ at: slot, symbols }) => [clockOf(slot), ...symbols])).toEqual([
    ['16:05', 'SPY'],
    ['16:10', 'SPY'],
  ])
  expect(evening.next).toMatchObject({ at: at('09:30', sessionDate('2026-11-23')), symbols: ['SPY', 'AAPL'] })
})

test('the last interval does not go on after the close of a symbol, if it is longer', () => {
  const hourly: Timetable = { ...late, grid: { intervalSeconds: 3_600, afterClose: false } }
  const handled: HandledSlots = new Map([...spy(at('14:30')), ['AAPL', at('14:30')]])
  const decide = (clock: string) => {
    const { due, missed } = decideSlots(handled, at(clock), hourly)
    return [due?.symbols ?? [], ...missed.map(({ symbols }) => symbols)]
  }
  expect(decide('15:59:59')).toEqual([['SPY', 'AAPL']])
  expect(decide('16:00')).toEqual([['SPY'], ['AAPL']])
  expect(decide('16:15')).toEqual([[], ['SPY', 'AAPL']])
})

test('the slot in progress is that of the symbols in session', () => {
  expect(slotAt(at('15:59:59'), late)).toEqual(dueSlot(at('15:55'), full.date, ['SPY', 'AAPL']))
  expect(slotAt(at('16:00'), late)).toEqual(dueSlot(at('16:00'), full.date, ['SPY']))
  expect(slotAt(at('16:14:59'), late)?.at).toBe(at('16:10'))
  expect(slotAt(at('16:15'), late)).toBeNull()
  expect(slotAt(at('09:29:59'), late)).toBeNull()
  expect(slotAt(at('13:10', early.date), late)).toMatchObject({ symbols: ['SPY'] })
})

test('a clock that steps back makes no handled slot due again', () => {
  const decision = decideSlots(spy(at('12:00')), at('11:01'), timetable)
  expect(decision).toEqual({
    due: null,
    missed: [],
    next: dueSlot(at('12:05'), full.date, ['SPY']),
  })
})

test('after the last slot the next is that of the next session, past holidays', () => {
  const thanksgivingEve = sessionDate('2026-11-25')
  const { next } = decideSlots(spy(at('15:55', thanksgivingEve)), at('18:00', thanksgivingEve), timetable)
  expect(next).toEqual(dueSlot(at('09:30', early.date), early.date, ['SPY']))
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

test('in a year with two closes each symbol has exactly the slots of its own hours', () => {
  const csv = readFileSync(join(import.meta.dirname, '../fixtures/nyse-sessions.csv'), 'utf8')
  // 251 sessions, two of them early closes; three more slots of SPY in each.
  const regular = 249 * 78 + 2 * 42
  expect(runCalendar(csv, [2026, 2026], 299, TWO)).toMatchObject({
    expected: 2 * regular + 3 * 251,
    absent: 0,
    extra: 0,
  })
})
