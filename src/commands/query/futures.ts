import type { Command } from 'commander'
import { type CurvePoint, curveAnswer } from '../../analytics/answers/curve-answer.ts'
import { futuresAsOf, latestFutures } from '../../lake/query/futures.ts'
import { systemClock } from '../../market/clock.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { FuturesAnswer } from '../../schemas/query/futures.ts'
import { type CommandContext, withContext } from '../context.ts'
import { AT_OPTION, parseAt, parseSymbol } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { age, count, dateAndTime, fixed } from '../terminal/format.ts'
import { drawsPlot, NO_PLOT_OPTION, PLOT_OPTION, plotLines } from '../terminal/plot.ts'
import { formatTable } from '../terminal/table.ts'
import { futureLines } from './figures.ts'

interface FuturesOptions {
  readonly plot?: boolean
  readonly at?: string
  readonly asOf?: string
}

export function registerFutures(program: Command, signal: AbortSignal): void {
  program
    .command('futures')
    .argument('<symbol>', 'root of the futures, such as ES', parseSymbol)
    .description('show the futures of a stored slot: the curve with basis and roll yield')
    .option(...AT_OPTION)
    .option(...PLOT_OPTION)
    .option(...NO_PLOT_OPTION)
    .option(...AS_OF_OPTION)
    .addHelpText(
      'after',
      `
The basis is the price of the front future less its index, the roll yield
compares it with the next one: docs/numbers.md. Which future is the front one is
the setting futures.rollDays.

Examples:
  optionlake futures ES
  optionlake futures CL --at "2026-11-20 10:00" --json`,
    )
    .action((symbol: string, options: FuturesOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: FuturesOptions): Promise<void> {
  const at = parseAt(options.at)
  const lake = await openForQueries(context, options.asOf)
  const rows = at === undefined ? await latestFutures(lake, symbol) : await futuresAsOf(lake, symbol, at)
  const [first] = rows
  if (!first) {
    const when = at === undefined ? '' : ` at or before ${dateAndTime(at)} New York`
    throw new Failure(
      EXIT.usage,
      `no futures of "${symbol}" are stored${when} in ${describeLake(lake)}: they come with symbols of kind FUT or FOP, such as ES (docs/instruments.md)`,
    )
  }
  const answer = curveAnswer(rows, { symbol, now: at ?? systemClock.now() })
  if (context.json) {
    printJson<FuturesAnswer>(context, { ...lakeHeadOf(lake), ...answer })
    return
  }
  const { figures } = answer
  const slot = dateAndTime(epochMs(first.timestamp))
  context.print(
    `${symbol} · slot ${slot} New York, ${age(answer.age_seconds ?? 0)} old · ${describeLake(lake)}\n`,
  )
  context.print(curveTable(answer.futures))
  context.print(`\n${figures ? futureLines(figures) : ''}`)
  const plot = drawsPlot(options.plot) ? curvePlot(answer.futures) : []
  if (plot.length > 0) context.print(`\n${plot.join('\n')}`)
}

function curveTable(futures: readonly CurvePoint[]): string {
  return formatTable(futures, [
    { title: 'future', value: (one) => one.local_symbol },
    { title: '', value: ({ front_rank: rank }) => (rank === null ? 'rolled' : rank === 1 ? 'front' : '') },
    { title: 'expiry', leaveOut: 5, value: ({ expiry }) => expiry },
    { title: 'days', align: 'right', value: ({ days }) => count(days) },
    { title: 'bid', align: 'right', value: ({ bid }) => fixed(bid, 2) },
    { title: 'ask', align: 'right', value: ({ ask }) => fixed(ask, 2) },
    { title: 'last', leaveOut: 4, align: 'right', value: ({ last }) => fixed(last, 2) },
    { title: 'settlement', leaveOut: 3, align: 'right', value: ({ settlement }) => fixed(settlement, 2) },
    { title: 'volume', leaveOut: 1, align: 'right', value: ({ volume }) => count(volume) },
    { title: 'open interest', leaveOut: 2, align: 'right', value: (one) => count(one.open_interest) },
    { title: 'basis', align: 'right', value: ({ basis }) => fixed(basis, 2) },
    { title: '', shortenTo: 8, value: ({ flags }) => flags.join(' ') },
  ])
}

const PLOT_WIDTH = 60
const PLOT_HEIGHT = 6

/** The curve by expiry, where there are enough futures to have a shape. */
function curvePlot(futures: readonly CurvePoint[]): string[] {
  const prices = futures.map(({ mid }) => mid)
  const [first, last] = [futures[0], futures.at(-1)]
  if (prices.filter((price) => price !== null).length < 3 || !first || !last) return []
  return plotLines(prices, {
    ...{ width: PLOT_WIDTH, height: PLOT_HEIGHT, levels: [] },
    ends: [first.local_symbol, last.local_symbol],
    label: (value) => value.toFixed(2),
  })
}
