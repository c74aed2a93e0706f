import type { Clock } from '../../market/clock.ts'
import { connect } from './connect.ts'
import type { DataFlow } from './data-flow.ts'
import { type SessionEnd, SessionEnded } from './errors.ts'
import { createNoticeCounts } from './notice-counts.ts'
import type { Notice } from './notices.ts'
import type { GatewayOptions } from './options.ts'
import { offerOrderChannel } from './order-channel.ts'
import { createDepthRequests, type DepthRequests } from './requests/depth.ts'
import { createRequests, type Requests } from './requests/requests.ts'
import { createStreams, type Streams } from './requests/streams.ts'
import { createSendQueue } from './sending/send-queue.ts'

export type { Subscription } from './requests/streams.ts'

/**
 * One session with TWS or IB Gateway, from its first order id to its end; a new connection is a new session. A
 * request made after the end, or still unanswered then, rejects with SessionEnded.
 */
export interface Session
  extends Omit<Requests, 'onNotice' | 'fail'>,
    Pick<Streams, 'subscribe'>,
    Pick<DepthRequests, 'followDepth'> {
  /** `host:port` */
  readonly endpoint: string
  readonly serverVersion: number
  /** `simulated` if the gateway reports that it is optionlake's simulator. */
  readonly origin: 'ib' | 'simulated'
  /** Account numbers, as the gateway told them last. Mask them in every log. */
  readonly accounts: readonly string[]
  /** Resolves with the reason; never rejects. */
  readonly ended: Promise<SessionEnd>
  readonly isOpen: boolean
  /** Whether market data can come, from the notices and ticks of this session. */
  readonly dataFlow: DataFlow
  /**
   * Calls the listener at the end, or at once if the session is already over; returns a function that removes it.
   * Unlike `ended`, it does not retain listeners that are removed while the session is open.
   */
  onEnd(listener: () => void): () => void
  counters(): SessionCounters
  /** Ends the session; the gateway frees its lines. Calling it again has no effect. */
  close(): Promise<void>
}

interface SessionCounters {
  /** Requests and cancels written, startApi included. */
  readonly messagesSent: number
  readonly linesInUse: number
  readonly linesLimit: number
  /** Lines that the gateway has to give at present, as learned from its refusals (101); at most `linesLimit`. */
  readonly linesUsable: number
  /** Requests that wait for their turn and then take a line, spare ones excluded. */
  readonly linesAwaited: number
  readonly peakMessagesPerSecond: number
  /** As long as it grows, the gateway is alive. */
  readonly bytesReceived: number
  /** Notices by code, those of failed attempts to connect included. Codes beyond the first 200 are counted under −1. */
  readonly notices: Readonly<Record<number, number>>
}

/**
 * Connects and resolves when requests may be made. Rejects with a NoSession that names host and port and what to
 * check (69 unreachable, 77 client id in use), or with the signal's reason. The signal stops the attempts, or ends
 * the session. `random` returns a value in [0, 1) that jitters the attempts. `onNotice` gets every notice in order,
 * including those of single requests, and must not throw.
 *
 * The supervisor checks that a session is alive and replaces one that is not.
 */
export async function openSession(
  options: GatewayOptions,
  {
    clock,
    signal,
    random = Math.random,
    onNotice,
  }: {
    readonly clock: Clock
    readonly signal?: AbortSignal
    readonly random?: () => number
    readonly onNotice?: (notice: Notice) => void
  },
): Promise<Session> {
  const notices = createNoticeCounts()
  const receivers: Array<(notice: Notice) => void> = [notices.count]
  if (onNotice) receivers.push(onNotice)
  const { link, startedAtMs, nextValidId, flow, managedAccounts, ...identity } = await connect(options, {
    clock,
    signal,
    random,
    onNotice: (notice) => {
      for (const receive of receivers) receive(notice)
    },
  })

  const sendQueue = createSendQueue(
    {
      messages: options.messagesPerSecond,
      windowMs: options.pacingWindowMs,
      lines: options.lines,
      waiting: options.queueLimit,
    },
    { clock, sentAtMs: [startedAtMs] },
  )
  let lastId = nextValidId
  const nextId = () => ++lastId
  const {
    onNotice: onRequestNotice,
    fail,
    ...requests
  } = createRequests(link, { sendQueue, clock, nextId }, options)
  const { onNotice: onStreamNotice, subscribe } = createStreams(link, {
    sendQueue,
    nextId,
    marketDataType: options.marketDataType,
    onTick: flow.onTick,
  })
  const { onNotice: onDepthNotice, followDepth } = createDepthRequests(link, { sendQueue, nextId })
  const onRateNotice = ({ kind }: Notice) => {
    if (kind === 'pacing') sendQueue.rateExceeded()
  }
  const noticeListeners = new Set<(notice: Notice) => void>()
  const onOrderNotice = (notice: Notice) => {
    for (const listener of [...noticeListeners]) listener(notice)
  }
  // The rate first: what the others send because of the notice must wait, too.
  receivers.push(onRateNotice, onRequestNotice, onStreamNotice, onDepthNotice, onOrderNotice)

  const stop = () => link.close('aborted', 'stopped')
  link.onEnd((end) => {
    signal?.removeEventListener('abort', stop)
    const reason = new SessionEnded(end)
    sendQueue.end(reason)
    fail(reason)
  })
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })

  const endListeners = new Set<() => void>()
  void link.ended.then(() => {
    for (const listener of [...endListeners]) listener()
    endListeners.clear()
  })

  const session: Session = {
    ...requests,
    ...identity,
    get accounts() {
      return (managedAccounts.text() ?? '').split(',').filter((account) => account !== '')
    },
    subscribe,
    followDepth,
    dataFlow: flow.dataFlow,
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
      ...sendQueue.counters(),
      linesLimit: options.lines,
      bytesReceived: link.bytesReceived(),
      notices: notices.byCode(),
    }),
    close: async () => {
      link.close('closed', 'closed by this program')
      await link.ended
    },
  }
  offerOrderChannel(session, {
    api: link.api,
    clientId: options.clientId,
    sendQueue,
    nextId,
    skipIds: (upTo) => {
      lastId = Math.max(lastId, upTo)
    },
    managedAccounts: managedAccounts.text,
    onManagedAccounts: managedAccounts.onChange,
    onNotice: (listener) => {
      noticeListeners.add(listener)
      return () => void noticeListeners.delete(listener)
    },
    unlock: (kind, write) => link.orderLock.openFor(kind, write),
    deliver: link.deliver,
  })
  return session
}
