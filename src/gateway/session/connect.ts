import { EventName } from '@stoqey/ib'
import type { Clock } from '../../market/clock.ts'
import { EXIT } from '../../process/failure.ts'
import { deferred } from '../deferred.ts'
import { NoSession, type SessionEnd } from './errors.ts'
import type { Notice } from './notices.ts'
import type { GatewayOptions } from './options.ts'
import { type Link, openLink } from './wire/link.ts'

export interface ConnectEnv {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** From 0 to 1, 1 excluded; spreads the attempts. */
  readonly random: () => number
  readonly onNotice: (notice: Notice) => void
}

/** A connection on which requests may be made. */
export interface Connection {
  readonly link: Link
  readonly serverVersion: number
  readonly accounts: readonly string[]
  readonly origin: 'ib' | 'simulated'
  /** The gateway's first order id; order ids and request ids share one sequence. */
  readonly nextValidId: number
  /** When startApi was written, monotonic ms: the first message that counts against the rate. */
  readonly startedAtMs: number
}

/** By this farm's name the simulator says that it is one. */
const SIMULATED_FARM = 'optionlake-simulator'

/**
 * Connects, in a bounded number of attempts with doubling, jittered waits between them. What another attempt cannot
 * mend (client id, version) fails at once. Rejects with a NoSession that says what to check, or with the signal's
 * reason. An endless reconnect belongs above this function, which it would call with one attempt at a time.
 */
export async function connect(options: GatewayOptions, env: ConnectEnv): Promise<Connection> {
  for (let attempt = 1; ; attempt += 1) {
    env.signal?.throwIfAborted()
    const outcome = await attemptOnce(options, env)
    if ('link' in outcome) return outcome
    env.signal?.throwIfAborted()
    if (attempt >= options.connectAttempts || !isPassing(outcome)) throw failureOf(outcome, options, attempt)
    await env.clock.sleep(env.random() * backoffMs(options, attempt), env.signal)
  }
}

/** Longest wait after that many failed attempts, ms. */
export function backoffMs(
  options: Pick<GatewayOptions, 'connectBackoffMs' | 'connectBackoffMaxMs'>,
  attempts: number,
): number {
  return Math.min(options.connectBackoffMs * 2 ** (attempts - 1), options.connectBackoffMaxMs)
}

/** One attempt: the connection, or why there is none. */
async function attemptOnce(options: GatewayOptions, env: ConnectEnv): Promise<Connection | SessionEnd> {
  const { clock } = env
  const settled = new AbortController()
  const farm = deferred<'ib' | 'simulated'>()
  const ready = deferred<number>()
  let greeted = false
  const said = { accounts: [] as readonly string[], startedAtMs: clock.monotonicMs() }

  const link = openLink(options, (notice) => {
    if (notice.code === 2104) farm.resolve(notice.farm?.name === SIMULATED_FARM ? 'simulated' : 'ib')
    env.onNotice(notice)
  })
  link.api.once(EventName.connected, () => {
    said.startedAtMs = clock.monotonicMs()
    greeted = true
  })
  link.api.on(EventName.managedAccounts, (list) => {
    said.accounts = list.split(',').filter((account) => account !== '')
  })
  link.api.once(EventName.nextValidId, ready.resolve)
  const giveUp = () => link.close('aborted', 'stopped while connecting')
  const after = (ms: number, act: () => void) =>
    void clock.sleep(ms, settled.signal).then(act, () => undefined)
  env.signal?.addEventListener('abort', giveUp, { once: true })
  after(options.connectTimeoutMs, () => {
    link.close(
      greeted ? 'login_pending' : link.isAccepted() ? 'unanswered' : 'connection_lost',
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
      link.close('bad_message', `${nextValidId} is no order id`)
    }
    return link.end() ?? { link, serverVersion: link.api.serverVersion, origin, nextValidId, ...said }
  } finally {
    settled.abort()
    env.signal?.removeEventListener('abort', giveUp)
  }
}

/** True for what may be over a little later. */
function isPassing(end: SessionEnd): boolean {
  return end.reason !== 'client_id_in_use' && end.reason !== 'version' && end.reason !== 'defect'
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
        'install IB Gateway or TWS 10.50 or later, or a newer optionlake',
      end,
    )
  }
  return new NoSession(
    EXIT.unreachable,
    `cannot reach TWS or IB Gateway at ${endpoint} (attempts: ${attempts}; the last: ${end.message}): check that it runs ` +
      'and is logged in, that its API is enabled and trusts this machine, and the port ' +
      '(TWS 7496 live, 7497 paper; Gateway 4001 live, 4002 paper)',
    end,
  )
}
