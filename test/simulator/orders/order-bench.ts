import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'
import type { SimContract, SimQuote } from '../../../src/simulator/market/market.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import type { Broker, BrokerChange } from '../../../src/simulator/orders/broker.ts'
import type { OrderRequest } from '../../../src/simulator/orders/draft.ts'
import type { Leg, OrderTerms, Side } from '../../../src/simulator/orders/order.ts'
import { createState, type SimulatorState } from '../../../src/simulator/state.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { stubMarket } from '../stub-market.ts'

export const at = (date: string, time: string) => newYorkInstant(sessionDate(date), time)
export const NOON = at('2026-11-20', '12:00')

/** A broker on a clock moved by hand, with quotes that a test sets. Updates come every second. */
export interface OrderBench {
  readonly state: SimulatorState
  readonly broker: Broker
  readonly clock: ManualClock
  readonly quotes: Map<number, SimQuote>
  readonly changes: BrokerChange[]
  /** Codes of the notices so far. */
  codes(): number[]
  statuses(): string[]
}

export function orderBench(
  setting: { startAt?: EpochMs; options?: object; hours?: string } = {},
): OrderBench {
  const quotes = new Map<number, SimQuote>()
  const clock = manualClock(setting.startAt ?? NOON)
  const hours = setting.hours ?? '20261120:0930-20261120:1600;20261121:CLOSED;20261123:0930-20261123:1600'
  const state = createState(
    {
      ...stubMarket(),
      quote: ({ conId }) => quotes.get(conId) ?? {},
      hours: () => ({ timeZoneId: 'US/Eastern', liquidHours: hours, tradingHours: hours }),
    },
    simulatorOptions.parse({
      updateIntervalMs: 1_000,
      underlyingUpdateIntervalMs: 1_000,
      ...setting.options,
    }),
    { clock, seed: 7 },
  )
  const changes: BrokerChange[] = []
  state.broker.onChange((change) => changes.push(change))
  return {
    state,
    broker: state.broker,
    clock,
    quotes,
    changes,
    codes: () => changes.flatMap((change) => (change.kind === 'notice' ? [change.notice.code] : [])),
    statuses: () => changes.flatMap((change) => (change.kind === 'order' ? [change.order.status] : [])),
  }
}

export const quoteOf = (bid: number, ask: number, size = 500): SimQuote => ({
  bid,
  ask,
  bidSize: size,
  askSize: size,
})

export function order(
  contract: SimContract,
  side: Side,
  quantity: number,
  terms: Partial<OrderTerms> = {},
): OrderRequest {
  return {
    instrument: { kind: 'single', contract, exchange: contract.exchange },
    terms: termsOf(side, quantity, terms),
    attributes: {},
  }
}

/** Buys or sells a combination of one contract of each leg. */
export function combination(
  legs: ReadonlyArray<readonly [SimContract, Side, number?]>,
  side: Side,
  quantity: number,
  terms: Partial<OrderTerms> = {},
): OrderRequest {
  return {
    instrument: {
      kind: 'combination',
      symbol: 'SPY',
      currency: 'USD',
      exchange: 'SMART',
      legs: legs.map(
        ([contract, legSide, ratio = 1]): Leg => ({
          contract,
          side: legSide,
          ratio,
          exchange: 'SMART',
        }),
      ),
    },
    terms: termsOf(side, quantity, terms),
    attributes: {},
  }
}

function termsOf(side: Side, quantity: number, terms: Partial<OrderTerms>): OrderTerms {
  return {
    side,
    quantity,
    limitPrice: null,
    timeInForce: 'DAY',
    outsideRth: false,
    transmit: true,
    ...terms,
  }
}
