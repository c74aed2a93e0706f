import { existsSync } from 'node:fs'
import type { WireLimits } from '../../capture/budget.ts'
import { type Config, gatewayOptionsOf } from '../../config/config.ts'
import type { Notice } from '../../gateway/session/notices.ts'
import type { Session } from '../../gateway/session/session.ts'
import { openSupervisor, type SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import { layoutOf } from '../../lake/layout.ts'
import { openLake } from '../../lake/open.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import type { Lifetime } from '../../process/lifetime.ts'
import { lakeFolder, withSlack } from './connection.ts'
import { embeddedClock, startEmbedded } from './embedded.ts'

/** How long a start waits for the gateway to say what it is and what time it has. */
const FIRST_SESSION_MS = 10_000

/** Where a daemon works: the gateway that is kept open, the time it works by, and what its rows are. */
export interface Place {
  readonly keeper: SessionSupervisor
  readonly clock: Clock
  readonly limits: WireLimits
  /** For every output: which gateway this is. */
  readonly gateway: string
  readonly embedded: boolean
  readonly source: 'ib' | 'simulated'
  readonly lakeFolder: string
}

export interface PlaceEnv {
  readonly lifetime: Lifetime
  /** The machine's time; another one in tests. The embedded gateway has a time of its own. */
  readonly clock?: Clock
  onNotice(notice: Notice): void
}

/**
 * Starts to keep a session with the configured gateway, or with the embedded one where none is configured. A gateway
 * that is away is waited for a few seconds only: then its time is the machine's, and its rows are those of the lake
 * that is there, or real ones.
 */
export async function openPlace(config: Config, env: PlaceEnv): Promise<Place> {
  const { host, port } = config.gateway
  if (host === null) return embedded(config, env)
  const options = gatewayOptionsOf(config, { host, port })
  // The gateway's own time is known only once it has answered.
  let time: Clock = env.clock ?? systemClock
  const clock: Clock = { ...time, now: () => time.now() }
  const keeper = openSupervisor(options, { clock, options: config.keeper, onNotice: env.onNotice })
  env.lifetime.onClose(() => keeper.close())
  const first = await keeper.whenReady(env.lifetime.signal, FIRST_SESSION_MS).catch(() => null)
  if (first && config.clock === 'gateway') time = clockFrom(await first.currentTime())
  const source = await sourceOf(config, first, clock)
  return {
    keeper,
    clock,
    limits: options,
    gateway: `${host}:${port}${source === 'simulated' ? ' (simulator)' : ''}`,
    embedded: false,
    source,
    lakeFolder: lakeFolder(config, source),
  }
}

async function embedded(config: Config, { lifetime, onNotice }: PlaceEnv): Promise<Place> {
  const clock = embeddedClock(config.harvest.intervalSeconds)
  const simulator = await startEmbedded(config.simulator, clock)
  lifetime.onClose(() => simulator.close())
  const options = gatewayOptionsOf(config, simulator, {
    lines: config.simulator.lines,
    messagesPerSecond: withSlack(config.simulator.messagesPerSecond),
  })
  const keeper = openSupervisor(options, { clock, options: config.keeper, onNotice })
  lifetime.onClose(() => keeper.close())
  return {
    keeper,
    clock,
    limits: options,
    gateway: `embedded simulator, seed ${config.simulator.seed}`,
    embedded: true,
    source: 'simulated',
    lakeFolder: lakeFolder(config, 'simulated'),
  }
}

/** What the rows will be: as the gateway says; before it has, as the lake in the configured folder is. */
async function sourceOf(config: Config, session: Session | null, clock: Clock): Promise<'ib' | 'simulated'> {
  if (session) return session.origin
  const folder = lakeFolder(config, 'ib')
  if (!existsSync(layoutOf(folder).log)) return 'ib'
  const lake = await openLake(folder, { mode: 'read', clock })
  await lake.close()
  return lake.source
}
