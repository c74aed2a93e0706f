import type { Command } from 'commander'
import { rebuildDay, type StoredDay, storedDays } from '../../analytics/stored/rebuild.ts'
import type { Lake } from '../../lake/open.ts'
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
    .option('--from <YYYY-MM-DD>', 'first trade date (default: the first stored)')
    .option('--to <YYYY-MM-DD>', 'last trade date (default: the last stored)')
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
  const report = await rebuildDays(lake, days, context)
  if (report.days < days.length) {
    const left = amount(days.length - report.days, 'day')
    context.printStatus(`stopped: ${left} from ${days[report.days]?.date} on not rebuilt`)
  }
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, ...report }))
  } else if (days.length === 0) {
    const range = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ')
    context.print(`nothing to rebuild: no chain is stored${range && ` ${range}`} · ${describeLake(lake)}`)
  } else {
    const { rows, slots, seconds, slotsPerSecond, changed } = report
    context.print(
      `${amount(report.days, 'day')}, ${amount(slots, 'slot')}, ${amount(rows, 'row')} in ${seconds.toFixed(1)} s ` +
        `(${slotsPerSecond.toFixed(1)} slots/s); ${changedText(changed)} · ${describeLake(lake)}`,
    )
  }
}

/** Day by day, until all are rebuilt or the command is stopped. */
async function rebuildDays(
  lake: Lake,
  days: readonly StoredDay[],
  { config, signal, interactive }: CommandContext,
) {
  const total = days.reduce((sum, { entries }) => sum + entries.length, 0)
  const bar = openProgressBar('figures', interactive)
  const startedAtMs = performance.now()
  const recordedAt = lake.clock.now()
  const changed = { market_metrics: unchanged(), daily_observations: unchanged() }
  let [rebuilt, slots, rows] = [0, 0, 0]
  try {
    for (const day of days) {
      const report = await rebuildDay(lake, day, {
        options: config.analytics,
        recordedAt,
        signal,
        onFigures: () => bar.update(++rows, total),
      })
      if (report === null) break
      rebuilt++
      slots += new Set(day.entries.map(({ timestamp }) => timestamp)).size
      note(changed.market_metrics, day.date, report.figuresChanged)
      note(changed.daily_observations, day.date, report.observationsChanged)
    }
  } finally {
    bar.close()
  }
  const seconds = (performance.now() - startedAtMs) / 1_000
  return { days: rebuilt, slots, rows, changed, seconds, slotsPerSecond: slots / seconds }
}

/** The rows of one table that a rebuild changed, and their days. */
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
  const parts = Object.entries(changed).flatMap(([table, { rows, days }]) =>
    rows === 0 ? [] : [`${amount(rows, 'row')} of ${table} on ${daysText(days)}`],
  )
  return parts.length === 0 ? 'every value was the same' : `changed: ${parts.join(', ')}`
}

function daysText(days: readonly string[]): string {
  const [first, last] = [days[0], days.at(-1)]
  return days.length === 1 ? `${first}` : `${count(days.length)} days from ${first} to ${last}`
}
