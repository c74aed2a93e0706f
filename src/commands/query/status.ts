import type { Command } from 'commander'
import { slots, stats } from '../../lake/query/stats.ts'
import { newYorkClock, newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import { systemClock } from '../../market/clock.ts'
import { slotsOf } from '../../market/slot.ts'
import { addDays, epochMs } from '../../market/units.ts'
import { coverageOf, type DayCoverage, type SlotCoverage } from '../../snapshot/coverage-calendar.ts'
import { type DayQuality, qualityByDay } from '../../snapshot/quality-by-day.ts'
import { type CommandContext, withContext } from '../context.ts'
import { daysOf } from '../option-values.ts'
import { openForReading, originOf } from '../stored-lake.ts'
import { count, fixed, formatTable } from '../terminal/table.ts'

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
    .description('coverage calendar: what became of every expected slot, from the ledger')
    .option('--days <number>', 'calendar days to look back', '14')
    .option('--quality', 'how sound the quotes of every day were, not only of the newest')
    .addHelpText(
      'after',
      `
█ stored  ▒ partial, or not all symbols  · missing, with a reason  ? no entry in the ledger
Quality: medians over a day's slots. parity: how far calls and puts are apart, in half-spreads (above 1 it could be
traded); vertical, butterfly, calendar: arbitrage on executable prices, about none in a healthy feed; skew s: seconds
between the first and the last quote.

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
  const days = daysOf('--days', options.days)
  const { config } = context
  const lake = await openForReading(context)
  const { lastSlot } = await stats(lake)
  // The embedded gateway lives on a time of its own: its lake is looked at as of its last slot.
  const intervalMs = config.harvest.intervalSeconds * 1_000
  const now = lake.source === 'ib' || lastSlot === null ? systemClock.now() : epochMs(lastSlot + intervalMs)
  const today = newYorkDate(now)
  const sessions = sessionsBetween(addDays(today, -days), today).filter(({ openAt }) => openAt <= now)
  const ledger = await slots(lake)
  const first = ledger[0]
  const expected = sessions
    .filter(({ date }) => first !== undefined && date >= first.date)
    .map((session) => ({ date: session.date, slots: slotsOf(session, config.harvest) }))
  const coverage = coverageOf(expected, ledger, { symbols: config.symbols, now, intervalMs })
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
  if (coverage.length === 0) context.print('the ledger is empty: collect first: optionlake collect-once')
  else for (const line of calendar(coverage)) context.print(line)
  if (quality.length > 0) context.print(`\n${qualityTable(quality)}`)
  context.say(`as of ${today} ${newYorkClock(now).slice(0, 5)} New York; lake ${originOf(lake)}`)
}

function calendar(coverage: readonly DayCoverage[]): string[] {
  const hours = `${'09:30'.padEnd(6)}10${' '.repeat(10)}11${' '.repeat(10)}12${' '.repeat(10)}13${' '.repeat(10)}14${' '.repeat(10)}15`
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
  const percent = (share: number | null) => fixed(share === null ? null : 100 * share, 1)
  return formatTable(days, [
    { title: 'session', value: ({ date }) => date },
    { title: 'symbol', value: ({ symbol }) => symbol },
    { title: 'slots', align: 'right', value: ({ slots }) => count(slots) },
    { title: 'answered %', align: 'right', value: (day) => percent(day.answered_share) },
    { title: 'complete %', align: 'right', value: (day) => percent(day.complete_share) },
    { title: 'greeks %', align: 'right', value: (day) => percent(day.with_greeks_share) },
    { title: 'zero bids %', align: 'right', value: (day) => percent(day.zero_bid_share) },
    { title: 'parity', align: 'right', value: (day) => fixed(day.parity_residual, 2) },
    { title: 'vertical', align: 'right', value: (day) => fixed(day.vertical_violations, 1) },
    { title: 'butterfly', align: 'right', value: (day) => fixed(day.butterfly_violations, 1) },
    { title: 'calendar', align: 'right', value: (day) => fixed(day.calendar_violations, 1) },
    { title: 'skew s', align: 'right', value: (day) => fixed(day.skew_seconds, 1) },
  ])
}
