import type { Session } from '../gateway/session/session.ts'
import { newYorkInstant } from '../market/calendar.ts'
import type { Underlying } from '../market/contract.ts'
import type { Instrument } from '../market/instrument.ts'
import type { SessionDate } from '../market/units.ts'
import { emptyCache, withClasses, withContracts, withFutures } from './cache-updates.ts'
import { type Chain, carryOver, chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
import { listClasses, listContracts } from './chain-requests.ts'
import { listFutures } from './find-underlying.ts'
import { openSteps } from './listing-steps.ts'
import type { UniverseOptions } from './universe.ts'

interface DiscoverOptions {
  readonly today: SessionDate
  readonly options: UniverseOptions
  readonly instrument: Instrument
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
  { today, options, instrument, cached, signal }: DiscoverOptions,
): Promise<Chain> {
  const terms = { today, options, instrument }
  const kept = cached && carryOver(cached, today)
  let cache = kept?.underlying.conId === underlying.conId ? kept : emptyCache(underlying, today)
  // The date may be tomorrow's; nothing here depends on the time of day.
  const at = newYorkInstant(today, '00:00')
  const round = { date: today, since: at }
  for (;;) {
    const [step] = openSteps(cache, round, terms)
    if (!step || step.kind === 'underlying') return chainOf(cache, terms)
    if (step.kind === 'futures') {
      const futures = await listFutures(session, instrument, signal, today)
      cache = withFutures(cache, futures, { at, frontMonths: instrument.frontMonths })
    } else if (step.kind === 'expirations') {
      const listed = await listClasses(session, chainOf(cache, terms).underlyings, signal)
      cache = withClasses(cache, listed, { at, ...terms })
    } else {
      const listed = await listContracts(session, cache, { expiration: step, instrument, signal })
      cache = withContracts(cache, step, listed, at)
    }
  }
}
