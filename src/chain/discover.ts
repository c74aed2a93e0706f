import type { Session } from '../gateway/session/session.ts'
import { newYorkInstant } from '../market/calendar.ts'
import type { Underlying } from '../market/contract.ts'
import type { SessionDate } from '../market/units.ts'
import { emptyCache, withContracts, withExpirations } from './cache-updates.ts'
import { type Chain, carryOver, chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
import { listContracts, listExpirations } from './chain-requests.ts'
import { openSteps } from './listing-steps.ts'
import type { UniverseOptions } from './universe.ts'

interface DiscoverOptions {
  readonly today: SessionDate
  readonly options: UniverseOptions
  /** The stored cache: what it lists for today is not requested again. */
  readonly cached: ChainCache | null
  readonly signal: AbortSignal
}

/**
 * Finds what is actually listed, from the contract details of each expiration. Never the cross product of expirations
 * and strikes, which contains contracts that do not exist. For commands that need one whole chain and store nothing:
 * rejects with the first request that fails. Cycles take their chains from a `ChainLister`.
 */
export async function discover(
  session: Session,
  underlying: Underlying,
  { today, options, cached, signal }: DiscoverOptions,
): Promise<Chain> {
  const known = cached?.underlying.conId === underlying.conId ? cached : emptyCache(underlying, today)
  let cache = carryOver(known, today)
  // The date may be tomorrow's; nothing here depends on the time of day.
  const at = newYorkInstant(today, '00:00')
  const round = { date: today, since: at }
  for (;;) {
    const [step] = openSteps(cache, round, options)
    if (!step || step.kind === 'underlying') return chainOf(cache, { today, options })
    if (step.kind === 'expirations') {
      const listed = await listExpirations(session, underlying, signal)
      cache = withExpirations(cache, listed, { at, today, options })
    } else {
      const listed = await listContracts(session, underlying, { expiry: step.expiry, signal })
      cache = withContracts(cache, step.expiry, listed, at)
    }
  }
}
