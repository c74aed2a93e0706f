import { SessionEnded } from '../gateway/session/errors.ts'
import type { Session } from '../gateway/session/session.ts'
import type { SlotReason } from '../snapshot/ledger.ts'
import { SLOT_REASON_OF } from '../snapshot/symbol-report.ts'
import type { FetchedSymbol } from './symbol/fetched-symbol.ts'

/** The gateway's limits for a client. */
export interface WireLimits {
  readonly messagesPerSecond: number
  /** The window in which messages are counted, ms. */
  readonly pacingWindowMs: number
  /** Market-data lines open at the same time. */
  readonly lines: number
}

/** Where a cycle gets its sessions: the one session of a command, or the daemon's supervised ones. */
export interface SessionSource {
  /** Lines are those that the gateway has to give at the moment, as the session has learned. */
  readonly limits: WireLimits
  /** The open session, or the next one. Rejects if none opens in time, and when the signal is aborted. */
  ready(signal: AbortSignal, timeoutMs: number): Promise<Session>
  /**
   * Runs one symbol's fetch. Behind a breaker it may have to wait, may be tried again until the deadline (monotonic ms),
   * and is rejected if the breaker stays open until then.
   */
  fetch(symbol: string, attempt: FetchAttempt, deadlineAtMs: number): Promise<FetchedSymbol>
  /** Calls the listener when the session has, or may have, lost its streams (1101). Returns a function that removes it. */
  onStreamsLost(session: Session, listener: () => void): () => void
  /** What is currently wrong with the gateway; null if no fault is known. */
  outage(): Outage | null
}

/** One attempt to fetch a symbol. The signal is aborted when the attempt has used up its own time. */
export type FetchAttempt = (signal: AbortSignal) => Promise<FetchedSymbol>

/** Why the gateway cannot deliver, in the ledger's terms. */
export interface Outage {
  readonly reason: SlotReason
  readonly detail: string
}

/** One open session, without retries: a command ends sooner than a lost session could be replaced. */
export function singleSession(session: Session, limits: WireLimits): SessionSource {
  return {
    get limits() {
      return { ...limits, lines: session.counters().linesUsable }
    },
    ready: async () => {
      if (!session.isOpen) throw new SessionEnded(await session.ended)
      return session
    },
    // An attempt without a time limit of its own: the command ends with its slot.
    fetch: (_symbol, attempt) => attempt(new AbortController().signal),
    // 1101 and 1102 end the same block, and streams stay silent after a competing session: all are requested again.
    onStreamsLost: ({ dataFlow }, listener) => {
      let block = dataFlow.blocked()
      return dataFlow.onChange(() => {
        const before = block
        block = dataFlow.blocked()
        const hasEnded = before !== null && block?.reason !== before.reason
        if (hasEnded && before.reason !== 'farm_broken') listener()
      })
    },
    outage: () => {
      const blocked = session.dataFlow.blocked()
      return blocked && { reason: SLOT_REASON_OF[blocked.reason], detail: blocked.message }
    },
  }
}
