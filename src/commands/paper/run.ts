import { type Command, Option } from 'commander'
import type { Config } from '../../config/config.ts'
import { cancelWithoutJournal } from '../../paper/live/cancel-without-journal.ts'
import { openPaperTrader, type PaperTrader } from '../../paper/live/open-paper-trader.ts'
import { watchSlots } from '../../paper/live/watch-slots.ts'
import type { StopReport, TraderReport } from '../../paper/trader.ts'
import { Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { describeEvent } from './describe-event.ts'
import { type ReplayOptions, runReplay, wantsReplay } from './replay.ts'

interface RunOptions extends Partial<ReplayOptions> {
  readonly account?: readonly string[]
}

export function registerRun(command: Command, signal: AbortSignal, version: string): void {
  command
    .addOption(
      new Option(
        '--account <number...>',
        'paper accounts that may be traded; all that the gateway manages must be listed (default: paper.accounts)',
      ),
    )
    .option('--journal <file>', 'journal of decisions and orders (default: paper.journal)')
    .option('--replay <lake>', 'backtest: trade the stored slots of a lake, in a simulated account')
    .option('--from <time>', 'backtest: first slot (default: that of the lake)')
    .option('--to <time>', 'backtest: last slot (default: that of the lake)')
    .option('--speed <number>', 'backtest: pace, in multiples of real time (default: as fast as it goes)')
    .option('--equity <file.csv>', 'backtest: write profit and loss of every slot')
    .addHelpText(
      'after',
      `
Uses the collector that runs for this lake and gateway, or starts one and stops
it again. Without a gateway the embedded simulator is used, whose account begins
anew with each run. Orders go to paper accounts (DU…) only.
No figure, no entry: where iv_rank, vix or the trend is null, the reason is
printed and journaled. Ctrl-C cancels the orders that are open and says what is
left; positions stay.

Examples:
  optionlake paper run
  optionlake paper run --gateway 127.0.0.1:4002 --account DU1234567
  optionlake paper run --replay lake/ib --from 2026-09-14T09:30:00-04:00
  optionlake paper run --json | jq 'select(.kind == "decision")'`,
    )
    .action((options: RunOptions, own: Command) =>
      withContext(own, signal, (context) =>
        wantsReplay(options, own.optsWithGlobals())
          ? runReplay(context, options, version)
          : run(context, options, version),
      ),
    )
}

/** How long the gateway may take to answer the cancels of the end. */
const CANCEL_MS = 10_000

async function run(context: CommandContext, options: RunOptions, version: string): Promise<void> {
  const { lifetime, log, signal, printStatus, printWarning } = context
  const config = withOptions(context.config, options)
  const parts = await openPaperTrader(config, {
    ...{ lifetime, log, version, signal },
    onMarket: ({ description }) => printStatus(description),
  })
  const { trader, market, journal, symbols } = parts
  printStatus(`journal ${journal.path}; trading ${symbols.join(', ')}; Ctrl-C stops`)
  if (journal.damaged > 0) {
    printWarning(`${journal.damaged} lines of the journal cannot be read and were skipped`)
  }
  sayWhatIsHeld(parts, printStatus)
  const onReport = (report: TraderReport) => printEvents(context, report)
  let trouble = ''
  const watching = watchSlots(
    { trader, market, symbols },
    {
      ...{ clock: market.clock, signal, onReport },
      onTrouble: (error) => {
        const message = error instanceof Error ? error.message : String(error)
        // The same trouble comes back every few seconds.
        if (message !== trouble) printWarning(message)
        trouble = message
        if (!(error instanceof Failure)) log.error({ err: error }, 'a round of the paper trader failed')
      },
      // Without its journal, a trader could order twice.
      isFatal: () => journal.failure() !== null,
    },
  )
  try {
    await watching
    printStatus('stopping: cancelling open orders')
    const report = await trader.stop('stopped by the user', CANCEL_MS)
    onReport(report)
    sayWhatIsLeft(report, printStatus)
  } catch (error) {
    if (journal.failure() !== null) await stopWithoutJournal(parts, printStatus)
    throw error
  }
}

async function stopWithoutJournal(
  { trader, orders, market }: PaperTrader,
  say: (line: string) => void,
): Promise<void> {
  say('the journal cannot be written: cancelling open orders')
  const { clock } = market
  const { cancelled, left } = await cancelWithoutJournal(orders, trader.state(), {
    clock,
    limitMs: CANCEL_MS,
  })
  sayOrders(cancelled, left, say)
}

function withOptions(config: Config, { account, journal }: RunOptions): Config {
  return {
    ...config,
    paper: {
      ...config.paper,
      ...(account && { accounts: [...account] }),
      ...(journal !== undefined && { journal }),
    },
  }
}

function printEvents({ json, print }: CommandContext, { events }: TraderReport): void {
  for (const event of events) {
    const line = json ? JSON.stringify(event) : describeEvent(event)
    if (line !== null) print(line)
  }
}

function sayWhatIsHeld({ trader, symbols }: PaperTrader, say: (line: string) => void): void {
  for (const { id, symbol, phase } of trader.state().positions.values()) {
    if (phase === 'closed') continue
    const watched = symbols.includes(symbol) ? '' : `; warning: ${symbol} is not traded, so it is not managed`
    say(`from the journal: ${id}, ${phase}${watched}`)
  }
}

function sayWhatIsLeft({ cancelled, ordersLeft, positions }: StopReport, say: (line: string) => void): void {
  sayOrders(cancelled, ordersLeft, say)
  say(`positions left: ${listed(positions.map(({ id }) => id))}`)
}

function sayOrders(cancelled: readonly string[], left: readonly string[], say: (line: string) => void): void {
  say(`orders cancelled: ${listed(cancelled)}`)
  say(`orders left open: ${listed(left)}`)
}

function listed(all: readonly string[]): string {
  return all.length === 0 ? 'none' : all.join(', ')
}
