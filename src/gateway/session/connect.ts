import { EventName } from '@stoqey/ib'
import type { Clock } from '../../market/clock.ts'
import { EXIT } from '../../process/failure.ts'
import { deferred } from '../deferred.ts'
import { createDataFlowMonitor, type DataFlowMonitor, SIMULATED_FARM } from './data-flow.ts'
import { type EndReason, NoSession, type SessionEnd } from './errors.ts'
import type { Notice } from './notices.ts'
import type { GatewayOptions } from './options.ts'
import { type Link, openLink } from './wire/link.ts'

/** A connection that accepts requests. */
export interface Connection {
  readonly link: Link
  readonly serverVersion: number
  readonly managedAccounts: ManagedAccounts
  readonly origin: 'ib' | 'simulated'
  /** The gateway's first order id; order ids and request ids share one sequence. */
  readonly nextValidId: number
  /** When startApi, the first message that counts towards the rate limit, was written; monotonic ms. */
  readonly startedAtMs: number
  /** It has received the notices of this connection so far. */
  readonly flow: DataFlowMonitor
}

/** The accounts of the login, which the gateway tells at connect and may tell again. */
interface ManagedAccounts {
  /** As the gateway told them last, unchanged; null before it has. */
  text(): string | null
  onChange(listener: () => void): () => void
}

interface AttemptOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  readonly onNotice: (notice: Notice) => void
}

/**
 * Connects within a limited number of attempts, with doubling, jittered waits between them; `random` returns a value
 * in [0, 1). Fails at once if another attempt cannot help (client id, version). Rejects with a NoSession that says
 * what to check, or with the signal's reason. The supervisor calls it with one attempt at a time.
 */
export async function connect(
  options: GatewayOptions,
  { random, ...attemptOptions }: AttemptOptions & { readonly random: () => number },
): Promise<Connection> {
  const { clock, signal } = attemptOptions
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted()
    const outcome = await attemptToConnect(options, attemptOptions)
    if ('link' in outcome) return outcome
    signal?.throwIfAborted()
    if (attempt >= options.connectAttempts || !isTemporary(outcome)) {
      throw failureOf(outcome, options, attempt)
    }
    await clock.sleep(random() * backoffMs(options, attempt), signal)
  }
}

/** The longest wait after this many failed attempts, ms. */
export function backoffMs(
  options: Pick<GatewayOptions, 'connectBackoffMs' | 'connectBackoffMaxMs'>,
  attempts: number,
): number {
  return Math.min(options.connectBackoffMs * 2 ** (attempts - 1), options.connectBackoffMaxMs)
}

/** One attempt: the connection, or why there is none. */
async function attemptToConnect(
  options: GatewayOptions,
  { clock, signal, onNotice }: AttemptOptions,
): Promise<Connection | SessionEnd> {
  const settled = new AbortController()
  const farm = deferred<'ib' | 'simulated'>()
  const ready = deferred<number>()
  let handshakeDone = false
  let accounts: string | null = null
  const accountListeners = new Set<() => void>()
  const managedAccounts: ManagedAccounts = {
    text: () => accounts,
    onChange: (listener) => {
      accountListeners.add(listener)
      return () => void accountListeners.delete(listener)
    },
  }
  let startedAtMs = clock.monotonicMs()
  const flow = createDataFlowMonitor(clock)

  const link = openLink(options, (notice) => {
    // Also one that is broken names the simulator; a broken farm of IB may have any name.
    if (notice.farm?.name === SIMULATED_FARM) farm.resolve('simulated')
    else if (notice.code === 2104) farm.resolve('ib')
    flow.onNotice(notice)
    onNotice(notice)
  })
  link.api.once(EventName.connected, () => {
    startedAtMs = clock.monotonicMs()
    handshakeDone = true
  })
  link.api.on(EventName.managedAccounts, (list) => {
    accounts = list
    for (const listener of [...accountListeners]) link.deliver(listener)
  })
  link.api.once(EventName.nextValidId, ready.resolve)
  const abort = () => link.close('aborted', 'stopped while connecting')
  const after = (ms: number, act: () => void) =>
    void clock.sleep(ms, settled.signal).then(act, () => undefined)
  signal?.addEventListener('abort', abort, { once: true })
  after(options.connectTimeoutMs, () => {
    link.close(
      handshakeDone ? 'login_pending' : link.isAccepted() ? 'unanswered' : 'unreachable',
      `no answer to the handshake within ${options.connectTimeoutMs} ms`,
    )
  })

  try {
    const nextValidId = await Promise.race([ready.promise, link.ended])
    if (typeof nextValidId !== 'number') return nextValidId
    after(options.farmNoticeWaitMs, () => farm.resolve('ib'))
    const origin = await Promise.race([farm.promise, link.ended])
    if (typeof origin !== 'string') return origin
    if (!Number.isSafeInteger(nextValidId) || nextValidId < 0) {
      link.close('bad_message', `${nextValidId} is not an order id`)
    }
    const { serverVersion } = link.api
    const known = { serverVersion, origin, nextValidId, managedAccounts, startedAtMs }
    return link.end() ?? { link, flow, ...known }
  } finally {
    settled.abort()
    signal?.removeEventListener('abort', abort)
  }
}

/** Reasons that only a person can remove. */
export const NEEDS_A_PERSON: ReadonlySet<EndReason> = new Set([
  'client_id_in_use',
  'version',
  'paper_disclaimer',
])

/** Whether another attempt may succeed. */
function isTemporary(end: SessionEnd): boolean {
  return !NEEDS_A_PERSON.has(end.reason) && end.reason !== 'defect'
}

function failureOf(end: SessionEnd, options: GatewayOptions, attempts: number): NoSession {
  const endpoint = `${options.host}:${options.port}`
  if (end.reason === 'client_id_in_use') {
    return new NoSession(
      EXIT.refused,
      `client id ${options.clientId} is in use at ${endpoint}: choose another with gateway.clientId`,
      end,
    )
  }
  if (end.reason === 'version') {
    return new NoSession(
      EXIT.unreachable,
      `the gateway at ${endpoint} speaks a protocol version this program does not (${end.message}): ` +
        'install the current stable IB Gateway or TWS, or a newer optionlake',
      end,
    )
  }
  if (end.reason === 'paper_disclaimer') {
    return new NoSession(
      EXIT.refused,
      `the gateway at ${endpoint} waits for a person to accept its paper trading disclaimer (${end.message}): accept it ` +
        'once in the window of the gateway',
      end,
    )
  }
  const nothingListens = end.reason === 'unreachable' && end.message.includes('ECONNREFUSED')
  return new NoSession(
    EXIT.unreachable,
    `${nothingListens ? 'nothing listens' : 'cannot reach TWS or IB Gateway'} at ${endpoint} ` +
      `(attempts: ${attempts}; the last: ${end.message}): check that TWS or IB Gateway runs and is logged in, that its ` +
      'API is enabled and trusts this machine, and the port (TWS 7496 live, 7497 paper; Gateway 4001 live, 4002 paper)',
    end,
  )
}
