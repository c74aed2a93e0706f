import type { Command } from 'commander'
import {
  datesToRead,
  daysUpTo,
  type IvAnswer,
  type IvDay,
  ivAnswer,
} from '../../analytics/answers/iv-answer.ts'
import { RANKS_LONGEST_FIRST } from '../../analytics/ranks/rank-figures.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../lake/tables/small-tables.ts'
import { newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import { systemClock } from '../../market/clock.ts'
import type { IvAnswer as IvJson } from '../../schemas/query/iv.ts'
import { isOfThisVersion } from '../../snapshot/definition-version.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseSymbol, parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { amount, count, dateAndTime, fixed, words } from '../terminal/format.ts'
import { drawsPlot, NO_PLOT_OPTION, PLOT_OPTION, plotLines, plotWidth } from '../terminal/plot.ts'
import { formatTable } from '../terminal/table.ts'
import { noSlotText, observationsText, readFigures, valueText } from './figures.ts'

interface IvOptions {
  readonly days: string
  readonly plot?: boolean
}

/** The newest sessions, shown without --plot and --json. */
const SHOWN = 10
const PLOT_HEIGHT = 13

export function registerIv(program: Command, signal: AbortSignal): void {
  program
    .command('iv')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description(
      'show 30-day implied volatility: its history, and its rank and percentile over 60, 126 and 252 sessions',
    )
    .option('--days <number>', 'calendar days of history', '365')
    .option(...PLOT_OPTION)
    .option(...NO_PLOT_OPTION)
    .addHelpText(
      'after',
      `
One observation a session, all from one source: our own chains, or the gateway's daily volatility while that reaches
further back (optionlake backfill). What each figure means: docs/numbers.md.

Examples:
  optionlake iv SPY --plot
  optionlake iv QQQ --days 90 --json`,
    )
    .action((symbol: string, options: IvOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: IvOptions): Promise<void> {
  const days = parseWholeNumber('--days', options.days, { max: 9_999, unit: 'days' })
  const lake = await openForQueries(context)
  const data = await readFigures(lake, symbol, { context })
  const now = systemClock.now()
  const range = daysUpTo(data?.date ?? newYorkDate(now), days)
  const observed = await readRows(lake, DAILY_OBSERVATIONS, { symbol, ...datesToRead(data, range) })
  const answer = ivAnswer(data, observed, { symbol, now, ...range })
  if (context.json) {
    printJson<IvJson>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  const source = answer.iv_source === 'chain' ? 'our own chains' : "the gateway's daily volatility"
  context.print(
    `${symbol} 30-day implied volatility ${valueText(answer.current)}` +
      `${answer.current.reason === null ? '' : ` (${words(answer.current.reason)})`} · ` +
      `${data ? `slot ${dateAndTime(data.slot)} New York` : noSlotText()} · ` +
      `from ${source} · ${describeLake(lake)}\n`,
  )
  context.print(rankTable(answer))
  context.print(`\n${extremesLine(answer)}`)
  if (drawsPlot(options.plot)) for (const line of plotOf(answer, plotWidth())) context.print(line)
  else if (answer.history.length > 0) context.print(`\n${historyTable(answer.history.slice(-SHOWN))}`)
}

function rankTable({ ranks }: IvAnswer): string {
  const windows = RANKS_LONGEST_FIRST.map((names) => [ranks[names.rank], ranks[names.percentile]] as const)
  return formatTable(windows, [
    { title: 'sessions', align: 'right', value: ([rank]) => count(rank.window) },
    { title: 'rank', align: 'right', value: ([rank]) => valueText(rank) },
    { title: 'percentile', align: 'right', value: ([, percentile]) => valueText(percentile) },
    { title: 'observations', align: 'right', value: ([rank]) => observationsText(rank) },
    { title: '', value: ([rank, percentile]) => words(rank.reason ?? percentile.reason) },
  ])
}

function extremesLine({ low, high, history, from, to }: IvAnswer): string {
  const known = history.filter(({ iv30 }) => iv30 !== null)
  const older = known.filter((day) => day.definition_version !== null && !isOfThisVersion(day)).length
  const others = `${amount(older, 'session')} of an older definition, not ranked: optionlake metrics --rebuild`
  if (!low || !high) {
    if (older > 0) return others
    return `no session with a volatility from ${from} to ${to}: see optionlake backfill`
  }
  const extremes = `low ${percent(low)} on ${low.date}, high ${percent(high)} on ${high.date}`
  const line = `${extremes}, ${amount(known.length - older, 'session')}`
  return older === 0 ? line : `${line}; ${others}`
}

/** Gives every session of the range a column, so that sessions without an observation are gaps. */
function plotOf({ history, current, low, high }: IvAnswer, width: number): string[] {
  const [first, last] = [history[0], history.at(-1)]
  if (!first || !last || history.every(({ iv30 }) => iv30 === null)) return []
  const byDate = new Map(history.map(({ date, iv30 }) => [date, iv30]))
  const now = typeof current.value === 'number' ? current.value : null
  const sessions = sessionsBetween(first.date, last.date)
  const values = sessions.map(({ date }) => byDate.get(date) ?? null)
  const lines = plotLines(values, {
    width,
    height: PLOT_HEIGHT,
    ends: [first.date, last.date],
    // The least and the greatest of the history are what the rank lies between.
    levels: [
      ...(now === null ? [] : [levelOf('now', now)]),
      ...(low?.iv30 == null ? [] : [levelOf('low', low.iv30)]),
      ...(high?.iv30 == null ? [] : [levelOf('high', high.iv30)]),
    ],
    label: (value) => `${(100 * value).toFixed(1)} %`,
  })
  return ['', ...lines]
}

function levelOf(name: string, iv: number) {
  return { value: iv, label: `${name} ${(100 * iv).toFixed(1)}` }
}

function historyTable(days: readonly IvDay[]): string {
  return formatTable(days, [
    { title: 'session', value: ({ date }) => date },
    { title: 'iv30', align: 'right', value: percent },
    { title: 'close', align: 'right', value: ({ close }) => fixed(close, 2) },
    { title: 'VIX', align: 'right', value: ({ vix }) => fixed(vix, 2) },
    { title: 'cycles', align: 'right', value: ({ cycles }) => count(cycles) },
  ])
}

function percent({ iv30 }: IvDay): string {
  return iv30 === null ? '–' : `${(100 * iv30).toFixed(2)} %`
}
