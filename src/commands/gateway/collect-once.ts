import type { Command } from 'commander'
import { storeFigures } from '../../analytics/stored/stored-figures.ts'
import { type Captured, capture } from '../../capture/capture.ts'
import { awaitSlot } from '../../capture/current-slot.ts'
import { recoverJournals } from '../../capture/recover-journal.ts'
import { singleSession } from '../../capture/session-source.ts'
import { startSlotChains } from '../../capture/slot-chains.ts'
import { checkAnyKnown, createUnderlyingFinder } from '../../capture/underlying-contracts.ts'
import { chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import { readFutureCache } from '../../chain/futures/future-cache.ts'
import { createFutureSource } from '../../chain/futures/future-source.ts'
import { createSurfaceQueue } from '../../daemon/cycles/surface-queue.ts'
import { openSingleSession, type SingleSession } from '../../daemon/sessions/gateway-source.ts'
import { checkKinds } from '../../daemon/stored-kinds.ts'
import { createTimetable } from '../../daemon/timetable.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import { storeLedger } from '../../lake/tables/ledger.ts'
import { newYorkDate, newYorkTime } from '../../market/calendar.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { openActivity } from '../terminal/activity.ts'
import { amount } from '../terminal/format.ts'
import { openHarvestProgress } from '../terminal/harvest-progress.ts'
import { printSummary, summarize } from './slot-summary.ts'

export function registerCollectOnce(program: Command, signal: AbortSignal): void {
  program
    .command('collect-once')
    .description('collect the current slot of every chain, store it, and end')
    .option(
      '--ib-limits',
      "enforce Interactive Brokers' limits on the embedded gateway: 50 messages/s, 100 lines",
    )
    .addHelpText(
      'after',
      `
Without a gateway the embedded simulator is used, so this works on any machine at any hour.
Running it again in the same slot updates the values and never duplicates a row. With seconds left of the slot it
waits for the next one.

Examples:
  optionlake collect-once
  optionlake collect-once --gateway 127.0.0.1:4001
  optionlake collect-once --symbols SPY,QQQ --lake /var/lib/optionlake/ib`,
    )
    .action((options: { ibLimits?: true }, command: Command) =>
      withContext(command, signal, (context) => collectOnce(context, options.ibLimits === true)),
    )
}

async function collectOnce(context: CommandContext, ibLimits: boolean): Promise<void> {
  const { config, lifetime, log, signal } = context
  openActivity('connecting to the gateway', context.interactive)
  const gateway = await openSingleSession(config, { lifetime, log, signal, ibLimits })
  const folder = gateway.lakeFolder
  const { contracts } = layoutOf(folder)
  const { timetable, refresh } = createTimetable(config.symbols, config.harvest)
  const notices = refresh(newYorkDate(gateway.clock.now()), {
    chainOf: (symbol) => readChainCache(chainCachePath(contracts, symbol)),
    futureHoursOf: (symbol) => readFutureCache(contracts, symbol)?.hours ?? null,
  })
  const slot = await awaitSlot(
    { timetable, harvest: config.harvest },
    { clock: gateway.clock, signal, say: context.printStatus },
  )
  const finder = createUnderlyingFinder(contracts)
  // Before anything is written: with unknown symbols only, no lake must be left behind.
  const due = config.symbols.filter(({ symbol }) => slot.symbols.includes(symbol))
  await checkAnyKnown(due, finder, { session: gateway.session, signal })
  const lake = await openLake(folder, { mode: 'write', source: gateway.source, clock: gateway.clock })
  lifetime.onClose(() => lake.close())
  await checkKinds(lake, config.symbols)
  context.printStatus(
    `gateway: ${gateway.description}; slot ${newYorkDate(slot.at)} ${newYorkTime(slot.at)} New York; lake ${folder}`,
  )
  for (const notice of notices) context.printStatus(notice)

  const surfaces = createSurfaceQueue(lake, { options: config.analytics, log })
  lifetime.onClose(() => surfaces.close())
  for (const { slot: at, dates, symbols, rows } of await recoverJournals(lake, log, config.analytics)) {
    context.printStatus(
      `recovered ${amount(rows, 'row')} of slot ${newYorkTime(at)} from a run that was killed`,
    )
    surfaces.add({ at, dates }, symbols)
  }
  const chains = startSlotChains(gateway.session, slot, { config, lake, log, signal: lifetime.signal })
  lifetime.onClose(() => chains.done)
  const progress = openHarvestProgress(context.interactive, context.printStatus)
  lifetime.onClose(() => progress.close())
  const captured = await capture(slot, {
    config,
    chains,
    futures: createFutureSource({ folder: contracts, clock: gateway.clock, log, signal: lifetime.signal }),
    sessions: singleSession(gateway.session, gateway.limits),
    finder,
    lake,
    log,
    signal,
    quoteHistories: new Map(),
    onProgress: progress.update,
  })
  progress.close()
  await storeFigures(lake, slot, { received: captured.received, options: config.analytics })
  surfaces.add(
    slot,
    captured.received.map(({ symbol }) => symbol),
  )
  printSummary(context, summarize(captured, { gateway, slot }))
  await storeLedger(lake)
  await surfaces.idle()
  if (captured.append.reports.some(({ outcome }) => outcome !== 'stored')) signal.throwIfAborted()
  checkOutcome(captured, gateway)
}

/** A slot with nothing stored is a failure; a partial one is a success with a warning. */
function checkOutcome({ append }: Captured, { description }: SingleSession): void {
  const { reports } = append
  const first = reports.find(({ reason }) => reason !== 'unknown_symbol') ?? reports[0]
  if (!first || reports.some(({ outcome }) => outcome !== 'missing')) return
  throw new Failure(
    first.reason === 'connection_lost' ? EXIT.unreachable : EXIT.tryLater,
    `nothing was collected from ${description}: ${first.symbol}: ${first.reason}${first.detail ? `: ${first.detail}` : ''}; the ledger records the slot as missing`,
  )
}
