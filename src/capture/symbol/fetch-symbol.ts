import type { Session } from '../../gateway/session/session.ts'
import { abortable } from '../../process/abortable.ts'
import type { Cycle } from '../cycle/cycle.ts'
import { DeadlineOver, handleCycleError } from '../cycle/cycle-errors.ts'
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
  fetchOn: (
    symbol: string,
    session: Session,
    cycle: Cycle,
    options: CaptureOptions,
  ) => Promise<FetchedSymbol>,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedSymbol> {
  const { deadline, budget } = cycle
  const { sessions, log, signal } = options
  const ready = () => sessions.ready(deadline.signal, deadline.leftMs())
  const unfetched = (error: unknown) => ({
    symbol,
    ...handleCycleError(error, { log, signal, sessions, symbol }),
  })

  /** One attempt, with signals that are also aborted when its own time is over. */
  async function attempt(limit: AbortSignal): Promise<FetchedSymbol> {
    const untilDeadline = abortable(deadline.signal, limit)
    const untilStop = abortable(signal, limit)
    try {
      const fetched = await fetchOn(
        symbol,
        await ready(),
        { ...cycle, deadline: { ...deadline, signal: untilDeadline.signal } },
        { ...options, signal: untilStop.signal },
      )
      if (verdictOf(fetched) === 'failed') throw new NothingAnswered(fetched)
      return fetched
    } catch (error) {
      // Our own deadline is not the gateway's failure.
      if (error instanceof DeadlineOver) return unfetched(error)
      throw error
    } finally {
      untilDeadline.release()
      untilStop.release()
    }
  }

  try {
    // Waiting for a session is not part of the fetch: an unreachable gateway does not count against the breaker.
    await ready()
    return await sessions.fetch(symbol, attempt, deadline.atMs)
  } catch (error) {
    return error instanceof NothingAnswered ? error.fetched : unfetched(error)
  } finally {
    budget.leave(symbol)
  }
}
