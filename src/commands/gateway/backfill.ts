import type { Command } from 'commander'
import { BACKFILL_DAYS, backfill } from '../../capture/backfill.ts'
import { createUnderlyingFinder } from '../../capture/underlying-contracts.ts'
import { openSingleSession } from '../../daemon/gateway-source.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Ten years. */
const MAX_DAYS = 3_650

export function registerBackfill(program: Command, signal: AbortSignal): void {
  program
    .command('backfill')
    .description(
      "store the gateway's daily history, which rank and trend need: closes, 30-day implied volatility, VIX",
    )
    .option('--days <number>', 'calendar days to go back', String(BACKFILL_DAYS))
    .addHelpText(
      'after',
      `
The daemon does this at its first start. Rows computed from stored chains are not changed.

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
  const gateway = await openSingleSession(config, { lifetime, log, signal })
  const { session, clock } = gateway
  const folder = gateway.lakeFolder
  const finder = createUnderlyingFinder(config.symbols, layoutOf(folder).contracts)
  const underlyings = await finder.find(async () => session, signal)
  const lake = await openLake(folder, { mode: 'write', source: gateway.source, clock })
  lifetime.onClose(() => lake.close())
  const results = await backfill(session, lake, underlyings, {
    days,
    clock,
    signal,
    onProgress: (done, total, symbol) => {
      if (symbol) context.printStatus(`${done + 1} of ${total}: ${symbol}`)
    },
  })
  if (context.json) context.print(JSON.stringify({ gateway: gateway.description, lake: folder, results }))
  else {
    context.print(
      formatTable(results, [
        { title: 'symbol', value: ({ symbol }) => symbol },
        { title: 'sessions', align: 'right', value: ({ rows }) => count(rows) },
        { title: 'from', value: ({ from }) => from ?? '–' },
        { title: 'to', value: ({ to }) => to ?? '–' },
      ]),
    )
    context.print(`gateway: ${gateway.description}`)
  }
}
