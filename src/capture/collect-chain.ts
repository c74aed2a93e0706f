import { discover } from '../chain/discover.ts'
import { findUnderlying } from '../chain/find-underlying.ts'
import { centreFor } from '../chain/strike-window.ts'
import type { Config } from '../config/config.ts'
import type { Session } from '../gateway/session/session.ts'
import { collect, type HarvestProgress } from '../harvest/collect.ts'
import { plan } from '../harvest/plan.ts'
import { openUnderlyingStreams, underlyingPriceOf } from '../harvest/underlying-streams.ts'
import type { Clock } from '../market/clock.ts'
import { instrumentIn } from '../market/instruments.ts'
import { optionSessionOn } from '../market/option-hours.ts'
import { type Slot, slotOf } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { SymbolReport } from '../snapshot/symbol-report.ts'
import { buildSymbolSlot } from './build-rows.ts'
import { awaitSlot } from './current-slot.ts'
import { type Priced, selectAll, windowCentresOf } from './cycle/budget.ts'
import { DeadlineOver } from './cycle/cycle-errors.ts'
import { type Deadline, openDeadline } from './cycle/deadline.ts'
import { chainExpiryTimes, withoutExpired } from './expiry-times.ts'
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

/** An open session, the clock and the limits to use with it. */
interface ChainGateway {
  readonly session: Session
  readonly clock: Clock
  readonly limits: WireLimits
}

interface CollectChainOptions {
  readonly config: Config
  readonly signal: AbortSignal
  /** Gets one line when the slot has not begun yet. */
  say(line: string): void
  onProgress?(progress: HarvestProgress): void
}

/**
 * Collects the current slot of one symbol on an open session, within the configured universe and budget; the next
 * slot if too little of the current one is left. Stores nothing.
 * @throws Failure EXIT.tryLater outside the session, without a price for the underlying, and when the slot's time is
 * over before its chain is known; EXIT.usage for an unknown symbol.
 */
export async function collectChain(
  symbol: string,
  gateway: ChainGateway,
  options: CollectChainOptions,
): Promise<ChainSnapshot> {
  const { clock } = gateway
  const { config, signal, say } = options
  const { harvest } = config
  const timetable = { grid: harvest, symbols: [symbol], sessionOn: optionSessionOn }
  const slot = slotOf(await awaitSlot({ timetable, harvest }, { clock, signal, say }), symbol)
  const deadline = openDeadline(slot, config.harvest, { clock, signal })
  try {
    return await collectSlot(symbol, gateway, { ...options, slot, deadline })
  } catch (error) {
    if (!(error instanceof DeadlineOver)) throw error
    throw new Failure(EXIT.tryLater, `the slot was over before the chain of ${symbol} was known`, error)
  } finally {
    await deadline.close()
  }
}

async function collectSlot(
  symbol: string,
  { session, clock, limits }: ChainGateway,
  {
    config,
    signal,
    slot,
    deadline,
    onProgress,
  }: CollectChainOptions & { readonly slot: Slot; readonly deadline: Deadline },
): Promise<ChainSnapshot> {
  const { greeksWaitMs, timeoutMs } = config.harvest
  const instrument = instrumentIn(config.symbols, symbol)
  const underlying = await findUnderlying(session, instrument, deadline.signal, slot.date)
  const listed = await discover(session, underlying, {
    today: slot.date,
    options: config.universe,
    instrument,
    cached: null,
    signal: deadline.signal,
  })
  const chain = withoutExpired(listed, slot.at)
  const streams = openUnderlyingStreams(chain.underlyings, { clock, signal: deadline.signal })
  await streams.attach(session)
  await streams.waitFor('all', PRICE_WAIT_MS, symbol)
  const spots = windowCentresOf(chain, streams)
  const [spot] = spots
  if (!spot) {
    const why = streams.notice(symbol)?.message ?? 'the gateway sent none'
    throw new Failure(EXIT.tryLater, `no price for ${symbol}: ${why}; see optionlake doctor`)
  }
  const priced: Priced = { symbol, chain, spots }
  const { selections } = selectAll([priced], { config, limits }, deadline.leftMs() / 1_000)
  const { wanted = [], skipped = [] } = selections.get(symbol) ?? {}
  const { openInterest } = chain.cache
  const harvest = await collect(
    session,
    {
      ...{ symbol, openInterest },
      order: plan(wanted, (contract) => (centreFor(contract, spots) ?? spot).price),
      underlyingPrice: (contract) => underlyingPriceOf(contract, streams),
    },
    { clock, waits: { greeksWaitMs, timeoutMs, deadlineAtMs: deadline.atMs }, signal },
    onProgress ? { onProgress } : {},
  )
  const underlyingPrice = streams.price(symbol)?.price ?? null
  streams.close()
  const expiresAt = chainExpiryTimes(chain.cache)
  const facts = { openInterest, expiresAt, underlyingPrice, vix: null, skipped: skipped.length }
  const building = { analytics: config.analytics, quoteHistories: new Map() }
  const { rows, report } = buildSymbolSlot(harvest, slot, facts, building)
  return { slot: slot.at, rows, report }
}
