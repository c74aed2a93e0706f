import type { Session } from '../../gateway/session/session.ts'
import { collectOn, createCollection, endCollection, isCutOff } from '../../harvest/collect.ts'
import type { Harvest } from '../../harvest/harvest.ts'
import { underlyingPriceOf } from '../../harvest/underlying-streams.ts'
import { isOption, type OptionContract, type QuotedContract } from '../../market/contract.ts'
import type { ConId } from '../../market/units.ts'
import type { Cycle } from '../cycle/cycle.ts'
import type { CaptureOptions } from '../options.ts'

/** One symbol's contracts in request order, and what is already known about them. */
export interface SymbolPlan<C extends QuotedContract = OptionContract> {
  readonly symbol: string
  readonly order: readonly C[]
  readonly openInterest: ReadonlyMap<ConId, number>
  /** Of futures: the index whose stream has the level that they are held against; null: none has. */
  readonly pricedBy?: string | null
}

/** How long to wait for the supervisor to notice the end of a session that this cycle has already noticed; ms. */
const SUPERVISOR_LAG_MS = 100

/**
 * Collects the whole plan, on several sessions if need be: contracts left open by a lost connection are requested
 * again on the next session, while there is time.
 */
export async function collectAll<C extends QuotedContract>(
  session: Session,
  plan: SymbolPlan<C>,
  cycle: Pick<Cycle, 'deadline' | 'streams' | 'journal'>,
  options: CaptureOptions,
): Promise<Harvest<C>> {
  const { deadline, streams, journal } = cycle
  const { config, sessions, lake, signal, onProgress } = options
  const { clock } = lake
  const { greeksWaitMs, timeoutMs } = config.harvest
  const waits = { greeksWaitMs, timeoutMs, deadlineAtMs: deadline.atMs }
  const { pricedBy = null } = plan
  const underlyingPrice = (contract: QuotedContract) => {
    if (isOption(contract)) return underlyingPriceOf(contract, streams)
    return pricedBy === null ? null : streams.price(pricedBy)
  }
  const collection = createCollection<C>({ ...plan, underlyingPrice }, clock)
  let current = session
  for (;;) {
    const on = current
    const onStreamsLost = (listener: () => void) =>
      sessions.onStreamsLost(on, () => {
        streams.reattach(on).catch(() => {})
        listener()
      })
    const observers = { journal, onStreamsLost, ...(onProgress && { onProgress }) }
    await collectOn(on, collection, { clock, waits, signal }, observers)
    const next = isCutOff(collection) ? await sessionAfter(on, cycle, options) : null
    if (next === null) return endCollection(collection, on, { clock }, observers)
    current = next
    // If this session has ended too, collecting on it ends at once; what was answered so far is kept.
    await streams.attach(current).catch(() => {})
  }
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
