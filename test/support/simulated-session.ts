import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../src/gateway/session/session.ts'
import { collect } from '../../src/harvest/collect.ts'
import type { Harvest } from '../../src/harvest/harvest.ts'
import { type Clock, clockFrom } from '../../src/market/clock.ts'
import type { OptionContract } from '../../src/market/contract.ts'
import { conId, expiryDate } from '../../src/market/units.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { NOON, sharedMarket } from './supervised-gateway.ts'

/** A simulated gateway, a session with it, and some listed options of SPY. */
export interface SimulatedSession {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly session: Session
  readonly order: readonly OptionContract[]
  /** Collects all of `order`, with the default waits. */
  collect(deadlineAtMs: number): Promise<Harvest>
  close(): Promise<void>
}

export async function openSimulatedSession(
  contracts: number,
  speed: number,
  rules: Partial<SimulatorOptions> = {},
): Promise<SimulatedSession> {
  const clock = clockFrom(NOON, speed)
  const simulator = await startSimulator(sharedMarket(), simulatorOptions.parse(rules), { clock, seed: 5 })
  const session = await openSession(
    gatewayOptions.parse({ port: simulator.port, connectTimeoutMs: 600_000 }),
    { clock },
  )
  const order = listed(contracts)
  return {
    clock,
    simulator,
    session,
    order,
    collect: (deadlineAtMs) =>
      collect(
        session,
        { symbol: 'SPY', order, openInterest: new Map(), underlyingPrice: () => null },
        {
          clock,
          waits: { greeksWaitMs: 2_500, timeoutMs: 4_000, deadlineAtMs },
          signal: new AbortController().signal,
        },
      ),
    close: async () => {
      await session.close()
      await simulator.close()
    },
  }
}

function listed(contracts: number): OptionContract[] {
  return sharedMarket()
    .find({ symbol: 'SPY', secType: 'OPT' })
    .slice(0, contracts)
    .map((one) => ({
      conId: conId(one.conId),
      symbol: one.symbol,
      expiry: expiryDate(one.expiry),
      strike: one.strike,
      right: one.right as 'C' | 'P',
      tradingClass: one.tradingClass,
      multiplier: 100,
      exchange: one.exchange,
      currency: one.currency,
    }))
}
