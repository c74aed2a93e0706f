import { expect, test } from 'vitest'
import { futureCalendar, reasonLine, stockCalendar } from '../../src/commands/query/coverage-calendar-text.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import { slotsOn } from '../../src/schedule/slots.ts'
import { coverageOf } from '../../src/snapshot/coverage-calendar.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { timetableOf } from '../support/timetable.ts'

const date = sessionDate('2026-11-27')
const timetable = timetableOf('SPY', 'ES')
const slotsFor = (symbol: string) => slotsOn(date, { ...timetable, symbols: [symbol] })
const missed = (symbol: string, slots: readonly { at: EpochMs }[]) =>
  slots.map(({ at: slot }) => ({
    ...reportMissing(symbol, 'not_running', { slot, date, detail: null, startedAt: null }),
    rows: 0,
  }))

test('futures have one mark an hour, both halves of a holiday in one line', () => {
  const slots = slotsFor('ES')
  // The first hour was missed, and half of the second is in the ledger as missed; now is 20:00.
  const ledger = missed('ES', slots.slice(0, 18))
  const now = epochMs((slots[0]?.at ?? 0) + 2 * 3_600_000)
  const coverage = coverageOf([{ date, slots }], ledger, { now, intervalMs: 300_000 })
  const [head, line] = futureCalendar(coverage, () => slots.map(({ at }) => at))
  expect(head).toContain('futures, one mark an hour')
  expect(line).toBe(`2026-11-27  ·▒${' '.repeat(37)}  0 of 24`)
  expect(reasonLine(coverage)).toBe('reasons: not running 18')
})

test('stocks have one mark a slot', () => {
  const slots = slotsFor('SPY')
  const now = epochMs((slots.at(-1)?.at ?? 0) + 300_000)
  const coverage = coverageOf([{ date, slots }], missed('SPY', slots.slice(0, 2)), {
    now,
    intervalMs: 300_000,
  })
  expect(stockCalendar(coverage)[1]).toBe(`2026-11-27  ··${'?'.repeat(40).padEnd(76)}  0 of 42`)
})

test('on a narrow terminal slots share a mark, which is partial where they differ', () => {
  const slots = slotsFor('SPY')
  const now = epochMs((slots.at(-1)?.at ?? 0) + 300_000)
  const coverage = coverageOf([{ date, slots }], missed('SPY', slots.slice(0, 3)), {
    now,
    intervalMs: 300_000,
  })
  const lines = stockCalendar(coverage, { columns: 70, hasColour: false })
  expect(lines[1]).toBe(`2026-11-27  ·▒${'?'.repeat(19).padEnd(37)}  0 of 42`)
  expect(lines[2]).toBe('one mark for 2 slots (--wide)')
  expect(stockCalendar(coverage, { columns: 60, hasColour: false }).every((line) => line.length <= 60)).toBe(
    true,
  )
})
