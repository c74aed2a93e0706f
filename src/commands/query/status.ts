import type { Command } from 'commander'
import { slots, stats } from '../../lake/query/stats.ts'
import { ledgerDates } from '../../lake/tables/ledger.ts'
import { newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import { systemClock } from '../../market/clock.ts'
import { namesOf } from '../../market/instrument.ts'
import { optionSessionOn } from '../../market/option-hours.ts'
import { addDays, epochMs } from '../../market/units.ts'
import { slotsOn, type Timetable } from '../../schedule/slots.ts'
import {
  coverageOf,
  type DayCoverage,
  expectedFrom,
  type SlotCoverage,
} from '../../snapshot/coverage-calendar.ts'
import { type DayQuality, qualityByDay } from '../../snapshot/quality-by-day.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { count, dateAndTime, fixed, percent } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

interface StatusOptions {
  readonly days: string
  readonly quality?: true
}

const MARKS: Record<SlotCoverage, string> = {
  stored: '█',
  partial: '▒',
  missing: '·',
  unknown: '?',
  open: ' ',
}

export function registerStatus(program: Command, signal: AbortSignal): void {
  program
    .command('status')
    .description('show the coverage calendar: the outcome of every expected slot')
    .option('--days <number>', 'calendar days to look back', '14')
    .option('--quality', 'show the quality of every day instead of the newest only')
    .addHelpText(
      'after',
      `
█ stored  ▒ partial, or not for all symbols  · missing, with a reason  ? not in the ledger

Quality figures are medians over the slots of a day:
  parity                         distance of calls and puts from put-call parity, in half-spreads; above 1 it is tradable
  vertical, butterfly, calendar  arbitrage on executable prices; about 0 in a healthy feed
  skew s                         seconds from the first to the last quote

Examples:
  optionlake status
  optionlake status --quality
  optionlake status --days 60 --json`,
    )
    .action((options: StatusOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, options)),
    )
}

async function show(context: CommandContext, options: StatusOptions): Promise<void> {
  const days = parseWholeNumber('--days', options.days, { max: 9_999, unit: 'days' })
  const { config } = context
  const lake = await openForQueries(context)
  const { lastSlot } = await stats(lake)
  // The embedded gateway has its own time: its lake is shown as of its last slot.
  const intervalMs = config.harvest.intervalSeconds * 1_000
  const now = lake.source === 'ib' || lastSlot === null ? systemClock.now() : epochMs(lastSlot + intervalMs)
  const today = newYorkDate(now)
  const sessions = sessionsBetween(addDays(today, -days), today).filter(({ openAt }) => openAt <= now)
  const [first] = (await ledgerDates(lake)).keys()
  const ledger = await slots(lake, { from: addDays(today, -days) })
  const { harvest } = config
  const symbols = namesOf(config.symbols)
  const from = expectedFrom(symbols, ledger, sessions.at(-1)?.date ?? today)
  const timetable: Timetable = {
    grid: harvest,
    symbols,
    sessionOn: (date, symbol) => (date < (from.get(symbol) ?? date) ? null : optionSessionOn(date, symbol)),
  }
  const expected = sessions
    .filter(({ date }) => first !== undefined && date >= first)
    .map(({ date }) => ({ date, slots: slotsOn(date, timetable) }))
  const coverage = coverageOf(expected, ledger, { now, intervalMs })
  const dates = new Set<string>(expected.map(({ date }) => date))
  const everyDay = qualityByDay(ledger.filter(({ date }) => dates.has(date)))
  const newest = everyDay.at(-1)?.date
  const quality = options.quality ? everyDay : everyDay.filter(({ date }) => date === newest)
  if (context.json) {
    context.print(
      JSON.stringify({
        lake: lake.layout.root,
        source: lake.source,
        asOf: new Date(now).toISOString(),
        coverage,
        quality,
      }),
    )
    return
  }
  if (coverage.length === 0) context.print('the ledger is empty; collect first: optionlake collect-once')
  else for (const line of calendar(coverage)) context.print(line)
  if (quality.length > 0) context.print(`\n${qualityTable(quality)}`)
  context.printStatus(`as of ${dateAndTime(now)} New York; lake ${describeLake(lake)}`)
}

function calendar(coverage: readonly DayCoverage[]): string[] {
  const hours = `${'09:30'.padEnd(6)}${['10', '11', '12', '13', '14', '15']
    .map((hour) => hour.padEnd(12))
    .join('')
    .trimEnd()}`
  const lines = coverage.map(
    ({ date, states, stored, expected }) =>
      `${date}  ${states
        .map((state) => MARKS[state])
        .join('')
        .padEnd(78)}  ${count(stored)} of ${count(expected)}`,
  )
  const reasons = new Map<string, number>()
  for (const day of coverage) {
    for (const [reason, times] of Object.entries(day.reasons))
      reasons.set(reason, (reasons.get(reason) ?? 0) + times)
  }
  const why = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${reason} ${count(times)}`)
  return [
    `${' '.repeat(12)}${hours}`,
    ...lines,
    ...(why.length > 0 ? ['', `reasons: ${why.join(', ')}`] : []),
  ]
}

function qualityTable(days: readonly DayQuality[]): string {
  return formatTable(days, [
    { title: 'session', value: ({ date }) => date },
    { title: 'symbol', value: ({ symbol }) => symbol },
    { title: 'slots', align: 'right', value: ({ slots }) => count(slots) },
    { title: 'answered %', align: 'right', value: (day) => percent(day.answered_share, 1) },
    { title: 'complete %', align: 'right', value: (day) => percent(day.complete_share, 1) },
    { title: 'greeks %', align: 'right', value: (day) => percent(day.with_greeks_share, 1) },
    { title: 'zero bids %', align: 'right', value: (day) => percent(day.zero_bid_share, 1) },
    { title: 'parity', align: 'right', value: (day) => fixed(day.parity_residual, 2) },
    { title: 'vertical', align: 'right', value: (day) => fixed(day.vertical_violations, 1) },
    { title: 'butterfly', align: 'right', value: (day) => fixed(day.butterfly_violations, 1) },
    { title: 'calendar', align: 'right', value: (day) => fixed(day.calendar_violations, 1) },
    { title: 'skew s', align: 'right', value: (day) => fixed(day.skew_seconds, 1) },
  ])
}
