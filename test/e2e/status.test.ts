import { expect, test } from 'vitest'
import { append } from '../../src/lake/write/append.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { SlotReason } from '../../src/snapshot/ledger.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { chain, slotOf } from '../lake/slots.ts'
import { answer, run } from './program.ts'

/** A Wednesday with its last three slots, and the Thursday after it up to its third. */
async function lakeOfTwoDays() {
  const lake = await temporaryLake()
  const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
  const store = (date: string, clock: string, symbols: readonly string[]) => {
    const parts = Object.fromEntries(symbols.map((symbol) => [symbol, chain(10)]))
    return append(lake, slotOf(parts, at(date, clock), sessionDate(date)))
  }
  const miss = (date: string, clock: string, reason: SlotReason, symbol: string) =>
    recordReports(lake, [
      reportMissing(symbol, reason, {
        slot: at(date, clock),
        date: sessionDate(date),
        detail: null,
        startedAt: null,
      }),
    ])
  await store('2026-11-18', '15:45', ['SPY', 'QQQ'])
  await store('2026-11-18', '15:50', ['SPY'])
  await miss('2026-11-18', '15:50', 'breaker_open', 'QQQ')
  for (const symbol of ['SPY', 'QQQ']) await miss('2026-11-18', '15:55', 'second_factor', symbol)
  await store('2026-11-19', '09:30', ['SPY', 'QQQ'])
  await store('2026-11-19', '09:40', ['SPY', 'QQQ'])
  return ['--lake', lake.layout.root, '--symbols', 'SPY,QQQ']
}

test('status is a calendar of days and slots with the reasons for missing slots, as text and as JSON', async () => {
  const only = await lakeOfTwoDays()
  const { stdout, stderr } = await run(['status', ...only])
  const lines = stdout.split('\n')
  expect(lines[0]).toMatch(/^ {12}09:30 10 {10}11 {10}12 {10}13 {10}14 {10}15$/)
  expect(lines[1]).toBe(`2026-11-18  ${'?'.repeat(75)}█▒·  1 of 78`)
  expect(lines[2]).toBe(`2026-11-19  █?█${' '.repeat(75)}  2 of 3`)
  expect(lines[3]).toBe('? the ledger has no entry of a symbol')
  expect(lines[5]).toBe('reasons: second factor 2, breaker open 1')
  expect(stderr).toMatch(/as of 2026-11-19 09:45 New York; lake .*simulated/)

  const { coverage, source } = await answer<{ coverage: unknown[]; source: string }>(['status', ...only])
  expect(source).toBe('simulated')
  expect(coverage).toMatchObject([
    {
      date: '2026-11-18',
      expected: 78,
      stored: 1,
      partial: 1,
      missing: 76,
      reasons: { second_factor: 2, breaker_open: 1 },
    },
    { date: '2026-11-19', expected: 3, stored: 2, missing: 1, reasons: {} },
  ])
}, 30_000)
