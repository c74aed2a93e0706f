import type { ReceivedOfSymbol } from '../analytics/stored/stored-figures.ts'
import type { Session } from '../gateway/session/session.ts'
import { type CycleEstimate, plan } from '../harvest/plan.ts'
import { type AppendReport, append } from '../lake/write/append.ts'
import type { Underlying } from '../market/contract.ts'
import type { Slot } from '../market/slot.ts'
import { buildSlot } from './build-slot.ts'
import { type Cycle, openCycle } from './cycle/cycle.ts'
import type { CaptureOptions } from './options.ts'
import { discoverCached, updateChainCache } from './symbol/cached-chain.ts'
import { collectAll } from './symbol/collect-all.ts'
import { fetchSymbol } from './symbol/fetch-symbol.ts'
import { type FetchedSymbol, isHarvested } from './symbol/fetched-symbol.ts'

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
 * Captures one slot from start to end: fetches all symbols concurrently, builds their rows and stores them in one
 * commit. Whatever the gateway does not deliver becomes a report in the ledger. Throws only if the lake cannot be
 * written.
 */
export async function capture(
  slot: Slot,
  underlyings: readonly Underlying[],
  options: CaptureOptions,
): Promise<Captured> {
  const { lake, log, onStage } = options
  onStage?.('chain')
  const cycle = openCycle(slot, underlyings, options)
  try {
    const fetched = await Promise.all(
      cycle.stocks.map((stock) =>
        fetchSymbol(stock.symbol, (session) => fetchOn(session, stock, cycle, options), cycle, options),
      ),
    )
    await cycle.endRequests()

    onStage?.('write')
    const symbols = await buildSlot(fetched, cycle, options)
    const report = await append(lake, { slot: slot.at, date: slot.date, symbols })
    cycle.journal.remove()
    for (const one of fetched.filter(isHarvested)) updateChainCache(one, lake.layout.contracts, log)

    const received = report.reports
      .filter(({ rows }) => rows > 0)
      .map(({ symbol, vix }) => ({
        symbol,
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

/**
 * Fetches one symbol on one session: discovers its chain, fits it into the budget, sorts the contracts and collects
 * them.
 */
async function fetchOn(
  session: Session,
  underlying: Underlying,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedSymbol> {
  const { symbol } = underlying
  const { streams, budget, journal } = cycle
  await streams.attach(session)
  const chain = await discoverCached(session, underlying, cycle, options)
  if (chain.contracts.length === 0) {
    return { symbol, reason: 'no_chain', detail: 'no expiration of the policy is listed' }
  }
  const { wanted, skipped, windows } = await budget.join({ symbol, chain })
  const price = streams.price(symbol)
  if (price === null) {
    const notice = streams.notice(symbol)
    const detail = notice?.message ?? 'the underlying sent no price'
    return { symbol, reason: notice?.kind === 'lines' ? 'lines_exhausted' : 'no_market_data', detail }
  }
  journal.planned({ symbol, requested: wanted.length, skipped: skipped.length })
  const order = plan(wanted, price.price)
  const { openInterest } = chain.cache
  const harvest = await collectAll(session, { symbol, order, openInterest }, cycle, options)
  return {
    symbol,
    chain: { ...chain, cache: { ...chain.cache, windows } },
    harvest,
    skipped: skipped.length,
  }
}
