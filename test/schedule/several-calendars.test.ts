import { expect, test } from 'vitest'
import { newYorkDate, newYorkInstant, newYorkTime } from '../../src/market/calendar.ts'
import { instrumentNamed, usStock } from '../../src/market/instruments.ts'
import { calendarSessionOn, sessionsOfConfigured } from '../../src/market/trade-dates.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { decideSlots, slotAfter, slotAt, slotsOn, type Timetable } from '../../src/schedule/slots.ts'

const sessionOn: Timetable['sessionOn'] = (date, symbol) =>
  calendarSessionOn(date, instrumentNamed(symbol).calendar)
const timetable: Timetable = {
  grid: { intervalSeconds: 300, afterClose: false },
  symbols: ['SPY', 'ES'],
  sessionOn,
}
const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const named = (slots: readonly { at: EpochMs; symbols: readonly string[] }[]) =>
  slots.map((slot) => `${newYorkDate(slot.at)} ${newYorkTime(slot.at)} ${slot.symbols.join('+')}`)

test('a slot of the day is that of both, one of the night that of the future', () => {
  expect(slotAt(at('2026-11-18', '10:02'), timetable)?.symbols).toEqual(['SPY', 'ES'])
  const night = slotAt(at('2026-11-18', '22:02'), timetable)
  expect([night?.symbols, [...(night?.dates ?? [])]]).toEqual([['ES'], [['ES', '2026-11-19']]])
  expect(slotAt(at('2026-11-18', '17:30'), timetable)).toBeNull()
  expect(slotAt(at('2026-11-26', '15:00'), timetable)).toBeNull()
  expect(slotAt(at('2026-11-26', '12:59'), timetable)?.dates.get('ES')).toBe('2026-11-27')
})

test('two symbols in one slot can have different trade dates', () => {
  // A gateway that opens stocks on a holiday: the future's half still belongs to the day after.
  const open = (date: SessionDate, symbol: string) => {
    const isHoliday = date === '2026-01-19' && symbol === 'SPY'
    const session = sessionOn(isHoliday ? sessionDate('2026-01-20') : date, symbol)
    const shift = isHoliday ? 24 * 3_600_000 : 0
    const moved = (time: EpochMs) => epochMs(time - shift)
    return (
      session && {
        ...{ ...session, date, openAt: moved(session.openAt) },
        ...{ closeAt: moved(session.closeAt), optionsCloseAt: moved(session.optionsCloseAt) },
      }
    )
  }
  const slot = slotAt(at('2026-01-19', '10:00'), { ...timetable, sessionOn: open })
  expect([...(slot?.dates ?? [])]).toEqual([
    ['SPY', '2026-01-19'],
    ['ES', '2026-01-20'],
  ])
})

test('the next slot of any symbol comes first, whatever its trade date', () => {
  const next = (date: string, clock: string) => named([slotAfter(at(date, clock), timetable)])[0]
  expect(next('2026-11-18', '16:00')).toBe('2026-11-18 16:05 ES')
  expect(next('2026-11-18', '16:56')).toBe('2026-11-18 18:00 ES')
  expect(next('2026-11-20', '17:30')).toBe('2026-11-22 18:00 ES')
  expect(next('2026-11-19', '09:27')).toBe('2026-11-19 09:30 SPY+ES')
  // Thanksgiving: the halt, and the evening after it.
  expect(next('2026-11-26', '12:57')).toBe('2026-11-26 18:00 ES')
})

test('after a restart in the night the slots of the night were missed, each under its own trade date', () => {
  const handled = new Map([
    ['SPY', at('2026-11-20', '15:55')],
    ['ES', at('2026-11-20', '16:50')],
  ])
  const { due, missed } = decideSlots(handled, at('2026-11-22', '18:12'), timetable)
  expect(named(missed)).toEqual(['2026-11-20 16:55 ES', '2026-11-22 18:00 ES', '2026-11-22 18:05 ES'])
  expect(missed.map(({ dates }) => dates.get('ES'))).toEqual(['2026-11-20', '2026-11-23', '2026-11-23'])
  expect(due && named([due])).toEqual(['2026-11-22 18:10 ES'])
})

test('a first start expects the session in progress of each symbol, and no more', () => {
  const first = decideSlots(new Map(), at('2026-11-19', '01:02'), timetable)
  expect(named(first.missed)).toHaveLength(84)
  expect(named(first.missed)[0]).toBe('2026-11-18 18:00 ES')
  const day = decideSlots(new Map(), at('2026-11-19', '09:41'), timetable)
  expect(day.missed.filter(({ symbols }) => symbols.includes('SPY'))).toHaveLength(2)
  expect(day.missed.filter(({ symbols }) => symbols.includes('ES'))).toHaveLength(188)
  expect(decideSlots(new Map(), at('2026-11-21', '12:00'), timetable).missed).toEqual([])
})

test('checks over Thanksgiving handle every slot of both exactly once', () => {
  for (const stepMinutes of [4, 11]) {
    const seen = new Map<string, number>()
    const handled = new Map<string, EpochMs>([
      ['SPY', at('2026-11-24', '00:00')],
      ['ES', at('2026-11-24', '00:00')],
    ])
    const end = at('2026-11-30', '17:30')
    for (let now = at('2026-11-24', '00:00') as number; now <= end; now += stepMinutes * 60_000) {
      const { due, missed } = decideSlots(handled, epochMs(now), timetable)
      for (const slot of due ? [...missed, due] : missed) {
        for (const symbol of slot.symbols) {
          const key = `${symbol} ${slot.dates.get(symbol)} ${slot.at}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
          handled.set(symbol, slot.at)
        }
      }
    }
    const expected = new Set<string>()
    for (let day = 0; day < 10; day++) {
      const date = newYorkDate(epochMs(at('2026-11-24', '12:00') + day * 86_400_000))
      for (const slot of slotsOn(date, timetable)) {
        if (slot.at > end || slot.at <= at('2026-11-24', '00:00')) continue
        for (const symbol of slot.symbols) expected.add(`${symbol} ${slot.dates.get(symbol)} ${slot.at}`)
      }
    }
    expect([...seen.values()].every((times) => times === 1)).toBe(true)
    expect([...expected].filter((key) => !seen.has(key))).toEqual([])
    expect([...seen.keys()].filter((key) => !expected.has(key))).toEqual([])
  }
})

test('the sessions of a configuration are those of its instruments, not of their names', () => {
  const stock = sessionsOfConfigured([usStock('ES')])(sessionDate('2026-11-19'), 'ES')
  const future = sessionsOfConfigured([])(sessionDate('2026-11-19'), 'ES')
  expect([stock?.closeAt, future?.closeAt]).toEqual([at('2026-11-19', '16:00'), at('2026-11-19', '17:00')])
})

test('a restart in a pause has nothing due, and misses only what has begun', () => {
  const handled = (day: string, clock: string) =>
    new Map([
      ['SPY', at(day, '15:55')],
      ['ES', at(day, clock)],
    ])
  const evening = decideSlots(handled('2026-11-18', '16:55'), at('2026-11-18', '17:30'), timetable)
  expect([evening.due, evening.missed, named([evening.next])]).toEqual([null, [], ['2026-11-18 18:00 ES']])
  const sunday = decideSlots(handled('2026-11-20', '16:55'), at('2026-11-22', '17:59'), timetable)
  expect([sunday.due, sunday.missed, named([sunday.next])]).toEqual([null, [], ['2026-11-22 18:00 ES']])
  const opened = decideSlots(handled('2026-11-20', '16:55'), at('2026-11-22', '18:00'), timetable)
  expect([opened.due && named([opened.due]), opened.missed]).toEqual([['2026-11-22 18:00 ES'], []])
  const halted = new Map([
    ['SPY', at('2026-11-25', '15:55')],
    ['ES', at('2026-11-26', '12:50')],
  ])
  const halt = decideSlots(halted, at('2026-11-26', '15:00'), timetable)
  expect([halt.due, named(halt.missed)]).toEqual([null, ['2026-11-26 12:55 ES']])
  expect(decideSlots(new Map(), at('2026-11-26', '15:00'), timetable).missed).toHaveLength(228)
})

test('the last slot ends with the session where the interval does not divide it', () => {
  const uneven = { ...timetable, grid: { intervalSeconds: 420, afterClose: false } }
  const slots = slotsOn(sessionDate('2026-11-19'), uneven).filter(({ symbols }) => symbols.includes('ES'))
  const last = slots.at(-1)?.at as EpochMs
  expect(last).toBeLessThan(at('2026-11-19', '17:00'))
  const before = new Map([
    ['SPY', at('2026-11-19', '15:59')],
    ['ES', epochMs(last - 1)],
  ])
  expect(decideSlots(before, at('2026-11-19', '16:59'), uneven).due?.at).toBe(last)
  const closed = decideSlots(before, at('2026-11-19', '17:00'), uneven)
  expect([closed.due, closed.missed.map((slot) => slot.at)]).toEqual([null, [last]])
})
