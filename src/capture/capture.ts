import type { ReceivedOfSymbol } from '../analytics/stored/stored-figures.ts'
import type { Session } from '../gateway/session/session.ts'
import type { CycleEstimate } from '../harvest/plan.ts'
import { type AppendReport, append } from '../lake/write/append.ts'
import type { Underlying } from '../market/contract.ts'
import { collectsFutures } from '../market/instrument.ts'
import { instrumentIn } from '../market/instruments.ts'
import { type DueSlot, newestDate, slotOf } from '../market/slot.ts'
import { buildSlot } from './build-slot.ts'
import { type Cycle, openCycle } from './cycle/cycle.ts'
import { fetchBeside, fetchFuturesOnce } from './futures/fetch-futures.ts'
import type { CaptureOptions } from './options.ts'
import { collectPasses } from './symbol/collect-passes.ts'
import { fetchSymbol } from './symbol/fetch-symbol.ts'
import type { FetchedSymbol } from './symbol/fetched-symbol.ts'
import { startVixStream } from './vix-stream.ts'

export interface Captured {
  readonly append: AppendReport
  /** What the gateway sent for each stored symbol besides its rows. */
  readonly received: readonly ReceivedOfSymbol[]
  /** The estimate for the planned contracts; null if no chain was known. */
  readonly estimate: CycleEstimate | null
  /** Seconds from the first request of the harvest to its end. */
  readonly harvestSeconds: number
}

/**
 * Captures one slot from start to end: fetches the symbols it is due for concurrently, builds their rows and stores them in one
 * commit. Whatever the gateway does not deliver becomes a report in the ledger. Throws only if the lake cannot be
 * written.
 */
export async function capture(slot: DueSlot, options: CaptureOptions): Promise<Captured> {
  const { lake, onStage } = options
  onStage?.('chain')
  const cycle = openCycle(slot, options)
  const vix = startVixStream(cycle, options)
  try {
    const fetched = await Promise.all(
      slot.symbols.map((symbol) => fetchSymbol(symbol, fetchOn, cycle, options)),
    )
    await vix.firstLevel()
    await cycle.endRequests()

    onStage?.('write')
    const symbols = await buildSlot(fetched, cycle, options)
    const commit = { slot: slot.at, date: newestDate(slot), symbols }
    const report = await append(lake, commit, options.onStored)
    cycle.journal.remove()

    const received = report.reports
      .filter(({ rows, future_rows }) => rows > 0 || (future_rows ?? 0) > 0)
      .map(({ symbol, kind, vix }) => ({
        ...{ symbol, kind },
        vix,
        ivIndexFraction: cycle.streams.impliedVol30Fraction(symbol),
      }))
    return {
      append: report,
      received,
      estimate: cycle.budget.estimate(),
      harvestSeconds: cycle.harvestSeconds(),
    }
  } finally {
    cycle.journal.close()
  }
}

/** The underlying of a chain that is known, of futures the nearest; else it is looked up. */
async function underlyingIn(
  symbol: string,
  session: Session,
  { slot, deadline }: Cycle,
  { config, chains, finder }: CaptureOptions,
): Promise<Underlying> {
  const { date } = slotOf(slot, symbol)
  const chain = chains.chain(symbol, date)
  const isListed = chain !== null && (chain.underlying.secType !== 'FUT' || chain.cache.futures.length > 0)
  return isListed
    ? chain.underlying
    : finder.find(instrumentIn(config.symbols, symbol), session, deadline.signal, date)
}

/**
 * Fetches one symbol on one session: its futures, its chain, or both. For the chain it finds the underlying, takes what is
 * listed, fits it into the budget, sorts the contracts and collects them; it waits for other symbols only in the budget,
 * and not longer than that allows.
 */
async function fetchOn(
  symbol: string,
  session: Session,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedSymbol> {
  const instrument = instrumentIn(options.config.symbols, symbol)
  if (instrument.kind === 'FUT') {
    return { symbol, futures: await fetchFuturesOnce(instrument, session, cycle, options) }
  }
  const [chain] = await Promise.allSettled([
    fetchChain(symbol, session, cycle, options),
    collectsFutures(instrument) ? fetchBeside(instrument, session, cycle, options) : null,
  ])
  if (chain.status === 'rejected') throw chain.reason
  return chain.value
}

async function fetchChain(
  symbol: string,
  session: Session,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedSymbol> {
  const underlying = await underlyingIn(symbol, session, cycle, options)
  await cycle.streams.open(underlying, session)
  return collectPasses(session, underlying, cycle, options)
}
