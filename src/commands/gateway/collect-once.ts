import type { Command } from 'commander'
import { storeFigures } from '../../analytics/stored/stored-figures.ts'
import { type Captured, capture } from '../../capture/capture.ts'
import { currentSlot } from '../../capture/current-slot.ts'
import { recoverJournals } from '../../capture/recover-journal.ts'
import { singleSession } from '../../capture/session-source.ts'
import { chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import { findUnderlying, findVix } from '../../chain/find-underlying.ts'
import type { Config } from '../../config/config.ts'
import { openSingleSession, type SingleSession } from '../../daemon/gateway-source.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import { newYorkDate, newYorkTime } from '../../market/calendar.ts'
import type { Underlying } from '../../market/contract.ts'
import type { Slot } from '../../market/slot.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { bytes, count, fixed } from '../terminal/format.ts'
import { openHarvestProgress } from '../terminal/harvest-progress.ts'
import { formatTable } from '../terminal/table.ts'

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
Running it again in the same slot updates the values and never duplicates a row.

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
  const gateway = await openSingleSession(config, { lifetime, log, signal, ibLimits })
  const slot = currentSlot(config, gateway.clock)
  const folder = gateway.lakeFolder
  const underlyings = await findAll(gateway, { config, folder, signal })
  const lake = await openLake(folder, { mode: 'write', source: gateway.source, clock: gateway.clock })
  lifetime.onClose(() => lake.close())
  context.say(
    `gateway: ${gateway.description}; slot ${slot.date} ${newYorkTime(slot.at)} New York; lake ${folder}`,
  )

  for (const { slot: at, rows } of await recoverJournals(lake, log, config.analytics)) {
    context.say(`recovered ${count(rows)} rows of slot ${newYorkTime(at)} from a run that was killed`)
  }
  const progress = openHarvestProgress(context.interactive, context.say)
  lifetime.onClose(() => progress.close())
  const captured = await capture(slot, underlyings, {
    config,
    sessions: singleSession(gateway.session, gateway.limits),
    lake,
    log,
    signal,
    quoteHistories: new Map(),
    onProgress: progress.update,
  })
  progress.close()
  await storeFigures(lake, slot, { received: captured.received, options: config.analytics })
  printSummary(context, { gateway, slot, folder, captured })
  checkOutcome(captured, gateway)
}

/** The underlyings and, if the gateway knows it, the VIX. They are looked up before anything is written. */
async function findAll(
  { session, clock }: SingleSession,
  { config, folder, signal }: { config: Config; folder: string; signal: AbortSignal },
): Promise<Underlying[]> {
  const today = newYorkDate(clock.now())
  const stock = (symbol: string) => {
    const kept = readChainCache(chainCachePath(layoutOf(folder).contracts, symbol))
    return kept?.date === today ? kept.underlying : findUnderlying(session, symbol, signal)
  }
  const [vix, ...stocks] = await Promise.all([findVix(session, signal), ...config.symbols.map(stock)])
  return vix ? [...stocks, vix] : stocks
}

interface Summary {
  readonly gateway: SingleSession
  readonly slot: Slot
  readonly folder: string
  readonly captured: Captured
}

function printSummary(context: CommandContext, { gateway, slot, folder, captured }: Summary): void {
  const { append, estimate, harvestSeconds } = captured
  const seconds = performance.now() / 1_000
  const residentBytes = process.resourceUsage().maxRSS * 1_024
  const cpu = process.cpuUsage()
  const counters = gateway.session.counters()
  if (context.json) {
    context.print(
      JSON.stringify({
        gateway: gateway.description,
        origin: gateway.source,
        lake: folder,
        slot: new Date(slot.at).toISOString(),
        version: append.version,
        files: append.files,
        bytes: append.bytes,
        rowsWritten: append.rowsWritten,
        commitMs: append.commitMs,
        planned: estimate,
        harvestSeconds,
        processSeconds: seconds,
        cpuSeconds: (cpu.user + cpu.system) / 1e6,
        peakResidentBytes: residentBytes,
        wire: counters,
        symbols: append.reports,
      }),
    )
    return
  }
  context.print(
    formatTable(append.reports, [
      { title: 'symbol', value: (row) => row.symbol },
      { title: 'outcome', value: (row) => row.outcome },
      { title: 'rows', align: 'right', value: (row) => count(row.rows) },
      { title: 'requested', align: 'right', value: (row) => count(row.requested) },
      { title: 'answered', align: 'right', value: (row) => count(row.answered) },
      { title: 'complete', align: 'right', value: (row) => count(row.complete) },
      { title: 'with greeks', align: 'right', value: (row) => count(row.with_greeks) },
      { title: 'skipped', align: 'right', value: (row) => count(row.skipped) },
      { title: 'underlying', align: 'right', value: (row) => fixed(row.underlying_price, 2) },
      { title: 'skew s', align: 'right', value: (row) => fixed(row.skew_seconds, 1) },
      { title: 'smile skew s', align: 'right', value: (row) => fixed(row.smile_skew_seconds, 2) },
    ]),
  )
  for (const { symbol, outcome, reason, detail } of append.reports) {
    if (outcome !== 'stored')
      context.say(`warning: ${symbol} is ${outcome}: ${reason}${detail ? `: ${detail}` : ''}`)
  }
  const answered = append.reports.reduce((sum, row) => sum + row.answered, 0)
  const vix = append.reports.find((row) => row.vix !== null)?.vix ?? null
  context.print(
    `stored ${count(answered)} answered contracts, ${count(append.rowsWritten)} rows in ${append.files} files, ${bytes(append.bytes)}, VIX ${fixed(vix, 2)}; ` +
      `harvest ${harvestSeconds.toFixed(1)} s, ${seconds.toFixed(1)} s in total, commit ${append.commitMs.toFixed(0)} ms, ${bytes(residentBytes)} resident; ` +
      `gateway: ${gateway.description}`,
  )
}

/** A slot of which nothing was stored is a failure; a partial one is a success with a warning. */
function checkOutcome({ append }: Captured, { description }: SingleSession): void {
  const [first] = append.reports
  if (!first || append.reports.some(({ outcome }) => outcome !== 'missing')) return
  throw new Failure(
    first.reason === 'connection_lost' ? EXIT.unreachable : EXIT.tryLater,
    `nothing was collected from ${description}: ${first.symbol}: ${first.reason}${first.detail ? `: ${first.detail}` : ''}; the ledger has the slot as missing`,
  )
}
