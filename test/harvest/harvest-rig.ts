import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../src/gateway/session/session.ts'
import { type CollectObservers, collect } from '../../src/harvest/collect.ts'
import type { Harvest } from '../../src/harvest/harvest.ts'
import type { RequestWaits } from '../../src/harvest/request-window.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import type { Clock } from '../../src/market/clock.ts'
import type { OptionContract } from '../../src/market/contract.ts'
import { fastClock } from '../../src/market/fast-clock.ts'
import { type ConId, conId, expiryDate, sessionDate } from '../../src/market/units.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'

const NOW = newYorkInstant(sessionDate('2026-11-19'), '10:02')
/** Made once: it is a function of the time. */
let market: Market | undefined

/** A gateway with the synthetic market during trading hours, and a session with it. */
export interface Rig {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly session: Session
  /** Listed options of SPY, nearest the money first. */
  readonly listed: readonly OptionContract[]
  /** Collects these contracts of SPY, with waits short enough for a test. */
  collect(order: readonly OptionContract[], settings?: CollectSettings): Promise<Harvest>
  close(): Promise<void>
}

export interface CollectSettings extends CollectObservers {
  readonly waits?: Partial<RequestWaits>
  readonly signal?: AbortSignal
  readonly openInterest?: ReadonlyMap<ConId, number>
}

export async function openRig(
  rules: Partial<SimulatorOptions> = {},
  limits: { messagesPerSecond?: number; lines?: number } = {},
): Promise<Rig> {
  const clock = fastClock(NOW, 4)
  market ??= syntheticMarket({ seed: 5, asOf: NOW })
  const simulator = await startSimulator(market, simulatorOptions.parse(rules), { clock, seed: 5 })
  const options = gatewayOptions.parse({
    host: simulator.host,
    port: simulator.port,
    messagesPerSecond: 1_000,
    lines: 200,
    ...limits,
  })
  const session = await openSession(options, { clock })
  const details = await session.contractDetails({
    symbol: 'SPY',
    secType: 'OPT',
    exchange: 'SMART',
    currency: 'USD',
    expiry: expiryDate('20261218'),
    tradingClass: 'SPY',
  })
  const listed = details
    .map((one) => ({
      conId: conId(one.conId),
      symbol: 'SPY',
      expiry: expiryDate('20261218'),
      strike: one.strike as number,
      right: one.right as 'C' | 'P',
      tradingClass: 'SPY',
      multiplier: 100,
      exchange: 'SMART',
      currency: 'USD',
    }))
    .sort((a, b) => Math.abs(a.strike - 690) - Math.abs(b.strike - 690))
  return {
    clock,
    simulator,
    session,
    listed,
    collect: (order, { waits, signal, openInterest = new Map(), ...observers } = {}) =>
      collect(
        session,
        {
          ...{ symbol: 'SPY', order, openInterest },
          underlyingPrice: () => ({ price: 690, at: clock.now(), confirmedAt: clock.now() }),
        },
        {
          clock,
          waits: { greeksWaitMs: 400, timeoutMs: 700, deadlineAtMs: Number.POSITIVE_INFINITY, ...waits },
          signal: signal ?? new AbortController().signal,
        },
        observers,
      ),
    close: async () => {
      await session.close()
      await simulator.close()
    },
  }
}
