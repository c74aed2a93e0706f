import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { slotsOf } from '../../../src/market/slot.ts'
import { calendarSessionOn } from '../../../src/market/trade-dates.ts'
import { addDays, epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { coverageAnswer } from '../../../src/serve/views/coverage-answer.ts'
import type { LedgerDay } from '../../../src/serve/views/coverage-lines.ts'

const GRID = { intervalSeconds: 300, afterClose: false }
const stocks = { grid: GRID, sessionOn: (date: SessionDate) => calendarSessionOn(date, 'us-options') }
const futures = { grid: GRID, sessionOn: (date: SessionDate) => calendarSessionOn(date, 'cme-equity') }
const WEDNESDAY = sessionDate('2026-11-18')

function slots(date: SessionDate, { sessionOn } = stocks): number[] {
  const session = sessionOn(date)
  return session ? slotsOf(session, GRID) : []
}

function missing(at: number) {
  return {
    ...({ timestamp: at, outcome: 'missing', reason: 'not_running', detail: null } as const),
    ...{ requested: 0, answered: 0, skipped: 0, rows: 0 },
  }
}

function ask(
  days: readonly LedgerDay[],
  {
    now = newYorkInstant(WEDNESDAY, '16:30'),
    from = '2026-11-12',
    to = '2026-11-18',
    timetable = stocks,
  } = {},
) {
  return coverageAnswer(days, {
    ...{ symbol: 'SPY', now, timetable, firstDate: sessionDate('2026-11-17') },
    ...{ from: sessionDate(from), to: sessionDate(to) },
  })
}

test('a stored day is one line of stored slots, under the times of the session', async () => {
  const answer = await ask([{ date: WEDNESDAY, stored: slots(WEDNESDAY), gaps: [] }])
  expect(answer.columns[0]).toBe('09:30')
  expect(answer.columns.at(-1)).toBe('15:55')
  expect(answer.lines[0]).toMatchObject({ date: '2026-11-18', days_before: 0, states: 's'.repeat(78) })
  expect(answer.lines[0]?.first_slot).toBe('2026-11-18T14:30:00.000Z')
})

test('what is over and not in the ledger is unknown, and what is under way is open', async () => {
  const now = newYorkInstant(WEDNESDAY, '09:44')
  const [first] = slots(WEDNESDAY) as [number]
  const answer = await ask([{ date: WEDNESDAY, stored: [first], gaps: [] }], { now })
  // 09:30 stored, 09:35 over and absent, 09:40 under way, the rest to come.
  expect(answer.lines[0]?.states).toBe(`su${'o'.repeat(76)}`)
  expect(answer.lines[1]).toMatchObject({ date: '2026-11-17', states: 'u'.repeat(78) })
  expect(answer.totals).toEqual({ expected: 80, stored: 1, partial: 0, missing: 0, unknown: 79 })
})

test('dates before the first that the lake has of the symbol are not expected', async () => {
  const answer = await ask([{ date: WEDNESDAY, stored: slots(WEDNESDAY), gaps: [] }])
  expect(answer.lines.map(({ date }) => date)).toEqual(['2026-11-18', '2026-11-17'])
})

test('nor are slots of that date before its first in the ledger', async () => {
  const tuesday = sessionDate('2026-11-17')
  const last = slots(tuesday).slice(-12)
  last.splice(3, 1)
  const answer = await ask([{ date: tuesday, stored: last.slice(1), gaps: [missing(last[0] as number)] }], {
    to: '2026-11-17',
  })
  expect(answer.lines).toHaveLength(1)
  expect(answer.lines[0]).toMatchObject({
    first_slot: new Date(last[0] as number).toISOString(),
    states: `mssu${'s'.repeat(8)}`,
  })
  expect(answer.totals).toEqual({ expected: 12, stored: 10, partial: 0, missing: 1, unknown: 1 })
})

test('a gap has its slot, its reason with the advice and its counts', async () => {
  const [first, second, third, ...stored] = slots(WEDNESDAY) as [number, number, number, ...number[]]
  const partial = {
    ...missing(third),
    ...({ outcome: 'partial', reason: 'deadline', detail: 'cut', answered: 640, requested: 1_000 } as const),
  }
  const { gaps, reasons, details, totals } = await ask([
    { date: WEDNESDAY, stored, gaps: [missing(first), missing(second), partial] },
  ])
  // Neighbours that say the same are one.
  expect([gaps.column, gaps.columns]).toEqual([
    [0, 2],
    [2, 1],
  ])
  expect(gaps.reason).toEqual([0, 1])
  expect(gaps.detail).toEqual([-1, 0])
  expect(gaps.answered).toEqual([0, 640])
  expect(details).toEqual(['cut'])
  expect(reasons[0]).toMatchObject({ reason: 'not_running', count: 2 })
  expect(reasons[0]?.advice).toContain('daemon was not running')
  expect(totals).toMatchObject({ stored: 75, partial: 1, missing: 2 })
})

test('an early close ends its line early', async () => {
  const date = sessionDate('2026-11-27')
  const whole = sessionDate('2026-11-25')
  const answer = await ask(
    [
      { date: whole, stored: slots(whole), gaps: [] },
      { date, stored: slots(date), gaps: [] },
    ],
    { from: '2026-11-25', to: '2026-11-27', now: newYorkInstant(date, '20:00') },
  )
  expect(answer.lines.map(({ date: day, early_close }) => [day, early_close])).toEqual([
    ['2026-11-27', true],
    ['2026-11-25', false],
  ])
  expect(answer.lines[0]?.states).toBe(`${'s'.repeat(42)}${'-'.repeat(36)}`)
})

test('a future begins on the evening before, and a session over a holiday takes two lines', async () => {
  const date = sessionDate('2026-11-27')
  const [first] = slots(date, futures) as [number]
  const answer = await ask([{ date, stored: slots(date, futures), gaps: [] }], {
    ...{ from: '2026-11-26', to: '2026-11-27', timetable: futures, now: newYorkInstant(date, '20:00') },
  })
  expect(answer.columns[0]).toBe('18:00')
  expect(answer.lines.map(({ days_before }) => days_before)).toEqual([0, 1])
  expect(answer.lines[1]?.first_slot).toBe(new Date(first).toISOString())
  const stored = answer.lines.map(({ states }) => states.replaceAll(/[^s]/g, '').length)
  expect(stored.reduce((sum, one) => sum + one, 0)).toBe(slots(date, futures).length)
})

test('a slot that the timetable does not have is shown too', async () => {
  const after = newYorkInstant(WEDNESDAY, '16:05')
  const { columns, lines } = await ask([{ date: WEDNESDAY, stored: [...slots(WEDNESDAY), after], gaps: [] }])
  expect(columns.at(-1)).toBe('16:05')
  expect(lines[0]?.states.at(-1)).toBe('s')
})

test('nothing collected, and no session in the range, are told apart', async () => {
  const range = { from: sessionDate('2026-11-21'), to: sessionDate('2026-11-22') }
  const question = {
    symbol: 'SPY',
    now: epochMs(Date.parse('2026-11-22T17:00Z')),
    timetable: stocks,
    ...range,
  }
  expect((await coverageAnswer([], { ...question, firstDate: null })).reason).toBe('nothing_collected')
  expect((await coverageAnswer([], { ...question, firstDate: WEDNESDAY })).reason).toBe('no_session')
})

test('many different details of the gateway are bounded', async () => {
  const gaps = slots(WEDNESDAY).map((at) => ({ ...missing(at), detail: 'x'.repeat(1_000) + at }))
  const { details } = await ask([{ date: WEDNESDAY, stored: [], gaps }])
  expect(details.every((detail) => detail.length <= 300)).toBe(true)
})

test('other work has its turns while a year of futures is computed', async () => {
  const range = { from: '2025-11-21', to: '2026-11-20' }
  const days: LedgerDay[] = []
  for (let date = sessionDate(range.from); date <= range.to; date = addDays(date, 1)) {
    const own = slots(date, futures)
    if (own.length > 0) days.push({ date, stored: own.slice(0, 100), gaps: own.slice(100).map(missing) })
  }
  let turns = 0
  const turn = () => {
    turns++
    running = setImmediate(turn)
  }
  let running = setImmediate(turn)
  const { totals } = await ask(days, { ...range, timetable: futures })
  clearImmediate(running)
  expect(totals.expected).toBeGreaterThan(60_000)
  expect(turns).toBeGreaterThan(30)
})
