import type { Session } from '../../gateway/session/session.ts'
import type { Clock } from '../../market/clock.ts'
import type { Instrument } from '../../market/instrument.ts'
import type { ConId, SessionDate } from '../../market/units.ts'
import { abortable } from '../../process/abortable.ts'
import type { Log } from '../../process/log.ts'
import { UnknownSymbol } from '../find-underlying.ts'
import { type FutureCache, readFutureCache, writeFutureCache } from './future-cache.ts'
import { listFuturesWithHours } from './futures-with-hours.ts'

/** Where a cycle gets the lists of futures. They are few, so the cycle that needs one asks for it, once a trade date. */
export interface FutureSource {
  /**
   * The futures of an instrument: today's list, or after a short wait the newest one there is, while today's is still
   * awaited for the slots to come. Rejects only where nothing is known: with what the request throws, UnknownSymbol
   * among it, or the signal's reason.
   */
  list(instrument: Instrument, date: SessionDate, on: ListingSession): Promise<ListedToday>
  /** What is known of a symbol's futures, from any day; null if nothing. */
  known(symbol: string): FutureCache | null
  /** Keeps what a cycle learned: open interest for the rest of the day, and contracts that the gateway does not know. */
  learn(symbol: string, date: SessionDate, learned: LearnedOfFutures): void
}

interface ListingSession {
  readonly session: Session
  readonly signal: AbortSignal
}

export interface ListedToday {
  readonly cache: FutureCache
  /** Open interest that is known for the trade date. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** What is to be said about the list; null for one of the day. */
  readonly detail: string | null
}

export interface LearnedOfFutures {
  readonly openInterest: ReadonlyMap<ConId, number>
  readonly refused: readonly ConId[]
}

/** How long a list of another day waits for today's, ms. A gateway answers within a second unless it has just started. */
const TODAY_WAIT_MS = 5_000

export function createFutureSource({
  folder,
  clock,
  log,
  signal,
}: {
  /** That of the chain caches. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}): FutureSource {
  const caches = new Map<string, FutureCache | null>()
  const running = new Map<string, Promise<void>>()
  const problems = new Map<string, string>()
  /** Lists that a cycle found to have contracts that do not exist. */
  const outdated = new Set<string>()

  function known(symbol: string): FutureCache | null {
    const own = caches.get(symbol)
    if (own !== undefined) return own
    const read = readFutureCache(folder, symbol)
    caches.set(symbol, read)
    return read
  }

  function keep(cache: FutureCache): void {
    caches.set(cache.symbol, cache)
    try {
      writeFutureCache(folder, cache)
    } catch (error) {
      const { symbol } = cache
      log.warn(
        { err: error, symbol },
        `the futures of ${symbol} could not be cached: the next start lists them again`,
      )
    }
  }

  async function refresh(instrument: Instrument, date: SessionDate, session: Session): Promise<void> {
    const { symbol } = instrument
    const listed = await listFuturesWithHours(session, instrument, signal)
    const before = known(symbol)
    keep({
      ...{ symbol, date, listedAt: clock.now(), ...listed },
      openInterest: before?.openInterest.date === date ? before.openInterest : { date, contracts: new Map() },
    })
    outdated.delete(symbol)
    problems.delete(symbol)
    const near = listed.futures.slice(0, 4).map(({ localSymbol }) => localSymbol)
    log.info({ symbol, futures: listed.futures.length, near }, `the futures of ${symbol} are listed`)
  }

  /** One request for each symbol at a time; it goes on when the cycle that began it has ended. */
  function refreshing(instrument: Instrument, date: SessionDate, session: Session): Promise<void> {
    const { symbol } = instrument
    const begun =
      running.get(symbol) ??
      refresh(instrument, date, session)
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error)
          if (!signal.aborted && problems.get(symbol) !== message) {
            log.warn({ symbol }, `the futures of ${symbol} are not listed yet: ${message}`)
          }
          problems.set(symbol, message)
          throw error
        })
        .finally(() => running.delete(symbol))
    running.set(symbol, begun)
    // Somebody may wait for it, or nobody.
    begun.catch(() => {})
    return begun
  }

  return {
    known,
    list: async (instrument, date, { session, signal: caller }) => {
      const { symbol } = instrument
      const isOfToday = () => known(symbol)?.date === date && !outdated.has(symbol)
      if (!isOfToday()) {
        const begun = refreshing(instrument, date, session)
        const waiting = abortable(caller)
        try {
          if (known(symbol) === null) await Promise.race([begun, aborted(waiting.signal)])
          else {
            const enough = clock.sleep(TODAY_WAIT_MS, waiting.signal)
            await Promise.race([begun, enough]).catch((error: unknown) => {
              // A symbol that is not listed any more is named; anything else leaves the list of before.
              if (error instanceof UnknownSymbol || caller.aborted) throw error
            })
          }
        } finally {
          waiting.abort(new Error('no longer waiting'))
        }
      }
      const cache = known(symbol) as FutureCache
      const problem = problems.get(symbol)
      return {
        cache,
        openInterest: cache.openInterest.date === date ? cache.openInterest.contracts : new Map(),
        detail: isOfToday()
          ? null
          : `the list of futures is that of ${cache.date}: today's was not listed in time${problem ? ` (${problem})` : ''}`,
      }
    },
    learn: (symbol, date, { openInterest, refused }) => {
      const cache = known(symbol)
      if (!cache) return
      const ofToday = cache.openInterest.date === date ? cache.openInterest.contracts : []
      const contracts = new Map([...ofToday, ...openInterest])
      const isRefused = new Set(refused)
      if (isRefused.size > 0) outdated.add(symbol)
      const isNew =
        isRefused.size > 0 ||
        [...openInterest].some(([id, value]) => cache.openInterest.contracts.get(id) !== value) ||
        cache.openInterest.date !== date
      if (!isNew) return
      const futures = cache.futures.filter(({ conId }) => !isRefused.has(conId))
      keep({ ...cache, futures, openInterest: { date, contracts } })
    },
  }
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
