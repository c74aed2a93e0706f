import type { Command } from 'commander'
import { rebuildDay, type StoredDay, storedDays } from '../../analytics/stored/rebuild.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { dateOf } from '../option-values.ts'
import { openForMaintenance, originOf } from '../stored-lake.ts'
import { filesBar } from '../terminal/progress-bar.ts'
import { count } from '../terminal/table.ts'

interface MetricsOptions {
  readonly rebuild?: true
  readonly from?: string
  readonly to?: string
}

export function registerMetrics(program: Command, signal: AbortSignal): void {
  program
    .command('metrics')
    .description('compute market_metrics and our daily observations anew from the stored chains')
    .option('--rebuild', 'do it: nothing else is done without it')
    .option('--from <YYYY-MM-DD>', 'first New York date (default: the first that is stored)')
    .option('--to <YYYY-MM-DD>', 'last New York date (default: the last that is stored)')
    .addHelpText(
      'after',
      `
After a change of analytics.rateFraction or dividends, after a repair, or to see that they come to the same values. Each
day changes in one commit, or not at all if it is the same to the last bit. A session that is still open has no daily
observation yet. What only the gateway knew at the time,
its own 30-day volatility and the VIX, is taken over.

Examples:
  optionlake metrics --rebuild
  optionlake metrics --rebuild --from 2026-11-02 --to 2026-11-20`,
    )
    .action((options: MetricsOptions, command: Command) =>
      withContext(command, signal, (context) => rebuild(context, options)),
    )
}

async function rebuild(context: CommandContext, options: MetricsOptions): Promise<void> {
  if (!options.rebuild) {
    throw new Failure(
      EXIT.usage,
      'metrics does nothing by itself: add --rebuild; to see figures, optionlake market SYMBOL',
    )
  }
  const from = options.from === undefined ? undefined : dateOf('--from', options.from)
  const to = options.to === undefined ? undefined : dateOf('--to', options.to)
  if (from !== undefined && to !== undefined && from > to) {
    throw new Failure(EXIT.usage, `--from ${from} is later than --to ${to}: swap them`)
  }
  const lake = await openForMaintenance(context)
  const days = await storedDays(lake, { from, to })
  const total = entriesOf(days)
  const bar = filesBar('figures', context.interactive)
  const startedAtMs = performance.now()
  let done = 0
  const rebuilt: StoredDay[] = []
  const changed = { market_metrics: unchanged(), daily_observations: unchanged() }
  const env = {
    options: context.config.analytics,
    recordedAt: lake.clock.now(),
    signal: context.signal,
    onFigures: () => bar.update(++done, total),
  }
  try {
    for (const day of days) {
      const report = await rebuildDay(lake, day, env)
      if (report === null) break
      rebuilt.push(day)
      note(changed.market_metrics, day.date, report.figuresChanged)
      note(changed.daily_observations, day.date, report.observationsChanged)
    }
  } finally {
    bar.stop()
  }
  const seconds = (performance.now() - startedAtMs) / 1_000
  const slots = slotsOf(rebuilt)
  const report = {
    days: rebuilt.length,
    slots,
    rows: done,
    changed,
    seconds,
    slotsPerSecond: slots / seconds,
  }
  if (rebuilt.length < days.length) {
    context.say(
      `stopped: ${count(days.length - rebuilt.length)} days from ${days[rebuilt.length]?.date} on are as they were`,
    )
  }
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...report }))
    return
  }
  if (days.length === 0) {
    const range = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ')
    context.print(`nothing to rebuild: no chain is stored${range && ` ${range}`} · ${originOf(lake)}`)
    return
  }
  context.print(
    `${amount(rebuilt.length, 'day')}, ${amount(slots, 'slot')}, ${amount(done, 'row')} in ${seconds.toFixed(1)} s ` +
      `(${report.slotsPerSecond.toFixed(1)} slots/s); ${changedText(changed)} · ${originOf(lake)}`,
  )
}

/** 1 day, 2 days. */
function amount(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** Rows of one table that a rebuild changed, and the days they are of. */
interface TableChange {
  rows: number
  readonly days: string[]
}

function unchanged(): TableChange {
  return { rows: 0, days: [] }
}

function note(table: TableChange, date: string, rows: number): void {
  if (rows === 0) return
  table.rows += rows
  table.days.push(date)
}

function changedText(changed: Readonly<Record<string, TableChange>>): string {
  const told = Object.entries(changed).flatMap(([table, { rows, days }]) =>
    rows === 0 ? [] : [`${amount(rows, 'row')} of ${table} on ${daysText(days)}`],
  )
  return told.length === 0 ? 'every value was the same' : `changed: ${told.join(', ')}`
}

function daysText(days: readonly string[]): string {
  const [first, last] = [days[0], days.at(-1)]
  return days.length === 1 ? `${first}` : `${count(days.length)} days from ${first} to ${last}`
}

function entriesOf(days: readonly StoredDay[]): number {
  return days.reduce((sum, { entries }) => sum + entries.length, 0)
}

function slotsOf(days: readonly StoredDay[]): number {
  return days.reduce((sum, { entries }) => sum + new Set(entries.map((one) => one.timestamp)).size, 0)
}
