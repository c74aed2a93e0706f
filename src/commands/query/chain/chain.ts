import { type Command, Option } from 'commander'
import { carryOf } from '../../../analytics/options.ts'
import { secondOrderOfRows } from '../../../analytics/second-order-rows.ts'
import type { Lake } from '../../../lake/open.ts'
import { chainAt } from '../../../lake/query/chains.ts'
import { latestFutures } from '../../../lake/query/futures.ts'
import { stats } from '../../../lake/query/stats.ts'
import { epochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { ChainAnswer } from '../../../schemas/query/chain.ts'
import type { SnapshotRow } from '../../../snapshot/row.ts'
import { rowAsJson } from '../../../snapshot/row-as-json.ts'
import { type CommandContext, withContext } from '../../context.ts'
import { AT_OPTION, parseAt, parseExpiry, parseSymbol } from '../../option-values.ts'
import { printJson } from '../../print-json.ts'
import { AS_OF_OPTION, describeLake, lakeHeadOf, openForQueries } from '../../stored-lake.ts'
import { amount, dateAndTime, fixed } from '../../terminal/format.ts'
import { drawsPlot, NO_PLOT_OPTION, PLOT_OPTION } from '../../terminal/plot.ts'
import { groupTitle, nearestStrikes, shownChain } from './chain-groups.ts'
import { smilePlot, smileToDraw } from './smile-plot.ts'
import { secondOrderTable, strikeTable } from './strike-tables.ts'

interface ChainOptions {
  readonly at?: string
  readonly asOf?: string
  readonly expiry?: string
  readonly class?: string
  readonly atm?: true
  readonly all?: true
  readonly plot?: boolean
  readonly greeks?: 'all'
}

/** Strikes shown on each side of the money without --all. */
const STRIKES_EACH_SIDE = 8

export function registerChain(program: Command, signal: AbortSignal): void {
  program
    .command('chain')
    .argument('<symbol>', 'underlying, such as SPY', parseSymbol)
    .description('show a stored option chain')
    .option(...AT_OPTION)
    .option(...AS_OF_OPTION)
    .option('--expiry <date>', 'only this expiration')
    .option('--class <name>', 'only options of this trading class, such as SPXW')
    .option('--atm', 'only the strike nearest to the underlying price')
    .option('--all', 'every strike instead of those near the money')
    .option(...PLOT_OPTION)
    .option(...NO_PLOT_OPTION)
    .addOption(
      new Option('--greeks <which>', 'with rho, vanna, volga and charm, computed now').choices(['all']),
    )
    .addHelpText(
      'after',
      `
--at chooses the slot. --as-of chooses what the lake contained: without rows that were stored later, and with rows that
were replaced later.
On a terminal the smile of the expiration nearest to 30 days is drawn: the volatility of puts below the price and of calls
above it, over the strikes.
--greeks all adds what is not stored: rho ($ per point of the rate), vanna (delta per volatility point), volga (vega per
volatility point) and charm (delta per calendar day).

Examples:
  optionlake chain SPY
  optionlake chain SPY --expiry 20261218 --all
  optionlake chain SPX --class SPXW
  optionlake chain SPY --greeks all
  optionlake chain QQQ --at "2026-11-20 10:00" --json
  optionlake chain SPY --as-of 2026-11-20`,
    )
    .action((symbol: string, options: ChainOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: ChainOptions): Promise<void> {
  const lake = await openForQueries(context, options.asOf)
  const { rows, priced } = await rowsOf(lake, symbol, options)
  if (rows.length === 0) await failWithoutRows(lake, symbol, options)
  const secondOrderOf =
    options.greeks === 'all'
      ? secondOrderOfRows(priced, { symbol, carry: carryOf(context.config.analytics, symbol) })
      : null
  if (context.json) {
    printJson<ChainAnswer>(context, {
      ...lakeHeadOf(lake),
      symbol,
      rows: rows.map((row) => ({ ...rowAsJson(row), ...secondOrderOf?.(row) })),
    })
    return
  }
  const [first] = rows
  const at = epochMs((first as SnapshotRow).timestamp)
  const { underlying, groups } = shownChain(rows, symbol)
  context.print(
    `${symbol} ${fixed(underlying, 2)} · slot ${dateAndTime(at)} New York · ` +
      `${amount(rows.length, 'contract')} · ${describeLake(lake)}`,
  )
  const drawn = drawsPlot(options.plot) ? smileToDraw(groups, at) : null
  for (const group of groups) {
    const { strikes } = group.expiration
    const near = options.all ? strikes : nearestStrikes(group, STRIKES_EACH_SIDE)
    context.print(`\n${groupTitle(group, { symbol, groups })} · ${amount(group.rows.length, 'contract')}`)
    context.print(strikeTable(near))
    if (secondOrderOf) context.print(`\n${secondOrderTable(near, secondOrderOf)}`)
    if (group === drawn) context.print(smilePlot(group).join('\n'))
    if (near.length < strikes.length)
      context.print(`… ${amount(strikes.length - near.length, 'more strike')}: --all`)
  }
}

interface ChainRows {
  /** Those asked for. */
  readonly rows: readonly SnapshotRow[]
  /** All of their expirations, which they are priced with. */
  readonly priced: readonly SnapshotRow[]
}

async function rowsOf(lake: Lake, symbol: string, options: ChainOptions): Promise<ChainRows> {
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const only = expiry === undefined ? {} : { expiry }
  const at = parseAt(options.at)
  const all = await chainAt(lake, symbol, { at, ...only })
  const priced = options.class === undefined ? all : ofClass(all, options.class.toUpperCase(), symbol)
  if (!options.atm) return { rows: priced, priced }
  const rows = shownChain(priced, symbol).groups.flatMap((group) =>
    nearestStrikes(group, 0).flatMap(({ call, put }) => [call, put].filter((row) => row !== null)),
  )
  return { rows, priced }
}

/** @throws Failure EXIT.usage if the rows have no such class. */
function ofClass(rows: readonly SnapshotRow[], wanted: string, symbol: string): SnapshotRow[] {
  const own = rows.filter(({ trading_class }) => trading_class === wanted)
  if (own.length > 0 || rows.length === 0) return own
  const known = [...new Set(rows.map(({ trading_class }) => trading_class))].sort()
  throw new Failure(
    EXIT.usage,
    `${symbol} has no options of class "${wanted}" in this slot: --class may be ${known.join(', ')}`,
  )
}

/** Throws a Failure that says why there are no rows: an empty lake, an unknown symbol, or no such time or expiration. */
async function failWithoutRows(lake: Lake, symbol: string, { at, expiry }: ChainOptions): Promise<never> {
  const { symbols } = await stats(lake)
  if (!symbols.includes(symbol) && (await latestFutures(lake, symbol)).length > 0) {
    throw new Failure(
      EXIT.usage,
      `${describeLake(lake)} holds futures of ${symbol} and no options: see optionlake futures ${symbol}`,
    )
  }
  if (!symbols.includes(symbol)) {
    throw new Failure(
      EXIT.usage,
      `no rows of "${symbol}" in ${describeLake(lake)}: it holds ${symbols.join(', ') || 'nothing yet; run optionlake collect-once'}`,
    )
  }
  const what = [expiry && `expiry ${expiry}`, at && `a slot at or before ${at}`].filter(Boolean).join(' and ')
  throw new Failure(
    EXIT.usage,
    `no rows of ${symbol} with ${what} in ${describeLake(lake)}; see optionlake chain ${symbol}`,
  )
}
