import type { Session } from '../../gateway/session/session.ts'
import type { Cycle } from '../cycle/cycle.ts'
import { handleCycleError } from '../cycle/cycle-errors.ts'
import type { CaptureOptions } from '../options.ts'
import { type FetchedSymbol, verdictOf } from './fetched-symbol.ts'

/** A fetch that got no answer although it could have: worth a retry, and counted by the breaker. */
class NothingAnswered extends Error {
  readonly fetched: FetchedSymbol

  constructor(fetched: FetchedSymbol) {
    super(`nothing of ${fetched.symbol} was answered`)
    this.name = 'NothingAnswered'
    this.fetched = fetched
  }
}

/** Runs one symbol's fetch on an open session, with the session source's retries. Never rejects. */
export async function fetchSymbol(
  symbol: string,
  fetchOn: (session: Session) => Promise<FetchedSymbol>,
  { deadline, budget }: Pick<Cycle, 'deadline' | 'budget'>,
  { sessions, log, signal }: Pick<CaptureOptions, 'sessions' | 'log' | 'signal'>,
): Promise<FetchedSymbol> {
  const ready = () => sessions.ready(deadline.signal, deadline.leftMs())
  const attempt = async () => {
    const fetched = await fetchOn(await ready())
    if (verdictOf(fetched) === 'failed') throw new NothingAnswered(fetched)
    return fetched
  }
  try {
    // Waiting for a session is not part of the fetch: an unreachable gateway does not count against the breaker.
    await ready()
    return await sessions.fetch(symbol, attempt, deadline.atMs)
  } catch (error) {
    if (error instanceof NothingAnswered) return error.fetched
    return { symbol, ...handleCycleError(error, { log, signal, sessions, symbol }) }
  } finally {
    budget.leave(symbol)
  }
}
