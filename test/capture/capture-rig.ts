import { onTestFinished } from 'vitest'
import { type Captured, capture } from '../../src/capture/capture.ts'
import type { CaptureOptions } from '../../src/capture/options.ts'
import { singleSession } from '../../src/capture/session-source.ts'
import { startSlotChains } from '../../src/capture/slot-chains.ts'
import { createUnderlyingFinder } from '../../src/capture/underlying-contracts.ts'
import type { ChainLister } from '../../src/chain/chain-lister.ts'
import { createFutureSource } from '../../src/chain/futures/future-source.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../src/gateway/session/session.ts'
import type { Lake } from '../../src/lake/open.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { namesOf } from '../../src/market/instrument.ts'
import { dueSlot } from '../../src/market/slot.ts'
import { type SessionDate, sessionDate } from '../../src/market/units.ts'
import { openLifetime } from '../../src/process/lifetime.ts'
import { openLog } from '../../src/process/log.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { type VariableSpeedClock, variableSpeedClock } from '../support/variable-speed-clock.ts'

export const DATE: SessionDate = sessionDate('2026-11-19')
const LIMITS = { messagesPerSecond: 500, lines: 100 }

/** Made once: it is a function of the time. */
let market: Market | undefined

/** A simulated gateway, a session with it and an empty lake, all on one clock. */
export interface CaptureRig {
  /** Runs as fast as the machine's until the test sets another speed. */
  readonly clock: VariableSpeedClock
  readonly simulator: Simulator
  readonly session: Session
  readonly lake: Lake
  readonly config: Config
  /** The listing of the chains begins when it is first used. */
  readonly chains: ChainLister
  /** Captures a slot of the configured symbols, such as that of `10:00`. */
  capture(slot: string, options?: Partial<CaptureOptions>): Promise<Captured>
}

/** `at` is a New York time such as `10:02`; the universe is a few dozen contracts of each symbol. */
export async function openCaptureRig(
  at: string,
  {
    rules = {},
    values = {},
    limits = LIMITS,
  }: {
    readonly rules?: Partial<SimulatorOptions>
    readonly values?: Readonly<Record<string, unknown>>
    readonly limits?: typeof LIMITS
  } = {},
): Promise<CaptureRig> {
  const clock = variableSpeedClock(newYorkInstant(DATE, at), 1)
  market ??= syntheticMarket({ seed: 5, asOf: newYorkInstant(DATE, '10:00') })
  const simulator = await startSimulator(market, simulatorOptions.parse(rules), { clock, seed: 5 })
  onTestFinished(() => simulator.close())
  const gateway = gatewayOptions.parse({ port: simulator.port, connectTimeoutMs: 600_000, ...limits })
  const session = await openSession(gateway, { clock })
  onTestFinished(() => session.close())
  const settings: Record<string, unknown> = {
    symbols: ['IWM'],
    'universe.policy': 'plain',
    'universe.plainExpirations': 1,
    'universe.strikeWindowFraction': 0.02,
    'universe.minStrikeWindowFraction': 0.02,
    ...values,
  }
  const config = loadConfig(
    null,
    {},
    Object.entries(settings).map(([path, value]) => ({ source: 'test', path: path.split('.'), value })),
  )
  const lake = await temporaryLake(undefined, { clock })
  const lifetime = openLifetime()
  onTestFinished(() => lifetime.close())
  const { signal } = lifetime
  const log = openLog('silent')
  const futures = createFutureSource({ folder: lake.layout.contracts, clock, log, signal })
  const finder = createUnderlyingFinder(lake.layout.contracts)
  const sessions = singleSession(session, { ...limits, pacingWindowMs: 1_020 })
  let started: ChainLister | undefined
  const startedChains = () => {
    const symbols = namesOf(config.symbols)
    started ??= startSlotChains(session, dueSlot(newYorkInstant(DATE, '09:30'), DATE, symbols), {
      config,
      lake,
      log,
      signal,
    })
    return started
  }
  return {
    ...{ clock, simulator, session, lake, config },
    get chains() {
      return startedChains()
    },
    capture: (slot, options) =>
      capture(dueSlot(newYorkInstant(DATE, slot), DATE, namesOf(config.symbols)), {
        ...{ config, finder, sessions, futures, lake, log, signal, quoteHistories: new Map() },
        chains: options?.chains ?? startedChains(),
        ...options,
      }),
  }
}
