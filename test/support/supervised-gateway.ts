import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../src/gateway/supervisor/options.ts'
import { openSupervisor, type SessionSupervisor } from '../../src/gateway/supervisor/supervisor.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { type Clock, clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'

/** In the middle of a session. */
export const NOON = newYorkInstant(sessionDate('2026-11-19'), '12:00')
const SEED = 5

let market: Market | undefined

/** The synthetic market of that date, made once: it is a function of time, so all gateways can share it. */
export function sharedMarket(): Market {
  market ??= syntheticMarket({ seed: SEED, asOf: NOON })
  return market
}

export interface SupervisedGateway {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly supervisor: SessionSupervisor
  /** Seconds of this clock until `isSo` is true; null after the timeout. */
  secondsUntil(isSo: () => boolean, timeoutSeconds: number): Promise<number | null>
  close(): Promise<void>
}

/** A simulated gateway and a supervised session with it, on one clock of the given speed. */
export async function openSupervisedGateway(
  speed: number,
  random: () => number,
  rules: Partial<SimulatorOptions> = {},
): Promise<SupervisedGateway> {
  const clock = clockFrom(NOON, speed)
  const simulator = await startSimulator(sharedMarket(), simulatorOptions.parse(rules), { clock, seed: SEED })
  const supervisor = openSupervisor(gatewayOptions.parse({ port: simulator.port }), {
    clock,
    options: supervisorOptions.parse({}),
    random,
  })
  const gateway: SupervisedGateway = {
    clock,
    simulator,
    supervisor,
    secondsUntil: async (isSo, timeoutSeconds) => {
      const fromMs = clock.monotonicMs()
      const seconds = () => (clock.monotonicMs() - fromMs) / 1_000
      while (!isSo()) {
        if (seconds() > timeoutSeconds) return null
        await clock.sleep(20)
      }
      return seconds()
    },
    close: async () => {
      await supervisor.close()
      await simulator.close()
    },
  }
  await supervisor.whenReady(new AbortController().signal, 60_000)
  return gateway
}

/** Runs `work` for the indexes 0 … count − 1, `atOnce` at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane))
}
