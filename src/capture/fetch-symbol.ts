import { chainCachePath, readChainCache, writeChainCache } from '../chain/chain-cache.ts'
import { type Chain, discover } from '../chain/discover.ts'
import type { Session } from '../gateway/session/session.ts'
import { collect } from '../harvest/collect.ts'
import { type Harvest, joinHarvests } from '../harvest/harvest.ts'
import type { Journal } from '../harvest/journal/journal.ts'
import { plan } from '../harvest/plan.ts'
import type { UnderlyingStreams } from '../harvest/underlyings.ts'
import { fetchVerdict } from '../harvest/verdict.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { Slot } from '../market/slot.ts'
import type { SlotReason } from '../snapshot/ledger.ts'
import type { Barrier } from './barrier.ts'
import type { Listed, Share } from './budget.ts'
import type { CaptureEnv } from './capture.ts'

/** What the fetches of one cycle share. */
export interface Cycle extends CaptureEnv {
  readonly slot: Slot
  readonly view: UnderlyingStreams
  readonly spool: Journal
  readonly deadlineAtMs: number
  /** Aborted at the deadline with DeadlineOver, or with the signal of the whole. */
  readonly untilDeadline: AbortSignal
  readonly budget: Barrier<Listed, Share>
}

/** What became of one symbol: its harvest, or why there is none. */
export type Fetched =
  | { readonly symbol: string; readonly chain: Chain; readonly harvest: Harvest; readonly skipped: number }
  | { readonly symbol: string; readonly reason: SlotReason; readonly detail: string | null }

/** The cycle has used up its time. */
export class DeadlineOver extends Error {
  constructor() {
    super('the cycle has used up its time')
    this.name = 'DeadlineOver'
  }
}

/** A symbol's fetch of which nothing came although it could have: worth another try, and counted by the breaker. */
class NothingAnswered extends Error {
  readonly fetched: Fetched & { harvest: Harvest }

  constructor(fetched: Fetched & { harvest: Harvest }) {
    super(`nothing of ${fetched.symbol} was answered`)
    this.name = 'NothingAnswered'
    this.fetched = fetched
  }
}

/** Everything for one symbol: what is listed, its part of the budget, the harvest. Never rejects. */
export async function fetchSymbol(underlying: Underlying, cycle: Cycle): Promise<Fetched> {
  const { symbol } = underlying
  try {
    // Waiting for a session is no fetch: a gateway that is away is not held against the breaker.
    await cycle.sessions.ready(cycle.untilDeadline, msTo(cycle))
    return await cycle.sessions.fetch(symbol, () => fetchOnce(underlying, cycle), cycle.deadlineAtMs)
  } catch (error) {
    if (error instanceof NothingAnswered) return error.fetched
    cycle.log.warn({ symbol, err: error }, 'the symbol could not be fetched')
    const reason = reasonOf(error, cycle)
    return { symbol, reason, detail: (error as Error).message }
  } finally {
    cycle.budget.leave(symbol)
  }
}

function reasonOf(error: unknown, { signal, sessions }: Cycle): SlotReason {
  if (signal.aborted) return 'stopped'
  return error instanceof DeadlineOver ? 'deadline' : sessions.reasonOf(error)
}

async function fetchOnce(underlying: Underlying, cycle: Cycle): Promise<Fetched> {
  const { symbol } = underlying
  const session = await cycle.sessions.ready(cycle.untilDeadline, msTo(cycle))
  await cycle.view.attach(session)
  const chain = await discoverKept(session, underlying, cycle)
  if (chain.contracts.length === 0) {
    return { symbol, reason: 'no_chain', detail: 'no expiration of the policy is listed' }
  }
  const share = await cycle.budget.join({ symbol, chain })
  const price = cycle.view.price(symbol)
  if (price === null) {
    const detail = cycle.view.notice(symbol)?.message ?? 'the underlying sent no price'
    return { symbol, reason: 'no_market_data', detail }
  }
  cycle.spool.planned({
    symbol,
    requested: share.wanted.length,
    skipped: share.skipped.length,
  })
  const harvest = await harvestAll(
    { symbol, order: plan(share.wanted, price.price) },
    { cycle, session, chain },
  )
  const fetched = {
    symbol,
    chain: { ...chain, cache: { ...chain.cache, windows: share.windows } },
    harvest,
    skipped: share.skipped.length,
  }
  if (fetchVerdict(harvest) === 'failed') throw new NothingAnswered(fetched)
  return fetched
}

async function discoverKept(
  session: Session,
  underlying: Underlying,
  { lake, slot, config, log, untilDeadline }: Cycle,
): Promise<Chain> {
  const path = chainCachePath(lake.layout.contracts, underlying.symbol)
  const kept = readChainCache(path)
  const chain = await discover(session, underlying, {
    today: slot.date,
    options: config.universe,
    kept,
    signal: untilDeadline,
  })
  try {
    writeChainCache(path, chain.cache)
  } catch (error) {
    log.warn({ err: error, path }, 'the chain is not kept: it will be asked for again')
  }
  return chain
}

/** Harvests the plan; what a lost connection left open is asked again on the next session, while there is time. */
async function harvestAll(
  work: { symbol: string; order: readonly OptionContract[] },
  { cycle, session, chain }: { cycle: Cycle; session: Session; chain: Chain },
): Promise<Harvest> {
  let on = session
  let harvest = await collectOn(on, work, { cycle, chain })
  for (;;) {
    const lost = harvest.gaps
      .filter(({ reason }) => reason === 'connection_lost')
      .map(({ contract }) => contract)
    const next = lost.length > 0 ? await nextSession(on, cycle) : null
    if (next === null) return harvest
    on = next
    // Where this session is over as well, the harvest says so: what was answered so far must not be lost for it.
    await cycle.view.attach(on).catch(() => {})
    const again = await collectOn(on, { symbol: work.symbol, order: lost }, { cycle, chain })
    harvest = joinHarvests(harvest, again)
  }
}

/** The session after the one that ended, if it opens before the deadline; null where there will be none. */
async function nextSession(ended: Session, cycle: Cycle): Promise<Session | null> {
  try {
    // The keeper hears of the end a moment after us.
    while (msTo(cycle) > 0) {
      const next = await cycle.sessions.ready(cycle.untilDeadline, msTo(cycle))
      if (next !== ended) return next
      await cycle.clock.sleep(100, cycle.signal)
    }
    return null
  } catch {
    // The harvest so far is worth keeping, and its gaps say already that the connection was lost.
    return null
  }
}

/** Time left to the cycle's deadline. */
function msTo({ clock, deadlineAtMs }: Cycle): number {
  return Math.max(0, deadlineAtMs - clock.monotonicMs())
}

function collectOn(
  session: Session,
  work: { symbol: string; order: readonly OptionContract[] },
  { cycle, chain }: { cycle: Cycle; chain: Chain },
): Promise<Harvest> {
  const { greeksWaitMs, timeoutMs } = cycle.config.harvest
  return collect(
    session,
    {
      ...work,
      openInterest: chain.cache.openInterest,
      underlyingPrice: () => cycle.view.price(work.symbol),
    },
    {
      clock: cycle.clock,
      waits: { greeksWaitMs, timeoutMs, deadlineAtMs: cycle.deadlineAtMs },
      signal: cycle.signal,
    },
    {
      journal: cycle.spool,
      onStreamsLost: (listener) =>
        cycle.sessions.onStreamsLost(session, () => {
          cycle.view.attachAgain(session).catch(() => {})
          listener()
        }),
      ...(cycle.onProgress && { onProgress: cycle.onProgress }),
    },
  )
}
