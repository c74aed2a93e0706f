import { existsSync } from 'node:fs'
import type { WireLimits } from '../../capture/session-source.ts'
import { type Config, gatewayOptionsOf } from '../../config/config.ts'
import { lakeFolderOf } from '../../config/lake-folder.ts'
import type { Notice } from '../../gateway/session/notices.ts'
import type { GatewayOptions } from '../../gateway/session/options.ts'
import { openSession, type Session } from '../../gateway/session/session.ts'
import { openSupervisor, type SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import type { LakeSource } from '../../lake/tables/schema.ts'
import { type Clock, systemClock } from '../../market/clock.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import type { Log } from '../../process/log.ts'
import type { ClockSource } from '../../serve/health/snapshot.ts'
import { type OpenEmbedded, openEmbeddedSimulator } from './embedded-simulator.ts'

/** The source of market data: the configured gateway, or the embedded simulator where none is configured. */
interface GatewaySource {
  /** The time to use: the machine's, the gateway's own (`clock: gateway`), or the simulated market's. */
  readonly clock: Clock
  /** Whose time that is: only the machine's is the time of day. */
  readonly clockSource: ClockSource
  readonly limits: WireLimits
  /** Human-readable. Every output names it, so that simulated rows are never taken for real ones. */
  readonly description: string
  /** `host:port`; null for the embedded simulator. */
  readonly address: string | null
  /** Where it listens, the embedded simulator included. */
  readonly endpoint: { readonly host: string; readonly port: number }
  readonly embedded: boolean
  /** The source of its rows; a lake holds rows of one source only. */
  readonly source: LakeSource
  readonly lakeFolder: string
}

/** A source with one session, for a command that runs once. */
export interface SingleSession extends GatewaySource {
  readonly session: Session
  /** What an operator should know, in the gateway's own words, such as the end of its version. */
  operations(): readonly string[]
}

/** A source with a session that is reopened whenever it is lost, for the daemon. */
export interface SupervisedSession extends GatewaySource {
  readonly supervisor: SessionSupervisor
}

/** A gateway may word the same message differently each time. */
const MAX_OPERATIONS = 20

/**
 * Opens one session.
 * @throws Failure EXIT.unreachable or EXIT.refused where there is no session.
 */
export async function openSingleSession(
  config: Config,
  options: {
    readonly lifetime: Lifetime
    readonly log: Log
    readonly signal: AbortSignal
    /** Gives the embedded simulator Interactive Brokers' real limits. */
    readonly ibLimits?: boolean
  },
): Promise<SingleSession> {
  const { lifetime, log, signal, ibLimits = false } = options
  const endpoint = await findEndpoint(config, { lifetime, ibLimits, machine: systemClock })
  const operations = new Set<string>()
  const session = await openSession(endpoint.gateway, {
    clock: endpoint.clock,
    signal,
    onNotice: ({ code, kind, message }) => {
      log.info({ code, kind }, message)
      if (kind === 'operations' && operations.size < MAX_OPERATIONS) operations.add(message)
    },
  })
  lifetime.onClose(() => session.close())
  await endpoint.syncClock(session)
  const source = describeSource(config, endpoint, session.origin)
  return { ...source, session, operations: () => [...operations] }
}

/** How long startup waits for the gateway to report its origin and its time. */
const FIRST_SESSION_MS = 10_000

/**
 * Opens a supervised session. A gateway that does not answer within seconds does not hold up startup: then the time
 * is the machine's, and the source is that of the existing lake, or `ib` if there is none.
 */
export async function openSupervisedSession(
  config: Config,
  options: {
    readonly lifetime: Lifetime
    /** The machine's clock. The embedded simulator has its own. */
    readonly machine?: Clock
    /** What to embed where no gateway is configured; left out: the simulator of the configuration. */
    readonly openEmbedded?: OpenEmbedded | undefined
    /** With the time at which it was received. */
    onNotice(notice: Notice, at: EpochMs): void
  },
): Promise<SupervisedSession> {
  const { lifetime, machine = systemClock, openEmbedded, onNotice } = options
  const endpoint = await findEndpoint(config, { lifetime, ibLimits: false, machine, openEmbedded })
  const { clock } = endpoint
  const early = config.clock === 'gateway' && !endpoint.embedded ? createEarlyNotices(clock, onNotice) : null
  const supervisor = openSupervisor(endpoint.gateway, {
    clock,
    options: config.supervisor,
    onNotice: early?.receive ?? ((notice) => onNotice(notice, clock.now())),
  })
  lifetime.onClose(() => supervisor.close())
  if (endpoint.embedded) return { ...describeSource(config, endpoint, 'simulated'), supervisor }
  const first = await supervisor.whenReady(lifetime.signal, FIRST_SESSION_MS).catch(() => null)
  if (first) supervisor.clockWasSet(await endpoint.syncClock(first))
  early?.release()
  const source = first?.origin ?? (await sourceOfLake(lakeFolderOf(config, 'ib'), clock)) ?? 'ib'
  return { ...describeSource(config, endpoint, source), supervisor }
}

/** Most notices that wait for the clock. A gateway sends about ten when a client connects. */
const MAX_EARLY_NOTICES = 1_000

/** Keeps notices until the clock has been set, so that they are dated by the gateway's time as all later ones. */
function createEarlyNotices(clock: Clock, onNotice: (notice: Notice, at: EpochMs) => void) {
  let waiting: Array<{ notice: Notice; receivedAtMs: number }> | null = []
  return {
    receive: (notice: Notice) => {
      if (waiting === null || waiting.length >= MAX_EARLY_NOTICES) onNotice(notice, clock.now())
      else waiting.push({ notice, receivedAtMs: clock.monotonicMs() })
    },
    release: () => {
      const toDate = waiting ?? []
      waiting = null
      for (const { notice, receivedAtMs } of toDate) {
        onNotice(notice, epochMs(Math.round(clock.now() - (clock.monotonicMs() - receivedAtMs))))
      }
    },
  }
}

/** The gateway's address and clock, before there is a session. */
interface Endpoint {
  readonly gateway: GatewayOptions
  readonly clock: Clock
  readonly embedded: boolean
  /** Sets the clock to the gateway's time if the configuration says so. Resolves with the change, ms. */
  syncClock(session: Session): Promise<number>
}

async function findEndpoint(
  config: Config,
  {
    lifetime,
    ibLimits,
    machine,
    openEmbedded = openEmbeddedSimulator,
  }: {
    readonly lifetime: Lifetime
    readonly ibLimits: boolean
    readonly machine: Clock
    readonly openEmbedded?: OpenEmbedded | undefined
  },
): Promise<Endpoint> {
  const { host, port } = config.gateway
  if (host === null) {
    const simulator = await openEmbedded(config, { ibLimits })
    lifetime.onClose(() => simulator.close())
    return {
      gateway: gatewayOptionsOf(config, simulator, simulator.limits),
      clock: simulator.clock,
      embedded: true,
      syncClock: async () => 0,
    }
  }
  const { clock, setTo } = adjustableClock(machine)
  return {
    gateway: gatewayOptionsOf(config, { host, port }),
    clock,
    embedded: false,
    syncClock: async (session) => {
      if (config.clock !== 'gateway') return 0
      const seconds = await session.currentTime()
      const before = clock.now()
      setTo(epochMs(seconds + HALF_A_SECOND_MS))
      return clock.now() - before
    },
  }
}

/** The gateway's time has no fractions of a second: on average this much of the second has passed. */
const HALF_A_SECOND_MS = 500

/** The machine's time, until it is set; from then on the time that was set, advanced by the monotonic clock. */
function adjustableClock(machine: Clock): { clock: Clock; setTo(time: EpochMs): void } {
  let set: { readonly at: EpochMs; readonly steadyMs: number } | null = null
  const now = () => (set ? epochMs(Math.round(set.at + machine.monotonicMs() - set.steadyMs)) : machine.now())
  return {
    clock: { ...machine, now },
    setTo: (time) => {
      set = { at: time, steadyMs: machine.monotonicMs() }
    },
  }
}

function describeSource(
  config: Config,
  { gateway, clock, embedded }: Endpoint,
  source: LakeSource,
): GatewaySource {
  const { host, port, messagesPerSecond, pacingWindowMs, lines } = gateway
  return {
    clock,
    clockSource: clockSourceOf(config, { clock, embedded }),
    limits: { messagesPerSecond, pacingWindowMs, lines },
    description: embedded
      ? `embedded simulator, seed ${config.simulator.seed}`
      : `${host}:${port}${source === 'simulated' ? ' (simulator)' : ''}`,
    address: embedded ? null : `${host}:${port}`,
    endpoint: { host, port },
    embedded,
    source,
    lakeFolder: lakeFolderOf(config, source),
  }
}

/** The embedded simulator uses the machine's time while the market is open. */
function clockSourceOf({ clock: source }: Config, { clock, embedded }: Pick<Endpoint, 'clock' | 'embedded'>) {
  if (embedded) return clock === systemClock ? 'machine' : 'simulated'
  return source === 'gateway' ? 'gateway' : 'machine'
}

/** Null if there is no lake. */
async function sourceOfLake(folder: string, clock: Clock): Promise<LakeSource | null> {
  if (!existsSync(layoutOf(folder).log)) return null
  const lake = await openLake(folder, { mode: 'read', clock })
  await lake.close()
  return lake.source
}
