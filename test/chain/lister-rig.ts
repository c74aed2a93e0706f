import { onTestFinished } from 'vitest'
import { type ChainLister, startChainLister } from '../../src/chain/chain-lister.ts'
import { findUnderlying } from '../../src/chain/find-underlying.ts'
import { chainOptions } from '../../src/chain/options.ts'
import { type UniverseOptions, universeOptions } from '../../src/chain/universe.ts'
import { roundAt } from '../../src/daemon/listing-rounds.ts'
import { type GatewayOptions, gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../src/gateway/session/session.ts'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { sessionDate } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import type { Log } from '../../src/process/log.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../support/variable-speed-clock.ts'

export const DATE = sessionDate('2026-11-19')
export const at = (clock: string) => newYorkInstant(DATE, clock)

let market: Market | undefined

/** A simulated gateway on a clock that runs 200 times as fast as the machine's, and listers that ask it. */
export interface ListerRig {
  readonly clock: VariableSpeedClock
  readonly simulator: Simulator
  readonly folder: string
  readonly universe: UniverseOptions
  /** Lines of the log, each with its level. */
  readonly said: readonly string[]
  /** Begins to list; several may follow each other on one folder. */
  start(symbols: readonly string[]): ChainLister & { close(): Promise<void> }
  /** The New York time at which a condition becomes true, in seconds after the start; fails after the given ones. */
  secondsUntil(isSo: () => boolean, timeoutSeconds: number): Promise<number>
}

export async function openListerRig(
  from: string,
  {
    rules = {},
    gateway = {},
    expirations = 3,
    speed = 200,
  }: {
    readonly rules?: Partial<SimulatorOptions>
    readonly gateway?: Partial<GatewayOptions>
    readonly expirations?: number
    readonly speed?: number
  } = {},
): Promise<ListerRig> {
  const clock = variableSpeedClock(at(from), speed)
  market ??= syntheticMarket({ seed: 5, asOf: at('10:00') })
  const simulator = await startSimulator(market, simulatorOptions.parse(rules), { clock, seed: 5 })
  onTestFinished(() => simulator.close())
  const universe = universeOptions.parse({ policy: 'plain', plainExpirations: expirations })
  const folder = temporaryFolder()
  const said: string[] = []
  const log = logTo(said)

  return {
    clock,
    simulator,
    folder,
    universe,
    said,
    start: (symbols) => {
      const lifetime = openLifetime()
      const { signal } = lifetime
      onTestFinished(() => lifetime.close())
      let open: Promise<Session> | undefined
      const options = gatewayOptions.parse({
        ...{ port: simulator.port, connectTimeoutMs: 600_000, connectBackoffMs: 0 },
        ...{ farmNoticeWaitMs: 0, ...gateway },
      })
      const ready = async () => {
        const session = await open?.catch(() => undefined)
        if (session?.isOpen) return session
        open = openSession(options, { clock, signal })
        return open
      }
      const chains = startChainLister(symbols.map(instrumentNamed), {
        ...{ ready, findUnderlying, universe, folder, clock, log, signal },
        roundOf: () => roundAt(clock.now(), sessionOn, chainOptions.parse({})),
      })
      lifetime.onClose(() => chains.done)
      return { ...chains, close: () => lifetime.close() }
    },
    secondsUntil: async (isSo, timeoutSeconds) => {
      const startedMs = clock.monotonicMs()
      const seconds = () => (clock.monotonicMs() - startedMs) / 1_000
      while (!isSo()) {
        if (seconds() > timeoutSeconds) throw new Error(`not so after ${timeoutSeconds} s`)
        await clock.sleep(500)
      }
      return seconds()
    },
  }
}

function logTo(said: string[]): Log {
  const write = (level: string) => (_facts: unknown, line: string) => void said.push(`${level}: ${line}`)
  const log = { warn: write('warn'), info: write('info'), error: write('error'), debug: () => {} }
  return log as unknown as Log
}
