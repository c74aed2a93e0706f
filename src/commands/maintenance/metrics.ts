import type { Command } from 'commander'
import { rebuildDay, type StoredDay, storedDays } from '../../analytics/stored/rebuild.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDates } from '../option-values.ts'
import { describeLake, openForMaintenance } from '../stored-lake.ts'
import { amount, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface MetricsOptions {
  readonly rebuild?: true
  readonly from?: string
  readonly to?: string
}

export function registerMetrics(program: Command, signal: AbortSignal): void {
  program
    .command('metrics')
    .description('recompute market_metrics and daily_observations from the stored chains')
    .option('--rebuild', 'do it; required')
    .option('--from <YYYY-MM-DD>', 'first New York date (default: the first stored)')
    .option('--to <YYYY-MM-DD>', 'last New York date (default: the last stored)')
    .addHelpText(
      'after',
      `
Use it after a change of analytics.rateFraction or dividends, after a repair, or to check that the figures come out the
same. Each day is one commit, or none if every bit is the same. What only the gateway knew, its own 30-day volatility
and the VIX, is kept. A session that is not over has no daily observation yet.

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
    throw new Failure(EXIT.usage, 'metrics needs --rebuild; to see figures: optionlake market SYMBOL')
  }
  const { from, to } = parseDates(options)
  const lake = await openForMaintenance(context)
  const days = await storedDays(lake, { from, to })
  const total = entriesOf(days)
  const bar = openProgressBar('figures', context.interactive)
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
    bar.close()
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
      `stopped: ${count(days.length - rebuilt.length)} days from ${days[rebuilt.length]?.date} on were not rebuilt`,
    )
  }
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...report }))
    return
  }
  if (days.length === 0) {
    const range = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ')
    context.print(`nothing to rebuild: no chain is stored${range && ` ${range}`} · ${describeLake(lake)}`)
    return
  }
  context.print(
    `${amount(rebuilt.length, 'day')}, ${amount(slots, 'slot')}, ${amount(done, 'row')} in ${seconds.toFixed(1)} s ` +
      `(${report.slotsPerSecond.toFixed(1)} slots/s); ${changedText(changed)} · ${describeLake(lake)}`,
  )
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
