import type { Session } from '../../gateway/session/session.ts'
import { collect } from '../../harvest/collect.ts'
import { type Harvest, joinHarvests } from '../../harvest/harvest.ts'
import type { OptionContract } from '../../market/contract.ts'
import type { ConId } from '../../market/units.ts'
import type { Cycle } from '../cycle/cycle.ts'
import type { CaptureOptions } from '../options.ts'

/** One symbol's contracts in request order, and what is already known about them. */
export interface SymbolPlan {
  readonly symbol: string
  readonly order: readonly OptionContract[]
  readonly openInterest: ReadonlyMap<ConId, number>
}

/** How long to wait for the supervisor to notice the end of a session that this cycle has already noticed; ms. */
const SUPERVISOR_LAG_MS = 100

/**
 * Collects the whole plan, on several sessions if need be: contracts left open by a lost connection are requested
 * again on the next session, while there is time.
 */
export async function collectAll(
  session: Session,
  plan: SymbolPlan,
  cycle: Pick<Cycle, 'deadline' | 'streams' | 'journal'>,
  options: CaptureOptions,
): Promise<Harvest> {
  let current = session
  let harvest = await collectOn(current, plan, cycle, options)
  for (;;) {
    const lost = harvest.gaps.filter(({ reason }) => reason === 'connection_lost')
    const next = lost.length > 0 ? await sessionAfter(current, cycle, options) : null
    if (next === null) return harvest
    current = next
    // If this session has ended too, collecting on it returns gaps; what was answered so far is kept.
    await cycle.streams.attach(current).catch(() => {})
    const order = lost.map(({ contract }) => contract)
    harvest = joinHarvests(harvest, await collectOn(current, { ...plan, order }, cycle, options))
  }
}

function collectOn(
  session: Session,
  { symbol, order, openInterest }: SymbolPlan,
  { deadline, streams, journal }: Pick<Cycle, 'deadline' | 'streams' | 'journal'>,
  { config, sessions, lake, signal, onProgress }: CaptureOptions,
): Promise<Harvest> {
  const { greeksWaitMs, timeoutMs } = config.harvest
  return collect(
    session,
    { symbol, order, openInterest, underlyingPrice: () => streams.price(symbol) },
    { clock: lake.clock, waits: { greeksWaitMs, timeoutMs, deadlineAtMs: deadline.atMs }, signal },
    {
      journal,
      onStreamsLost: (listener) =>
        sessions.onStreamsLost(session, () => {
          streams.reattach(session).catch(() => {})
          listener()
        }),
      ...(onProgress && { onProgress }),
    },
  )
}

/** The session after one that has ended; null if none opens before the deadline. */
async function sessionAfter(
  ended: Session,
  { deadline }: Pick<Cycle, 'deadline'>,
  { sessions, lake, signal }: CaptureOptions,
): Promise<Session | null> {
  try {
    while (deadline.leftMs() > 0) {
      const next = await sessions.ready(deadline.signal, deadline.leftMs())
      if (next !== ended) return next
      await lake.clock.sleep(SUPERVISOR_LAG_MS, signal)
    }
    return null
  } catch {
    // The harvest so far is kept, and its gaps already say that the connection was lost.
    return null
  }
}
