import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sessionOn } from '../../src/market/calendar.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'
import { decideSlots } from '../../src/schedule/slots.ts'
import type { Campaign } from './campaign.ts'

const INTERVAL_MS = 300_000

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
): CalendarResult {
  const expected = expectedSlots(csv, years)
  const timetable = { grid: { intervalSeconds: 300, afterClose: false }, symbols: ['SPY'], sessionOn }
  const end = Date.UTC(years[1] + 1, 0, 1)
  const ran: EpochMs[] = []
  const handled = new Map<string, EpochMs>()
  let late = 0
  let checks = 0
  for (let at = Date.UTC(years[0], 0, 1); at < end; at += everySeconds * 1_000, checks++) {
    const { due, missed } = decideSlots(handled, epochMs(at), timetable)
    for (const { at: slot } of missed) handled.set('SPY', slot)
    if (!due) continue
    handled.set('SPY', due.at)
    ran.push(due.at)
    if (at - due.at > 30_000) late++
  }
  const once = new Set<number>(ran)
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

function expectedSlots(csv: string, [from, to]: readonly [number, number]): Set<number> {
  const [header, ...lines] = csv.trim().split('\n')
  const names = (header as string).split(',')
  const slots = new Set<number>()
  for (const line of lines) {
    const cells = line.split(',')
    const cell = (name: string) => cells[names.indexOf(name)] as string
    const year = Number(cell('date').slice(0, 4))
    if (year < from || year > to) continue
    for (let at = Date.parse(cell('open_utc')); at < Date.parse(cell('close_utc')); at += INTERVAL_MS)
      slots.add(at)
  }
  return slots
}

/** Figure 10: two simulated years against the table of sessions. */
export const calendar: Campaign = {
  name: 'calendar',
  summary: 'two simulated years of slot checks against a table of sessions (figure 10)',
  takes: '20 s',
  run: async ({ programs, quick }) => {
    const csv = readFileSync(join(programs, '../../../test/fixtures/nyse-sessions.csv'), 'utf8')
    const result = runCalendar(csv, [2026, 2027], quick ? 150 : 15)
    console.log(`${result.checks} checks: ${result.ran} slots run of ${result.expected} expected`)
    const late = { name: 'slots late', value: result.late, unit: 'slots', atMost: 0 }
    return [
      { name: 'slots absent', value: result.absent, unit: 'slots', atMost: 0 },
      { name: 'slots extra', value: result.extra, unit: 'slots', atMost: 0 },
      ...(quick ? [] : [late]),
    ]
  },
}
