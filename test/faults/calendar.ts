import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { optionSessionOn } from '../../src/market/option-hours.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import { decideSlots, type Timetable } from '../../src/schedule/slots.ts'
import type { Campaign } from './campaign.ts'

const INTERVAL_MS = 300_000
const AFTER_CLOSE_MS = 15 * 60_000

/** The symbols of a run, and how long after the close of the stock exchange their options trade; ms. */
interface CalendarSymbols {
  readonly symbols: Readonly<Record<string, number>>
  /** Whether the slots after the close are collected, too. */
  readonly afterClose: boolean
}

const ONE: CalendarSymbols = { symbols: { SPY: 0 }, afterClose: false }
/** Options that trade until 16:15, and others until 16:00. */
export const TWO: CalendarSymbols = { symbols: { SPY: AFTER_CLOSE_MS, AAPL: 0 }, afterClose: true }

/** Counts of slots, one for each symbol. */
export interface CalendarResult {
  readonly expected: number
  readonly ran: number
  /** Expected and neither run nor recorded as missed. */
  readonly absent: number
  /** Run without being expected, or run twice. */
  readonly extra: number
  /** Run later than half a minute after its time. */
  readonly late: number
  readonly checks: number
}

/**
 * Checks for due slots every `everySeconds` for whole years and does what it decides. The expected slots come from an
 * independent table of sessions in UTC (CSV with the columns open_utc and close_utc).
 */
export function runCalendar(
  csv: string,
  years: readonly [number, number],
  everySeconds: number,
  { symbols, afterClose }: CalendarSymbols = ONE,
): CalendarResult {
  const expected = expectedSlots(csv, years, symbols)
  const timetable: Timetable = {
    grid: { intervalSeconds: INTERVAL_MS / 1_000, afterClose },
    symbols: Object.keys(symbols),
    sessionOn: optionSessionOn,
  }
  const end = Date.UTC(years[1] + 1, 0, 1)
  const ran: string[] = []
  const handled = new Map<string, EpochMs>()
  let late = 0
  let checks = 0
  for (let at = Date.UTC(years[0], 0, 1); at < end; at += everySeconds * 1_000, checks++) {
    const { due, missed } = decideSlots(handled, epochMs(at), timetable)
    for (const slot of due ? [...missed, due] : missed) {
      for (const symbol of slot.symbols) handled.set(symbol, slot.at)
    }
    if (!due) continue
    for (const symbol of due.symbols) ran.push(keyOf(due.at, symbol))
    if (at - due.at > 30_000) late += due.symbols.length
  }
  const once = new Set(ran)
  const extra = ran.length - ran.filter((slot) => expected.has(slot)).length + ran.length - once.size
  return {
    expected: expected.size,
    ran: ran.length,
    absent: [...expected].filter((slot) => !once.has(slot)).length,
    extra,
    late,
    checks,
  }
}

function keyOf(slot: number, symbol: string): string {
  return `${slot} ${symbol}`
}

function expectedSlots(
  csv: string,
  [from, to]: readonly [number, number],
  symbols: CalendarSymbols['symbols'],
): Set<string> {
  const [header, ...lines] = csv.trim().split('\n')
  const names = (header as string).split(',')
  const slots = new Set<string>()
  for (const line of lines) {
    const cells = line.split(',')
    const cell = (name: string) => cells[names.indexOf(name)] as string
    const year = Number(cell('date').slice(0, 4))
    if (year < from || year > to) continue
    for (const [symbol, afterCloseMs] of Object.entries(symbols)) {
      const end = Date.parse(cell('close_utc')) + afterCloseMs
      for (let at = Date.parse(cell('open_utc')); at < end; at += INTERVAL_MS) slots.add(keyOf(at, symbol))
    }
  }
  return slots
}

/** Figure 10: two simulated years against the table of sessions, of one symbol and of two with different closes. */
export const calendar: Campaign = {
  name: 'calendar',
  summary: 'two simulated years of slot checks against a table of sessions (figure 10)',
  takes: '2 minutes',
  run: async ({ programs, quick }) => {
    const csv = readFileSync(join(programs, '../../../test/fixtures/nyse-sessions.csv'), 'utf8')
    const everySeconds = quick ? 150 : 15
    const results = [ONE, TWO].map((market) => {
      const result = runCalendar(csv, [2026, 2027], everySeconds, market)
      const symbols = Object.keys(market.symbols).join(' and ')
      console.log(
        `${symbols}: ${result.checks} checks: ${result.ran} slots run of ${result.expected} expected`,
      )
      return result
    })
    const sum = (value: (result: CalendarResult) => number) =>
      results.reduce((total, one) => total + value(one), 0)
    const late = { name: 'slots late', value: sum((one) => one.late), unit: 'slots', atMost: 0 }
    return [
      { name: 'slots absent', value: sum((one) => one.absent), unit: 'slots', atMost: 0 },
      { name: 'slots extra', value: sum((one) => one.extra), unit: 'slots', atMost: 0 },
      ...(quick ? [] : [late]),
    ]
  },
}
