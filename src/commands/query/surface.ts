import type { Command } from 'commander'
import {
  type GridPointAnswer,
  type SurfaceAnswer,
  type SurfaceExpiration,
  surfaceAnswer,
} from '../../analytics/answers/surface-answer.ts'
import { surfaceData } from '../../analytics/stored/surfaces/read-surface.ts'
import { TRADING_DAYS_PER_YEAR } from '../../analytics/trading-time.ts'
import { systemClock } from '../../market/clock.ts'
import type { ExpiryDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { SurfaceAnswer as SurfaceJson } from '../../schemas/query/surface.ts'
import { GRID_POINTS, GRID_TENORS, type GridPoint } from '../../snapshot/surface/surface-grid.ts'
import { type CommandContext, withContext } from '../context.ts'
import { AT_OPTION, parseAt, parseExpiry, parseSymbol } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { age, amount, count, dateAndTime, fixed, percent, words } from '../terminal/format.ts'
import { formatTable, type PrintedColumn } from '../terminal/table.ts'
import { noSlotText, requireKnown } from './figures.ts'

interface SurfaceOptions {
  readonly at?: string
  readonly asOf?: string
  readonly expiry?: string
}

export function registerSurface(program: Command, signal: AbortSignal): void {
  program
    .command('surface')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description(
      'show the volatility surface of a stored slot: forwards, curves, and the grid with its ranks',
    )
    .option(...AT_OPTION)
    .option('--expiry <date>', 'the curve of this expiration')
    .option(...AS_OF_OPTION)
    .addHelpText(
      'after',
      `
A curve has no butterfly and no calendar arbitrage, and goes through bid and ask
as far as that allows; "in 1h" and "in 2h" are the shares of the quotes within one
and two half-widths. Errors stand after ±. What it all means: docs/numbers.md.
A slot without stored surface (analytics.surface) is fitted when asked for.

Examples:
  optionlake surface SPY
  optionlake surface SPY --expiry 20261218
  optionlake surface QQQ --at "2026-11-20 10:00" --json`,
    )
    .action((symbol: string, options: SurfaceOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: SurfaceOptions): Promise<void> {
  const at = parseAt(options.at)
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const lake = await openForQueries(context, options.asOf)
  const data = await surfaceData(lake, symbol, { options: context.config.analytics, at })
  if (!data) await requireKnown(lake, symbol, context)
  const answer = surfaceAnswer(data, { symbol, now: at ?? systemClock.now(), expiry })
  if (data && expiry !== undefined) checkExpiry(answer, expiry, data.surfaces)
  if (context.json) {
    printJson<SurfaceJson>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  const title = data ? slotText(answer, dateAndTime(data.slot)) : noSlotText(at)
  context.print(`${symbol} · ${title} · ${describeLake(lake)}\n`)
  if (answer.expirations.length > 0) context.print(expirationTable(answer))
  if (expiry === undefined) {
    if (answer.grid.length > 0) context.print(`\n${gridText(answer.grid)}`)
    return
  }
  for (const one of answer.expirations.filter(({ curve }) => curve.length > 0)) {
    context.print(`\n${curveTable(one)}`)
  }
}

/** @throws Failure EXIT.usage for an expiration that the slot does not have. */
function checkExpiry(
  { symbol, expirations }: SurfaceAnswer,
  expiry: ExpiryDate,
  all: readonly { readonly expiry: string }[],
): void {
  if (expirations.length > 0) return
  const known = [...new Set(all.map((row) => row.expiry))].sort().join(', ')
  throw new Failure(
    EXIT.usage,
    `${symbol} has no expiration ${expiry} in this slot: ${known === '' ? 'it has none' : `they are ${known}`}`,
  )
}

function slotText({ age_seconds, stored, expirations }: SurfaceAnswer, slot: string): string {
  const fitted = expirations.filter(({ reason }) => reason === null).length
  return (
    `slot ${slot} New York, ${age(age_seconds ?? 0)} old · ${count(fitted)} of ${count(expirations.length)} ` +
    `expirations with a curve · ${stored ? 'as stored' : 'fitted now: not stored'}`
  )
}

/** Shown where a symbol has several classes, which may share an expiry. */
const CLASS_COLUMN: PrintedColumn<SurfaceExpiration> = {
  title: 'class',
  value: ({ trading_class }) => trading_class,
}

function expirationTable({ expirations }: SurfaceAnswer): string {
  const classes = new Set(expirations.map(({ trading_class }) => trading_class))
  return formatTable(expirations, [
    { title: 'expiry', value: ({ expiry }) => expiry },
    ...(classes.size > 1 ? [CLASS_COLUMN] : []),
    { title: 'days', align: 'right', value: ({ days }) => fixed(days, 2) },
    { title: 'forward', align: 'right', value: (one) => withError(one.forward, one.forward_error, 3) },
    {
      title: 'carry %',
      leaveOut: 4,
      align: 'right',
      value: (one) => percentError(one.carry, one.carry_error),
    },
    { title: 'iv %', align: 'right', value: (one) => percentError(one.atm_iv, one.atm_iv_error) },
    { title: 'skew', leaveOut: 5, align: 'right', value: (one) => withError(one.skew, one.skew_error, 3) },
    { title: 'quotes', leaveOut: 3, align: 'right', value: ({ quotes }) => count(quotes) },
    { title: 'in 1h %', leaveOut: 2, align: 'right', value: ({ within_one }) => percent(within_one, 1) },
    { title: 'in 2h %', leaveOut: 1, align: 'right', value: ({ within_two }) => percent(within_two, 1) },
    { title: 'check', shortenTo: 10, value: checkText },
  ])
}

/** What the check for arbitrage found, or why there is no curve. */
function checkText({ reason, constrained }: SurfaceExpiration): string {
  if (reason !== null) return words(reason)
  return constrained === 1 ? 'ok, bent' : 'ok'
}

function withError(value: number | null, error: number | null, decimals: number): string {
  return value === null || error === null
    ? fixed(value, decimals)
    : `${fixed(value, decimals)} ±${fixed(error, decimals)}`
}

function percentError(fraction: number | null, error: number | null): string {
  return fraction === null || error === null
    ? percent(fraction, 2)
    : `${percent(fraction, 2)} ±${percent(error, 3)}`
}

/** Why the grid is not level with a volatility in calendar time, such as iv30, in weeks with holidays. */
const TENORS_TEXT = `tenors in trading days, 252 a year: ${GRID_TENORS.map(
  (days) => `${days} d are ${fixed((days * TRADING_DAYS_PER_YEAR) / 365, 1)}`,
).join(', ')}`

/** Volatilities and their ranks by tenor and point, and why points are missing. */
function gridText(grid: readonly GridPointAnswer[]): string {
  const tenorOf = (days: number) => grid.filter(({ tenor_days }) => tenor_days === days)
  const table = (text: (point: GridPointAnswer) => string) =>
    formatTable(GRID_TENORS, [
      { title: 'days', align: 'right', value: String },
      ...GRID_POINTS.map(
        (name): PrintedColumn<number> => ({
          title: name,
          ...(!/put|atm|call/.test(name) && { leaveOut: 1 }),
          align: 'right',
          value: (days) => {
            const point = tenorOf(days).find((one) => one.point === name)
            return point ? text(point) : '–'
          },
        }),
      ),
    ])
  const [first] = grid
  const ranked = grid.some(({ percentile }) => percentile.value !== null)
  const most = grid.reduce((highest, { percentile }) => Math.max(highest, percentile.observations), 0)
  return [
    `volatility, %\n${table(({ iv }) => percent(iv, 2))}`,
    TENORS_TEXT,
    ranked
      ? `rank / percentile among ${count(most)} of ${amount(first?.percentile.window ?? 0, 'session')}\n${table(rankText)}`
      : `no ranks yet: ${count(most)} of at least 20 sessions with a value between 15:30 and 15:55`,
    ...missingLines(grid),
  ].join('\n\n')
}

/** A line for each reason: the tenors without any value, and the single points of others. */
function missingLines(grid: readonly GridPointAnswer[]): string[] {
  const lines = new Map<string, string[]>()
  for (const days of GRID_TENORS) {
    const reasons = new Map<string, GridPoint[]>()
    for (const { tenor_days, point, reason } of grid) {
      if (tenor_days === days && reason !== null) reasons.set(reason, [...(reasons.get(reason) ?? []), point])
    }
    for (const [reason, points] of reasons) {
      const which = points.length === GRID_POINTS.length ? '' : ` ${points.join(' ')}`
      lines.set(reason, [...(lines.get(reason) ?? []), `${days} d${which}`])
    }
  }
  return [...lines].map(([reason, tenors]) => `${words(reason)}: ${tenors.join(', ')}`)
}

function rankText({ rank, percentile }: GridPointAnswer): string {
  return percentile.value === null ? '–' : `${fixed(rank.value, 0)} / ${fixed(percentile.value, 0)}`
}

function curveTable({ expiry, trading_class, curve }: SurfaceExpiration): string {
  const table = formatTable(curve, [
    { title: 'strike', align: 'right', value: ({ strike }) => fixed(strike, 2) },
    { title: 'k', align: 'right', value: ({ k }) => fixed(k, 4) },
    { title: 'iv %', align: 'right', value: ({ iv }) => percent(iv, 2) },
  ])
  return `curve of ${[expiry, trading_class].filter(Boolean).join(' ')} at its knots\n${table}`
}
