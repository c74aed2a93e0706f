import type { Clock } from '../../market/clock.ts'
import { connect } from './connect.ts'
import { type SessionEnd, SessionEnded } from './errors.ts'
import { createNoticeCounts } from './notice-counts.ts'
import type { Notice } from './notices.ts'
import type { GatewayOptions } from './options.ts'
import { createRequests, type Requests } from './requests/requests.ts'
import { createStreams, type Streams } from './requests/streams.ts'
import { createSendQueue } from './sending/send-queue.ts'

export type { ContractDetails } from './requests/contracts.ts'
export type { Subscription } from './requests/streams.ts'

/**
 * One session with TWS or IB Gateway, from its first order id to its end; a new connection is a new session.
 * What is asked after the end, or open at the end, rejects with SessionEnded.
 */
export interface Session extends Omit<Requests, 'notice' | 'fail'>, Pick<Streams, 'subscribe'> {
  /** `host:port` */
  readonly endpoint: string
  readonly serverVersion: number
  /** `simulated` where the gateway says itself that it is optionlake's simulator. */
  readonly origin: 'ib' | 'simulated'
  /** Account numbers. Never to be logged unmasked. */
  readonly accounts: readonly string[]
  /** Resolves once with the reason, never rejects. */
  readonly ended: Promise<SessionEnd>
  readonly isOpen: boolean
  /**
   * Called at the end, at once where the session is over; returns what takes the listener away again. For those that
   * come and go within a session: a promise would keep each of them until its end.
   */
  onEnd(listener: () => void): () => void
  counters(): SessionCounters
  /** Ends the session; the gateway frees its lines. Twice is once. */
  close(): Promise<void>
}

export interface SessionCounters {
  /** Requests and cancels written, startApi included. */
  readonly messagesSent: number
  readonly linesInUse: number
  readonly linesLimit: number
  readonly peakMessagesPerSecond: number
  /** While it grows, the gateway lives. */
  readonly bytesReceived: number
  /** Notices heard, by code, those of failed attempts to connect included. Codes beyond the first 200 are under −1. */
  readonly notices: Readonly<Record<number, number>>
}

export interface SessionEnv {
  readonly clock: Clock
  /** Stops the connecting, and ends the session when it is aborted later. */
  readonly signal?: AbortSignal
  /** From 0 to 1, 1 excluded; spreads the attempts to connect. */
  readonly random?: () => number
  /** Every notice, in order, those of single requests included. Must not throw. */
  readonly onNotice?: (notice: Notice) => void
}

/**
 * Connects and resolves when requests may be made. Rejects with a NoSession that names host and port and what to
 * check (69 unreachable, 77 client id in use), or with the signal's reason.
 *
 * What watches over a session (liveness, endless reconnect) is the keeper's, which opens one after another.
 */
export async function openSession(options: GatewayOptions, env: SessionEnv): Promise<Session> {
  const { clock, signal } = env
  const notices = createNoticeCounts()
  const receivers: Array<(notice: Notice) => void> = [notices.count]
  if (env.onNotice) receivers.push(env.onNotice)
  const { link, startedAtMs, nextValidId, ...identity } = await connect(options, {
    clock,
    signal,
    random: env.random ?? Math.random,
    onNotice: (notice) => {
      for (const receive of receivers) receive(notice)
    },
  })

  const outbox = createSendQueue({
    clock,
    limit: options.messagesPerSecond,
    windowMs: options.pacingWindowMs,
    lines: options.lines,
    queueLimit: options.queueLimit,
    sentAtMs: [startedAtMs],
  })
  let lastId = nextValidId
  const wire = { outbox, clock, nextId: () => ++lastId }
  const { notice: noticeOfRequest, fail, ...requests } = createRequests(link, wire, options)
  const { notice: noticeOfStream, subscribe } = createStreams(link, wire)
  receivers.push(noticeOfRequest, noticeOfStream)

  const stop = () => link.close('aborted', 'stopped')
  link.onEnd((end) => {
    signal?.removeEventListener('abort', stop)
    const reason = new SessionEnded(end)
    outbox.end(reason)
    fail(reason)
  })
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })

  const endListeners = new Set<() => void>()
  void link.ended.then(() => {
    for (const listener of [...endListeners]) listener()
    endListeners.clear()
  })

  return {
    ...requests,
    ...identity,
    subscribe,
    onEnd: (listener) => {
      if (link.end() !== undefined) listener()
      else endListeners.add(listener)
      return () => void endListeners.delete(listener)
    },
    endpoint: `${options.host}:${options.port}`,
    ended: link.ended,
    get isOpen() {
      return link.end() === undefined
    },
    counters: () => ({
      ...outbox.counters(),
      linesLimit: options.lines,
      bytesReceived: link.bytesReceived(),
      notices: notices.byCode(),
    }),
    close: async () => {
      link.close('closed', 'closed by this program')
      await link.ended
    },
  }
}
