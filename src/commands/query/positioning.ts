import type { Command } from 'commander'
import { type PositioningAnswer, positioningAnswer } from '../../analytics/answers/positioning-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { storedPositioning } from '../../analytics/stored/positioning.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { PositioningAnswer as PositioningJson } from '../../schemas/query/positioning.ts'
import { type CommandContext, withContext } from '../context.ts'
import { AT_OPTION, parseAt, parseExpiry, parseSymbol } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { age, amount, count, dateAndTime, fixed, words } from '../terminal/format.ts'
import { formatTable, type PrintedColumn } from '../terminal/table.ts'
import { noSlotText, observationsText, requireKnown, valueText } from './figures.ts'

interface PositioningOptions {
  readonly at?: string
  readonly asOf?: string
  readonly expiry?: string
  readonly all?: true
}

/** Strikes shown on each side of the price without --all. */
const STRIKES_EACH_SIDE = 10

export function registerPositioning(program: Command, signal: AbortSignal): void {
  program
    .command('positioning')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description('show gamma exposure, open interest and max pain of a stored slot, by strike and expiration')
    .option(...AT_OPTION)
    .option(...AS_OF_OPTION)
    .option('--expiry <date>', 'only this expiration')
    .option('--all', 'every strike instead of those near the price')
    .addHelpText(
      'after',
      `
Open interest is that of the end of the session before, and the sign of an exposure is an assumption: dealers are long
calls and short puts. What each figure means: docs/numbers.md.

Examples:
  optionlake positioning SPY
  optionlake positioning SPY --expiry 20261218 --all
  optionlake positioning QQQ --at "2026-11-20 10:00" --json`,
    )
    .action((symbol: string, options: PositioningOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: PositioningOptions): Promise<void> {
  const at = parseAt(options.at)
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const lake = await openForQueries(context, options.asOf)
  const carry = carryOf(context.config.analytics, symbol)
  const data = await storedPositioning(lake, symbol, { carry, at, expiry })
  if (!data) await requireKnown(lake, symbol, context)
  if (data && expiry !== undefined && data.expirations.length === 0) {
    throw new Failure(
      EXIT.usage,
      `no options of ${symbol} expire on ${expiry} in the slot of ${dateAndTime(data.slot)} New York: see optionlake positioning ${symbol}`,
    )
  }
  const answer = positioningAnswer(data, { symbol, now: at ?? systemClock.now() })
  if (context.json) {
    printJson<PositioningJson>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  const slot = data
    ? `slot ${dateAndTime(data.slot)} New York, ${age(answer.age_seconds ?? 0)} old`
    : noSlotText(at)
  context.print(`${symbol} ${fixed(answer.underlying_price, 2)} · ${slot} · ${describeLake(lake)}`)
  if (!data) return
  const changes =
    answer.oi_date_before === null
      ? 'no changes: the session before is not stored'
      : `changes against ${answer.oi_date_before}`
  context.print(`open interest of ${answer.oi_date}, ${changes}; assumed: ${answer.assumption}\n`)
  context.print(figureTable(answer))
  context.print(`\n${expirationTable(answer)}`)
  const strikes = options.all ? answer.strikes : strikesNear(answer)
  context.print(`\n${strikeTable(strikes)}`)
  const left = answer.strikes.length - strikes.length
  if (left > 0) context.print(`… ${amount(left, 'more strike')}: --all`)
}

function figureTable({ figures }: PositioningAnswer): string {
  return formatTable(Object.entries(figures ?? {}), [
    { title: 'figure', value: ([name]) => name },
    {
      title: 'value',
      align: 'right',
      value: ([, one]) => (one.unit === 'contracts' ? wholeText(one.value) : valueText(one)),
    },
    { title: 'contracts', align: 'right', value: ([, one]) => observationsText(one) },
    { title: '', shortenTo: 12, value: ([, one]) => words(one.reason) },
  ])
}

function wholeText(value: unknown): string {
  return count(typeof value === 'number' ? value : null)
}

type Sums = Omit<PositioningAnswer['strikes'][number], 'strike'>

const SUM_COLUMNS: readonly PrintedColumn<Sums>[] = [
  { title: 'call OI', align: 'right', value: (one) => count(one.call_open_interest) },
  {
    title: 'change',
    leaveOut: 1,
    name: 'changes',
    align: 'right',
    value: (one) => count(one.call_oi_change),
  },
  { title: 'put OI', align: 'right', value: (one) => count(one.put_open_interest) },
  { title: 'change', leaveOut: 1, name: 'changes', align: 'right', value: (one) => count(one.put_oi_change) },
  { title: 'gamma, $ M per 1 %', align: 'right', value: (one) => millions(one.gamma_exposure) },
]

function expirationTable({ symbol, expirations }: PositioningAnswer): string {
  const own = symbol.replace('.', '')
  const hasOther = expirations.some(({ trading_class }) => trading_class !== null && trading_class !== own)
  return formatTable<Expiration>(expirations, [
    { title: 'expiry', value: ({ expiry }) => expiry },
    ...(hasOther
      ? [{ title: 'class', leaveOut: 3, value: (one: Expiration) => one.trading_class ?? '' }]
      : []),
    { title: 'days', leaveOut: 2, align: 'right', value: ({ days }) => fixed(days, 2) },
    { title: 'max pain', align: 'right', value: (one) => fixed(one.max_pain, 2) },
    ...SUM_COLUMNS,
  ])
}

type Expiration = PositioningAnswer['expirations'][number]

function strikeTable(strikes: PositioningAnswer['strikes']): string {
  return formatTable<PositioningAnswer['strikes'][number]>(strikes, [
    { title: 'strike', align: 'right', value: ({ strike }) => String(strike) },
    ...SUM_COLUMNS,
  ])
}

/** The strikes nearest to the price of the underlying; all without one. */
function strikesNear({ strikes, underlying_price: price }: PositioningAnswer): PositioningAnswer['strikes'] {
  if (price === null) return strikes
  const above = strikes.findIndex(({ strike }) => strike >= price)
  const middle = above < 0 ? strikes.length : above
  return strikes.slice(Math.max(0, middle - STRIKES_EACH_SIDE), middle + STRIKES_EACH_SIDE)
}

function millions(dollars: number | null): string {
  return dollars === null ? '–' : fixed(dollars / 1e6, 2)
}
