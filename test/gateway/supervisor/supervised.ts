import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { type SupervisorOptions, supervisorOptions } from '../../../src/gateway/supervisor/options.ts'
import type { SupervisorState } from '../../../src/gateway/supervisor/state.ts'
import { openSupervisor, type SessionSupervisor } from '../../../src/gateway/supervisor/supervisor.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import type { Clock } from '../../../src/market/clock.ts'
import { fastClock } from '../../../src/market/fast-clock.ts'
import { conId, sessionDate } from '../../../src/market/units.ts'
import type { Lifetime } from '../../../src/process/lifetime.ts'
import { type SimulatorOptions, simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { QUOTED, SPY, stubMarket } from '../../simulator/stub-market.ts'

/** A simulator and a supervisor of a session with it, on one fast clock. */
export interface Rig {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly supervisor: SessionSupervisor
  /** Every state so far, by `nameOf`. */
  readonly states: string[]
  /** Number of sessions so far on which streams had to be requested. */
  readonly resubscribed: () => number
  /** Seconds of the clock until the supervisor's state has that name. */
  secondsUntil(name: string, timeoutSeconds?: number): Promise<number>
}

export interface RigSettings {
  readonly speed?: number
  readonly date?: string
  readonly time?: string
  readonly rules?: Partial<SimulatorOptions>
  readonly options?: Partial<SupervisorOptions>
  readonly gateway?: { clientId?: number; connectTimeoutMs?: number }
}

export const OPTION = {
  conId: conId(QUOTED.conId),
  exchange: 'SMART',
  name: 'SPY call',
  role: 'option',
} as const
export const STOCK = { conId: conId(SPY.conId), exchange: 'SMART', name: 'SPY', role: 'underlying' } as const

/** `down unreachable`, `waiting nightly_restart`, `degraded flowing`, `ready`. */
export function nameOf(state: SupervisorState): string {
  if (state.name === 'down') return `down ${state.reason}`
  if (state.name === 'waiting') return `waiting ${state.for}`
  return state.name === 'degraded' && state.dataFlow ? 'degraded flowing' : state.name
}

export async function openRig(lifetime: Lifetime, settings: RigSettings = {}): Promise<Rig> {
  const { speed = 60, date = '2026-11-19', time = '10:02', rules = {}, gateway = {} } = settings
  const clock = fastClock(newYorkInstant(sessionDate(date), time), speed)
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(rules), { clock, seed: 7 })
  lifetime.onClose(() => simulator.close())
  const options = supervisorOptions.parse(settings.options ?? {})
  const supervisor = openSupervisor(gatewayOptions.parse({ port: simulator.port, ...gateway }), {
    clock,
    options,
  })
  lifetime.onClose(() => supervisor.close())
  const states: string[] = []
  const changedAtMs: number[] = []
  let resubscribed = 0
  supervisor.onChange((state) => {
    states.push(nameOf(state))
    changedAtMs.push(clock.monotonicMs())
  })
  supervisor.onResubscribe(() => {
    resubscribed += 1
  })

  /** A state counts however short it was: a new session takes a few milliseconds. */
  async function secondsUntil(name: string, timeoutSeconds = 120): Promise<number> {
    const fromMs = clock.monotonicMs()
    const known = states.length
    if (nameOf(supervisor.state()) === name) return 0
    for (;;) {
      const at = states.indexOf(name, known)
      if (at >= 0) return ((changedAtMs[at] as number) - fromMs) / 1_000
      if (clock.monotonicMs() - fromMs > timeoutSeconds * 1_000) {
        throw new Error(`not ${name} after ${timeoutSeconds} s, but ${states.join(' → ')}`)
      }
      await clock.sleep(50)
    }
  }
  return { clock, simulator, supervisor, states, resubscribed: () => resubscribed, secondsUntil }
}
