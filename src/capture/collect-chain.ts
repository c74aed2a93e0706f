import { discover } from '../chain/discover.ts'
import { findUnderlying } from '../chain/find-underlying.ts'
import type { Config } from '../config/config.ts'
import type { Session } from '../gateway/session/session.ts'
import { collect, type HarvestProgress } from '../harvest/collect.ts'
import { plan } from '../harvest/plan.ts'
import { openUnderlyingStreams } from '../harvest/underlying-streams.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { SymbolReport } from '../snapshot/symbol-report.ts'
import { buildSymbolSlot } from './build-rows.ts'
import { currentSlot } from './current-slot.ts'
import { cycleSeconds, type Priced, selectAll, windowCentreOf } from './cycle/budget.ts'
import type { WireLimits } from './session-source.ts'

/** One symbol's chain, in the form that a slot would store. */
export interface ChainSnapshot {
  readonly slot: EpochMs
  /** One row for each contract that answered, as a lake would store it. */
  readonly rows: readonly SnapshotRow[]
  /** What was requested and received, as the ledger would store it. */
  readonly report: SymbolReport
}

/** How long the underlying may take to send its first price. */
const PRICE_WAIT_MS = 10_000

/**
 * Collects the current slot of one symbol on an open session, within the configured universe and budget. Stores
 * nothing.
 * @throws Failure EXIT.tryLater outside the session or without a price for the underlying; EXIT.usage for an unknown
 * symbol.
 */
export async function collectChain(
  symbol: string,
  {
    session,
    clock,
    limits,
  }: { readonly session: Session; readonly clock: Clock; readonly limits: WireLimits },
  {
    config,
    signal,
    onProgress,
  }: {
    readonly config: Config
    readonly signal: AbortSignal
    onProgress?(progress: HarvestProgress): void
  },
): Promise<ChainSnapshot> {
  const slot = currentSlot(config, clock)
  const { greeksWaitMs, timeoutMs } = config.harvest
  const deadlineAtMs = clock.monotonicMs() + cycleSeconds(config) * 1_000
  const underlying = await findUnderlying(session, symbol, signal)
  const streams = openUnderlyingStreams([underlying], { clock, signal })
  await streams.attach(session)
  const options = { today: slot.date, options: config.universe, cached: null, signal }
  const chain = await discover(session, underlying, options)
  await streams.waitFor('all', PRICE_WAIT_MS)
  const spot = windowCentreOf(symbol, streams)
  if (spot === null) {
    const why = streams.notice(symbol)?.message ?? 'the gateway sent none'
    throw new Failure(EXIT.tryLater, `no price for ${symbol}: ${why}; see optionlake doctor`)
  }
  const priced: Priced = { symbol, chain, spot }
  const { selections } = selectAll([priced], { config, limits }, cycleSeconds(config))
  const { wanted = [], skipped = [] } = selections.get(symbol) ?? {}
  const { openInterest } = chain.cache
  const harvest = await collect(
    session,
    {
      ...{ symbol, order: plan(wanted, spot.price), openInterest },
      underlyingPrice: () => streams.price(symbol),
    },
    { clock, waits: { greeksWaitMs, timeoutMs, deadlineAtMs }, signal },
    onProgress ? { onProgress } : {},
  )
  const underlyingPrice = streams.price(symbol)?.price ?? null
  streams.close()
  const facts = { openInterest, underlyingPrice, vix: null, skipped: skipped.length }
  const building = { analytics: config.analytics, quoteHistories: new Map() }
  const { rows, report } = buildSymbolSlot(harvest, slot, facts, building)
  return { slot: slot.at, rows, report }
}
