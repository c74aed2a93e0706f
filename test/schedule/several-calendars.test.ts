import { expect, test } from 'vitest'
import { newYorkDate, newYorkInstant, newYorkTime } from '../../src/market/calendar.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
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
