import type { Command } from 'commander'
import { EXIT, Failure } from '../failure.ts'
import { slots, stats } from '../lake/coverage.ts'
import { newYorkClock, newYorkDate, sessionsBetween } from '../market/calendar.ts'
import { systemClock } from '../market/clock.ts'
import { addDays, epochMs } from '../market/units.ts'
import { slotsOf } from '../schedule/slots.ts'
import { coverageOf, type DayCoverage, type SlotState } from '../snapshot/coverage.ts'
import { type CommandContext, withContext } from './context.ts'
import { openForReading, originOf } from './reading.ts'
import { count } from './table.ts'

const MARKS: Record<SlotState, string> = { stored: '█', partial: '▒', missing: '·', unknown: '?', open: ' ' }

export function registerStatus(program: Command, signal: AbortSignal): void {
  program
    .command('status')
    .description('coverage calendar: what became of every expected slot, from the ledger')
    .option('--days <number>', 'calendar days to look back', '14')
    .addHelpText(
      'after',
      `
█ stored  ▒ partial, or not all symbols  · missing, with a reason  ? no entry in the ledger

Examples:
  optionlake status
  optionlake status --days 60 --json`,
    )
    .action((options: { days: string }, command: Command) =>
      withContext(command, signal, (context) => show(context, options.days)),
    )
}

async function show(context: CommandContext, days: string): Promise<void> {
  if (!/^[1-9]\d{0,3}$/.test(days))
    throw new Failure(EXIT.usage, `--days ${days} is not a number of days: 1 to 9999`)
  const { config } = context
  const lake = await openForReading(context)
  const { lastSlot } = await stats(lake)
  // The embedded gateway lives on a time of its own: its lake is looked at as of its last slot.
  const intervalMs = config.harvest.intervalSeconds * 1_000
  const now = lake.source === 'ib' || lastSlot === null ? systemClock.now() : epochMs(lastSlot + intervalMs)
  const today = newYorkDate(now)
  const sessions = sessionsBetween(addDays(today, -Number(days)), today).filter(({ openAt }) => openAt <= now)
  const ledger = await slots(lake)
  const first = ledger[0]
  const expected = sessions
    .filter(({ date }) => first !== undefined && date >= first.date)
    .map((session) => ({ date: session.date, slots: slotsOf(session, config.harvest) }))
  const coverage = coverageOf(expected, ledger, { symbols: config.symbols, now, intervalMs })
  if (context.json) {
    context.print(
      JSON.stringify({
        lake: lake.layout.root,
        source: lake.source,
        asOf: new Date(now).toISOString(),
        coverage,
      }),
    )
    return
  }
  if (coverage.length === 0) context.print('the ledger is empty: collect first: optionlake collect-once')
  else for (const line of calendar(coverage)) context.print(line)
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
