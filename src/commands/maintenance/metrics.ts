import type { Command } from 'commander'
import { rebuildDay, type StoredDay, storedDays } from '../../analytics/stored/rebuild.ts'
import { rebuildSurfaces } from '../../analytics/stored/surfaces/rebuild-surfaces.ts'
import type { Lake } from '../../lake/open.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { MetricsAnswer } from '../../schemas/maintenance/metrics.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseDates } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { describeLake, lakeHeadOf, openForMaintenance } from '../stored-lake.ts'
import { amount, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface MetricsOptions {
  readonly rebuild?: true
  readonly from?: string
  readonly to?: string
  /** False with --no-surfaces. */
  readonly surfaces: boolean
}

export function registerMetrics(program: Command, signal: AbortSignal): void {
  program
    .command('metrics')
    .description('recompute figures, daily observations and volatility surfaces from the stored chains')
    .option('--rebuild', 'do it; required')
    .option('--from <date>', 'first trade date (default: the first stored)')
    .option('--to <date>', 'last trade date (default: the last stored)')
    .option('--no-surfaces', 'leave surfaces and surface_grid as they are: fitting takes most of the time')
    .addHelpText(
      'after',
      `
Use it after a change of analytics.rateFraction or dividends, after a repair, or to check that the figures come out the
same. Each day is one commit, or none if every bit is the same. What only the gateway knew, its own 30-day volatility
and the VIX, is kept. A session that is not over has no daily observation yet. Surfaces come after all figures, and not
where analytics.surface is false.

Examples:
  optionlake metrics --rebuild
  optionlake metrics --rebuild --from 2026-11-02 --to 2026-11-20
  optionlake metrics --rebuild --no-surfaces`,
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
  const figures = await rebuildDays(lake, days, context)
  const isWanted = options.surfaces && context.config.analytics.surface && !context.signal.aborted
  const surfaces = isWanted ? await rebuildAllSurfaces(lake, days, context) : null
  const report = { ...figures, changed: { ...figures.changed, ...surfaces?.changed } }
  if (report.days < days.length) {
    const left = amount(days.length - report.days, 'day')
    context.printStatus(`stopped: ${left} from ${days[report.days]?.date} on not rebuilt`)
  } else if (surfaces && surfaces.days < days.length) {
    const left = amount(days.length - surfaces.days, 'day')
    context.printStatus(`stopped: surfaces of ${left} from ${days[surfaces.days]?.date} on not rebuilt`)
  }
  if (context.json) {
    const { fitted = 0, seconds = 0 } = surfaces ?? {}
    const ofSurfaces = surfaces === null ? null : { days: surfaces.days, fitted, seconds }
    const { slotsPerSecond, ...others } = report
    const slots_per_second = Number.isFinite(slotsPerSecond) ? slotsPerSecond : null
    const { lake: folder, source } = lakeHeadOf(lake)
    printJson<MetricsAnswer>(context, {
      lake: folder,
      source,
      ...others,
      slots_per_second,
      surfaces: ofSurfaces,
    })
  } else if (days.length === 0) {
    const range = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ')
    context.print(`nothing to rebuild: no chain is stored${range && ` ${range}`} · ${describeLake(lake)}`)
  } else {
    const { rows, slots, seconds, slotsPerSecond, changed } = report
    context.print(
      `${amount(report.days, 'day')}, ${amount(slots, 'slot')}, ${amount(rows, 'row')} in ${seconds.toFixed(1)} s ` +
        `(${slotsPerSecond.toFixed(1)} slots/s)${surfacesText(surfaces)}; ${changedText(changed)} · ${describeLake(lake)}`,
    )
  }
  context.signal.throwIfAborted()
}

async function rebuildDays(lake: Lake, days: readonly StoredDay[], context: CommandContext) {
  const { config, signal } = context
  const recordedAt = lake.clock.now()
  const changed = { market_metrics: unchanged(), daily_observations: unchanged() }
  let [slots, rows] = [0, 0]
  const done = await eachDay('figures', days, context, async (day, onRow) => {
    const onFigures = () => {
      rows++
      onRow()
    }
    const report = await rebuildDay(lake, day, { options: config.analytics, recordedAt, signal, onFigures })
    if (report === null) return false
    slots += new Set(day.entries.map(({ timestamp }) => timestamp)).size
    note(changed.market_metrics, day.date, report.figuresChanged)
    note(changed.daily_observations, day.date, report.observationsChanged)
    return true
  })
  return { ...done, slots, rows, changed, slotsPerSecond: slots / done.seconds }
}

/** Surfaces do not depend on earlier days. */
async function rebuildAllSurfaces(lake: Lake, days: readonly StoredDay[], context: CommandContext) {
  const { config, signal } = context
  const changed = { surfaces: unchanged(), surface_grid: unchanged() }
  let fitted = 0
  const done = await eachDay('surfaces', days, context, async (day, onSurface) => {
    const report = await rebuildSurfaces(lake, day, { options: config.analytics, signal, onSurface })
    if (report === null) return false
    fitted += report.fitted
    note(changed.surfaces, day.date, report.surfacesChanged)
    note(changed.surface_grid, day.date, report.gridChanged)
    return true
  })
  return { ...done, fitted, changed }
}

/** Day by day under a progress bar, until all are rebuilt or one is not because the command is stopped. */
async function eachDay(
  title: string,
  days: readonly StoredDay[],
  { interactive }: Pick<CommandContext, 'interactive'>,
  rebuildOne: (day: StoredDay, onRow: () => void) => Promise<boolean>,
): Promise<{ readonly days: number; readonly seconds: number }> {
  const total = days.reduce((sum, { entries }) => sum + entries.length, 0)
  const bar = openProgressBar(title, interactive)
  const startedAtMs = performance.now()
  let [rebuilt, rows] = [0, 0]
  try {
    for (const day of days) {
      if (!(await rebuildOne(day, () => bar.update(++rows, total)))) break
      rebuilt++
    }
  } finally {
    bar.close()
  }
  return { days: rebuilt, seconds: (performance.now() - startedAtMs) / 1_000 }
}

function surfacesText(surfaces: { readonly fitted: number; readonly seconds: number } | null): string {
  if (surfaces === null) return ''
  return `, ${amount(surfaces.fitted, 'surface')} in ${surfaces.seconds.toFixed(1)} s`
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
