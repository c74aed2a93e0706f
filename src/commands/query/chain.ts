import type { Command } from 'commander'
import type { Strike } from '../../analytics/chain.ts'
import type { Lake } from '../../lake/open.ts'
import { chainAsOf, latestChain } from '../../lake/query/chains.ts'
import { latestFutures } from '../../lake/query/futures.ts'
import { stats } from '../../lake/query/stats.ts'
import { storedSymbol } from '../../market/symbol.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { rowAsJson } from '../../snapshot/row-as-json.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseExpiry, parseTime } from '../option-values.ts'
import { AS_OF_OPTION, asOfJson, describeLake, openForQueries } from '../stored-lake.ts'
import { count, dateAndTime, fixed, percent } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { groupTitle, nearestStrikes, shownChain } from './chain-groups.ts'

interface ChainOptions {
  readonly at?: string
  readonly asOf?: string
  readonly expiry?: string
  readonly class?: string
  readonly atm?: true
  readonly all?: true
}

/** Strikes shown on each side of the money without --all. */
const STRIKES_EACH_SIDE = 8

export function registerChain(program: Command, signal: AbortSignal): void {
  program
    .command('chain')
    .argument('<symbol>', 'underlying, such as SPY', storedSymbol)
    .description('show a stored option chain')
    .option(
      '--at <time>',
      'the newest slot at or before this time, such as 2026-11-20T10:00:00-05:00 (default: the newest of all)',
    )
    .option(...AS_OF_OPTION)
    .option('--expiry <YYYYMMDD>', 'only this expiration')
    .option('--class <name>', 'only options of this trading class, such as SPXW')
    .option('--atm', 'only the strike nearest to the underlying price')
    .option('--all', 'every strike instead of those near the money')
    .addHelpText(
      'after',
      `
--at chooses the slot. --as-of chooses what the lake contained: without rows that were stored later, and with rows that
were replaced later.

Examples:
  optionlake chain SPY
  optionlake chain SPY --expiry 20261218 --all
  optionlake chain SPX --class SPXW
  optionlake chain QQQ --at 2026-11-20T10:00:00-05:00 --json
  optionlake chain SPY --as-of 2026-11-20`,
    )
    .action((symbol: string, options: ChainOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, symbol, options)),
    )
}

async function show(context: CommandContext, symbol: string, options: ChainOptions): Promise<void> {
  const lake = await openForQueries(context, options.asOf)
  const rows = await rowsOf(lake, symbol, options)
  if (rows.length === 0) await failWithoutRows(lake, symbol, options)
  if (context.json) {
    context.print(
      JSON.stringify({
        lake: lake.layout.root,
        source: lake.source,
        ...asOfJson(lake),
        symbol,
        rows: rows.map((row) => ({ ...rowAsJson(row), flags: flagNames(row.flags) })),
      }),
    )
    return
  }
  const [first] = rows
  const at = epochMs((first as SnapshotRow).timestamp)
  const { underlying, groups } = shownChain(rows, symbol)
  context.print(
    `${symbol} ${fixed(underlying, 2)} · slot ${dateAndTime(at)} New York · ` +
      `${count(rows.length)} contracts · ${describeLake(lake)}`,
  )
  for (const group of groups) {
    const { strikes } = group.expiration
    const near = options.all ? strikes : nearestStrikes(group, STRIKES_EACH_SIDE)
    context.print(`\n${groupTitle(group, { symbol, groups })} · ${count(group.rows.length)} contracts`)
    context.print(strikeTable(near))
    if (near.length < strikes.length)
      context.print(`… ${count(strikes.length - near.length)} more strikes: --all`)
  }
}

async function rowsOf(lake: Lake, symbol: string, options: ChainOptions): Promise<SnapshotRow[]> {
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const only = expiry === undefined ? {} : { expiry }
  const all = options.at
    ? await chainAsOf(lake, symbol, { at: parseTime('--at', options.at), ...only })
    : await latestChain(lake, symbol, only)
  const rows = options.class === undefined ? all : ofClass(all, options.class.toUpperCase(), symbol)
  if (!options.atm) return rows
  return shownChain(rows, symbol).groups.flatMap((group) =>
    nearestStrikes(group, 0).flatMap(({ call, put }) => [call, put].filter((row) => row !== null)),
  )
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

function strikeTable(strikes: readonly Strike<SnapshotRow>[]): string {
  const call = (pair: Strike<SnapshotRow>) => pair.call
  const put = (pair: Strike<SnapshotRow>) => pair.put
  return formatTable(strikes, [
    { title: 'call OI', align: 'right', value: (line) => count(call(line)?.open_interest ?? null) },
    { title: 'volume', align: 'right', value: (line) => count(call(line)?.volume ?? null) },
    { title: 'delta', align: 'right', value: (line) => fixed(call(line)?.delta, 3) },
    { title: 'iv %', align: 'right', value: (line) => percent(call(line)?.iv, 1) },
    { title: 'bid', align: 'right', value: (line) => fixed(call(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(call(line)?.ask, 2) },
    { title: 'strike', align: 'right', value: ({ strike }) => String(strike) },
    { title: 'bid', align: 'right', value: (line) => fixed(put(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(put(line)?.ask, 2) },
    { title: 'iv %', align: 'right', value: (line) => percent(put(line)?.iv, 1) },
    { title: 'delta', align: 'right', value: (line) => fixed(put(line)?.delta, 3) },
    { title: 'volume', align: 'right', value: (line) => count(put(line)?.volume ?? null) },
    { title: 'put OI', align: 'right', value: (line) => count(put(line)?.open_interest ?? null) },
  ])
}
