import type { Sessions } from '../../capture/capture.ts'
import type { Config } from '../../config/config.ts'
import { gatewayOptionsOf } from '../../config/config.ts'
import { openSession, type Session } from '../../gateway/session/session.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import type { Log } from '../../process/log.ts'
import { IB_LIMIT_SETTINGS } from '../../simulator/options.ts'
import { embeddedClock, startEmbedded } from './embedded.ts'

/** The synthetic market of the folder that has no seed in its name. */
const DEFAULT_SEED = 1

/** A gateway that answers, and the time it is worked at. */
export interface Connection {
  readonly session: Session
  readonly clock: Clock
  /** Which gateway this is, for every output: rows must never be taken for what they are not. */
  readonly gateway: string
  readonly embedded: boolean
  readonly origin: 'ib' | 'simulated'
  readonly limits: { readonly messagesPerSecond: number; readonly lines: number }
}

export interface ConnectEnv {
  readonly lifetime: Lifetime
  readonly log: Log
  readonly signal: AbortSignal
  /** The embedded gateway keeps Interactive Brokers' real limits. */
  readonly ibLimits: boolean
}

/** Opens the configured gateway; without one, starts the embedded gateway and opens that. */
export async function connect(config: Config, env: ConnectEnv): Promise<Connection> {
  const { host, port } = config.gateway
  if (host !== null) return open(config, { host, port }, { ...env, clock: systemClock, embedded: false })

  const clock = embeddedClock(config.harvest.intervalSeconds)
  const rules = env.ibLimits ? { ...config.simulator, ...IB_LIMIT_SETTINGS } : config.simulator
  const limits = env.ibLimits ? rules : { ...rules, messagesPerSecond: withSlack(rules.messagesPerSecond) }
  const simulator = await startEmbedded(rules, clock)
  env.lifetime.onClose(() => simulator.close())
  return open(config, simulator, { ...env, clock, embedded: true, limits })
}

/**
 * The fast embedded gateway shares this process's event loop: when the loop stalls, it reads late what was sent in
 * time, and would take the messages after the stall for haste.
 */
export function withSlack(messagesPerSecond: number): number {
  return Math.max(1, Math.floor(messagesPerSecond * 0.8))
}

interface OpenEnv extends ConnectEnv {
  readonly clock: Clock
  readonly embedded: boolean
  readonly limits?: { messagesPerSecond: number; lines: number }
}

async function open(
  config: Config,
  address: { host: string; port: number },
  env: OpenEnv,
): Promise<Connection> {
  const options = gatewayOptionsOf(config, address, env.limits)
  const { log } = env
  const session = await openSession(options, {
    clock: env.clock,
    signal: env.signal,
    onNotice: ({ code, kind, message }) => log.info({ code, kind }, message),
  })
  env.lifetime.onClose(() => session.close())
  const clock =
    config.clock === 'gateway' && !env.embedded ? clockFrom(await session.currentTime()) : env.clock
  const simulated = session.origin === 'simulated'
  return {
    session,
    clock,
    gateway: env.embedded
      ? `embedded simulator, seed ${config.simulator.seed}`
      : `${session.endpoint}${simulated ? ' (simulator)' : ''}`,
    embedded: env.embedded,
    origin: session.origin,
    limits: { messagesPerSecond: options.messagesPerSecond, lines: options.lines },
  }
}

/** Where the lake lies: simulated rows never enter a real history, and two synthetic markets not the same one. */
export function lakeFolder(config: Config, origin: 'ib' | 'simulated'): string {
  const { seed } = config.simulator
  const own =
    origin === 'simulated' && config.gateway.host === null && seed !== DEFAULT_SEED ? `-seed-${seed}` : ''
  return config.lake.folder ?? `lake/${origin}${own}`
}

/** The sessions of a single run: the one that is open, and none after it. */
export function singleSession(session: Session): Sessions {
  return {
    ready: async () => {
      if (!session.isOpen) throw new Error((await session.ended).message)
      return session
    },
    fetch: (_, action) => action(),
    reasonOf: () => (session.isOpen ? 'no_chain' : 'connection_lost'),
    // A single run is over sooner than streams that were lost could be asked for again.
    onStreamsLost: () => () => {},
    outage: () => null,
  }
}
