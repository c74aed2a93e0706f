import { type Command, Option } from 'commander'
import {
  type ConeAnswer,
  DEFAULT_ESTIMATOR,
  estimatorNamed,
  type RealizedAnswer,
  type RealizedWindow,
} from '../../analytics/answers/realized-answer.ts'
import { REALIZED_DAYS, realizedOf } from '../../analytics/answers/realized-volatility.ts'
import { ESTIMATORS, type Estimator } from '../../analytics/realized/estimators.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { RealizedAnswer as RealizedJson } from '../../schemas/query/realized.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseAt, parseSymbol, parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { amount, count, percent, words } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { noSlotText, readFigures, valueText } from './figures.ts'

interface RealizedOptions {
  readonly at?: string
  readonly days: string
  readonly estimator: string
}

const ESTIMATOR_NAMES: Readonly<Record<Estimator, string>> = {
  close_to_close: 'close to close',
  parkinson: 'Parkinson',
  yang_zhang: 'Yang-Zhang',
  five_minute: '5 minutes',
}

const SOURCES = { bars: 'our own bars', ib_index: "IB's daily bars", index: "IB's daily levels" } as const

export function registerRealized(program: Command, signal: AbortSignal): void {
  program
    .command('realized')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description(
      'show realized volatility by four estimators, its cone, and implied volatility beside it (also: realised)',
    )
    .option(
      '--at <time>',
      'as known at the newest slot at or before this time: 10:00 (today in New York), "2026-11-20 10:00", 2026-11-20 (default: the newest of all)',
    )
    .option('--days <number>', 'calendar days on which the windows of the cone end', String(REALIZED_DAYS))
    .addOption(
      new Option('--estimator <name>', 'estimator of the cone')
        .choices(ESTIMATORS.map((name) => name.replaceAll('_', '-')))
        .default(DEFAULT_ESTIMATOR.replaceAll('_', '-')),
    )
    .addHelpText(
      'after',
      `
Only sessions before the slot's are used, and bars that ended before it. Daily prices come from the gateway's daily bars
(optionlake backfill) or from our own five-minute bars, which the daemon makes; five-minute returns always from those.
What each figure means: docs/numbers.md.

Examples:
  optionlake realized SPY
  optionlake realized QQQ --days 730 --estimator close-to-close
  optionlake realized SPY --at "2026-11-20 10:00" --json`,
    )
    .action((symbol: string, options: RealizedOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: RealizedOptions): Promise<void> {
  const days = parseWholeNumber('--days', options.days, { max: 9_999, unit: 'days' })
  const at = parseAt(options.at)
  const estimator = parseEstimator(options.estimator)
  const lake = await openForQueries(context)
  const data = await readFigures(lake, symbol, { context, at })
  const now = at ?? systemClock.now()
  const { analytics } = context.config
  const answer = await realizedOf(lake, symbol, data, { days, estimator, options: analytics, now })
  if (context.json) {
    printJson<RealizedJson>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  context.print(
    `${symbol} realized volatility before ${answer.date} · daily prices: ${SOURCES[answer.price_source]} · ` +
      `${describeLake(lake)}\n`,
  )
  context.print(windowTable(answer))
  context.print(`\n${todayLines(answer, data === null ? noSlotText(at) : null)}`)
  context.print(`\n${coneTitle(answer)}\n`)
  const isEmpty = answer.cone.every(({ windows, current }) => windows === 0 && current === null)
  context.print(isEmpty ? 'no window has enough sessions: optionlake backfill' : coneTable(answer.cone))
}

/** The option knows its choices; this gives them their type. */
function parseEstimator(text: string): Estimator {
  const estimator = estimatorNamed(text)
  if (estimator !== null) return estimator
  throw new Failure(EXIT.usage, `--estimator ${text} is none of ${ESTIMATORS.join(', ')}`)
}

/** Percent a year, a line for each estimator; under it the sessions that are known of each window. */
function windowTable({ windows }: RealizedAnswer): string {
  const numberOf = ({ value }: RealizedWindow[Estimator]) => (typeof value === 'number' ? value : null)
  return formatTable(ESTIMATORS, [
    { title: '% a year', value: (estimator) => ESTIMATOR_NAMES[estimator] },
    ...windows.map((one) => ({
      title: amount(one.window, 'session'),
      // The longest first.
      leaveOut: 1_000 - one.window,
      align: 'right' as const,
      value: (estimator: Estimator) => percent(numberOf(one[estimator]), 2),
    })),
    { title: '', leaveOut: 1_000, name: 'known', value: (estimator) => missingText(windows, estimator) },
  ])
}

/** How much of the longest window that has no value is known. */
function missingText(windows: readonly RealizedWindow[], estimator: Estimator): string {
  const missing = windows.findLast((one) => one[estimator].reason !== null)?.[estimator]
  return missing ? `${count(missing.observations)} of ${count(missing.window)} known` : ''
}

function todayLines(
  { today, iv30, volatility_spread, variance_risk_premium, overnight_share }: RealizedAnswer,
  noSlot: string | null,
): string {
  if (noSlot !== null) return noSlot
  const known = (figure: RealizedAnswer['today']) =>
    `${valueText(figure)}${figure.reason === null ? '' : ` (${words(figure.reason)})`}`
  return [
    `today so far ${known(today)}, ${amount(today.observations, 'bar')}; nights ${known(overnight_share)} of variance`,
    `iv30 ${known(iv30)}; over Yang-Zhang: ${known(volatility_spread)} points`,
    `variance risk premium ${known(variance_risk_premium)}: iv30² less what was realized`,
  ].join('\n')
}

function coneTitle({ estimator, from, to }: RealizedAnswer): string {
  return `cone: ${ESTIMATOR_NAMES[estimator]}, windows that end from ${from} to before ${to}`
}

function coneTable(cone: readonly ConeAnswer[]): string {
  const column = (title: string, volOf: (row: ConeAnswer) => number | null, leaveOut?: number) => ({
    title,
    ...(leaveOut !== undefined && { leaveOut }),
    align: 'right' as const,
    value: (row: ConeAnswer) => percent(volOf(row), 1),
  })
  return formatTable(cone, [
    { title: 'sessions', align: 'right', value: ({ window }) => count(window) },
    column('min', ({ min }) => min),
    column('10 %', ({ p10 }) => p10, 2),
    column('25 %', ({ p25 }) => p25, 3),
    column('50 %', ({ p50 }) => p50),
    column('75 %', ({ p75 }) => p75, 3),
    column('90 %', ({ p90 }) => p90, 2),
    column('max', ({ max }) => max),
    column('now', ({ current }) => current),
    column('iv', ({ iv }) => iv),
    { title: 'windows', leaveOut: 1, align: 'right', value: ({ windows }) => count(windows) },
  ])
}
