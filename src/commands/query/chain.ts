import type { Command } from 'commander'
import { spotOf } from '../../analytics/chain.ts'
import type { Lake } from '../../lake/open.ts'
import { atmOptions } from '../../lake/query/at-the-money.ts'
import { chainAsOf, latestChain } from '../../lake/query/chains.ts'
import { stats } from '../../lake/query/stats.ts'
import { storedSymbol } from '../../market/symbol.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseExpiry, parseTime } from '../option-values.ts'
import { AS_OF_OPTION, asOfJson, describeLake, openForQueries } from '../stored-lake.ts'
import { count, dateAndTime, fixed, percent } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

interface ChainOptions {
  readonly at?: string
  readonly asOf?: string
  readonly expiry?: string
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
        rows: rows.map(rowAsJson),
      }),
    )
    return
  }
  const [first] = rows
  const at = epochMs((first as SnapshotRow).timestamp)
  const underlying = spotOf(rows)
  context.print(
    `${symbol} ${fixed(underlying, 2)} · slot ${dateAndTime(at)} New York · ` +
      `${count(rows.length)} contracts · ${describeLake(lake)}`,
  )
  for (const [expiry, own] of groupBy(rows, (row) => row.expiry)) {
    const strikes = [...groupBy(own, (row) => row.strike)].sort(([a], [b]) => a - b)
    const near = options.all ? strikes : nearest(strikes, underlying)
    context.print(`\n${expiry} · ${count(own.length)} contracts`)
    context.print(strikeTable(near))
    if (near.length < strikes.length)
      context.print(`… ${count(strikes.length - near.length)} more strikes: --all`)
  }
}

async function rowsOf(lake: Lake, symbol: string, options: ChainOptions): Promise<SnapshotRow[]> {
  const expiry = options.expiry === undefined ? undefined : parseExpiry(options.expiry)
  const only = expiry === undefined ? {} : { expiry }
  const rows = options.at
    ? await chainAsOf(lake, symbol, { at: parseTime('--at', options.at), ...only })
    : await latestChain(lake, symbol, only)
  if (!options.atm) return rows
  if (expiry !== undefined && !options.at) return atmOptions(lake, symbol, { expiry })
  const underlying = spotOf(rows)
  return [...groupBy(rows, (row) => row.expiry).values()].flatMap((own) =>
    nearest([...groupBy(own, (row) => row.strike)], underlying, 0).flatMap(([, both]) => both),
  )
}

/** Throws a Failure that says why there are no rows: an empty lake, an unknown symbol, or no such time or expiration. */
async function failWithoutRows(lake: Lake, symbol: string, { at, expiry }: ChainOptions): Promise<never> {
  const { symbols } = await stats(lake)
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

/** The call and the put of each strike, ascending. */
type Strikes = readonly (readonly [strike: number, rows: readonly SnapshotRow[]])[]

function nearest(strikes: Strikes, underlying: number | null, eachSide = STRIKES_EACH_SIDE): Strikes {
  if (underlying === null) return strikes
  const distances = strikes.map(([strike]) => Math.abs(strike - underlying))
  const at = distances.indexOf(Math.min(...distances))
  return strikes.slice(Math.max(0, at - eachSide), at + eachSide + 1)
}

function strikeTable(strikes: Strikes): string {
  const side = (right: 'C' | 'P') => (line: Strikes[number]) => line[1].find((row) => row.right === right)
  const call = side('C')
  const put = side('P')
  return formatTable(strikes, [
    { title: 'call OI', align: 'right', value: (line) => count(call(line)?.open_interest ?? null) },
    { title: 'volume', align: 'right', value: (line) => count(call(line)?.volume ?? null) },
    { title: 'delta', align: 'right', value: (line) => fixed(call(line)?.delta, 3) },
    { title: 'iv %', align: 'right', value: (line) => percent(call(line)?.iv, 1) },
    { title: 'bid', align: 'right', value: (line) => fixed(call(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(call(line)?.ask, 2) },
    { title: 'strike', align: 'right', value: ([strike]) => String(strike) },
    { title: 'bid', align: 'right', value: (line) => fixed(put(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(put(line)?.ask, 2) },
    { title: 'iv %', align: 'right', value: (line) => percent(put(line)?.iv, 1) },
    { title: 'delta', align: 'right', value: (line) => fixed(put(line)?.delta, 3) },
    { title: 'volume', align: 'right', value: (line) => count(put(line)?.volume ?? null) },
    { title: 'put OI', align: 'right', value: (line) => count(put(line)?.open_interest ?? null) },
  ])
}

/** A row as JSON: times as ISO text, flags by name. */
function rowAsJson(row: SnapshotRow) {
  return {
    ...row,
    timestamp: new Date(row.timestamp).toISOString(),
    quoted_at: row.quoted_at === null ? null : new Date(row.quoted_at).toISOString(),
    flags: flagNames(row.flags),
  }
}

function groupBy<Key, Row>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}
