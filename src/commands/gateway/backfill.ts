import { resolve } from 'node:path'
import type { Command } from 'commander'
import {
  BACKFILL_DAYS,
  type BackfilledItem,
  backfill,
  describeItem,
  findForHistory,
  historyItems,
  knownForHistory,
  unknownItems,
} from '../../capture/backfill.ts'
import { openSingleSession, type SingleSession } from '../../daemon/sessions/gateway-source.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import { namesOf } from '../../market/instrument.ts'
import { Failure } from '../../process/failure.ts'
import type { BackfillAnswer } from '../../schemas/gateway/backfill.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { openActivity } from '../terminal/activity.ts'
import { count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Ten years. */
const MAX_DAYS = 3_650

export function registerBackfill(program: Command, signal: AbortSignal): void {
  program
    .command('backfill')
    .description(
      "store the gateway's daily history, which rank, trend and realized volatility need: prices, 30-day implied volatility, VIX",
    )
    .option('--days <number>', 'calendar days to go back; weekends and holidays count', String(BACKFILL_DAYS))
    .addHelpText(
      'after',
      `
The daemon does this at its first start. Rows computed from stored chains are not changed.
Each line of the answer is one kind of history of one symbol, stored by itself. If the gateway refuses some of them, that
is a warning; if it refuses all, the exit code is that of the first.

Examples:
  optionlake backfill
  optionlake backfill --gateway 127.0.0.1:4001 --days 730`,
    )
    .action((options: { days: string }, command: Command) =>
      withContext(command, signal, (context) => {
        const days = parseWholeNumber('--days', options.days, { max: MAX_DAYS, unit: 'days' })
        return storeHistory(context, days)
      }),
    )
}

async function storeHistory(context: CommandContext, days: number): Promise<void> {
  const { config, lifetime, log, signal } = context
  openActivity('connecting to the gateway', context.interactive)
  const gateway = await openSingleSession(config, { lifetime, log, signal })
  const items = await fetchAndStore(gateway, context, days)
  print(context, gateway, items)
  checkOutcome(items, context)
}

/** No lake is made for symbols of which the gateway knows none. */
async function fetchAndStore(
  { session, clock, lakeFolder, source }: SingleSession,
  { config, lifetime, signal, printStatus }: CommandContext,
  days: number,
): Promise<readonly BackfilledItem[]> {
  const wanted = historyItems(namesOf(config.symbols))
  const known = knownForHistory(wanted, layoutOf(lakeFolder).contracts)
  const found = await findForHistory(session, wanted, { known, signal })
  const unknown = unknownItems(wanted, found)
  if (config.symbols.every(({ symbol }) => unknown.some((item) => item.symbol === symbol))) return unknown
  const lake = await openLake(lakeFolder, { mode: 'write', source, clock })
  lifetime.onClose(() => lake.close())
  const requests = wanted.map((item) => ({ ...item, days }))
  return backfill(session, lake, requests, {
    ...{ found, clock, signal },
    onProgress: (done, total, item) => printStatus(`${done + 1} of ${total}: ${describeItem(item)}`),
  })
}

function print(
  context: CommandContext,
  { description, lakeFolder }: SingleSession,
  items: readonly BackfilledItem[],
): void {
  const { json, print } = context
  if (json) {
    const results = [...new Set(items.map(({ symbol }) => symbol))].map((symbol) => resultOf(symbol, items))
    const plain = items.map(({ failure, ...item }) => ({ ...item, failure: failure?.message ?? null }))
    const lake = resolve(lakeFolder)
    printJson<BackfillAnswer>(context, { gateway: description, lake, results, items: plain })
    return
  }
  print(
    formatTable(items, [
      { title: 'symbol', value: ({ symbol }) => symbol },
      { title: 'history', value: ({ what }) => KINDS[what] },
      { title: 'sessions', align: 'right', value: ({ sessions }) => count(sessions) },
      { title: 'from', leaveOut: 1, value: ({ from }) => from ?? '–' },
      { title: 'to', value: ({ to }) => to ?? '–' },
      { title: 'result', value: ({ failure }) => (failure ? failure.reason.replace('_', ' ') : 'stored') },
    ]),
  )
  print(`gateway: ${description}`)
}

const KINDS: Readonly<Record<BackfilledItem['what'], string>> = {
  TRADES: 'closes',
  OPTION_IMPLIED_VOLATILITY: 'volatilities',
}

/** The items of one symbol together. */
function resultOf(symbol: string, items: readonly BackfilledItem[]) {
  const own = items.filter((item) => item.symbol === symbol)
  const dates = own.flatMap(({ from, to }) => [from, to]).filter((date) => date !== null)
  return {
    symbol,
    rows: Math.max(...own.map(({ sessions }) => sessions)),
    from: dates.sort()[0] ?? null,
    to: dates.at(-1) ?? null,
  }
}

/** Some failed: a warning for each reason. All of the symbols failed, whatever the VIX did: the failure of the first. */
function checkOutcome(items: readonly BackfilledItem[], { config, printWarning }: CommandContext): void {
  const failed = items.flatMap((item) => (item.failure ? [{ item, failure: item.failure }] : []))
  for (const message of new Set(failed.map(({ failure }) => failure.message))) {
    const affected = failed.filter(({ failure }) => failure.message === message)
    printWarning(`not stored: ${affected.map(({ item }) => describeItem(item)).join(', ')}: ${message}`)
  }
  const [first] = failed
  const isOfSymbol = ({ symbol }: BackfilledItem) => namesOf(config.symbols).includes(symbol)
  if (first && items.filter(isOfSymbol).every(({ failure }) => failure !== null)) {
    throw new Failure(first.failure.exitCode, `no daily history was stored: ${first.failure.message}`)
  }
}
