import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'
import type { SimQuote } from '../../../src/simulator/market/market.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import type { BrokerChange } from '../../../src/simulator/orders/broker.ts'
import type { OrderRequest } from '../../../src/simulator/orders/draft.ts'
import { createState } from '../../../src/simulator/state.ts'
import { SPY, stubMarket } from '../stub-market.ts'

const NOON = newYorkInstant(sessionDate('2026-11-20'), '12:00')

test('a market order against the quote ends in a position and in cash', () => {
  const { broker } = simulated({ bid: 680, ask: 680.02, bidSize: 300, askSize: 500 })
  expect(broker.place({ clientId: 1, orderId: 1 }, buy(100))).toBeNull()
  expect(broker.positions()).toEqual([{ contract: SPY, quantity: 100, averageCost: 680.03, realizedPnl: 0 }])
  expect(broker.cash()).toBe(1_000_000 - 68_002 - 1)
  expect(broker.openOrders()).toEqual([])
})

function simulated(quote: SimQuote, at: EpochMs = NOON) {
  const state = createState({ ...stubMarket(), quote: () => quote }, simulatorOptions.parse({}), {
    clock: { now: () => at, monotonicMs: () => 0, sleep: () => new Promise(() => {}), machineMs: (ms) => ms },
    seed: 7,
  })
  const changes: BrokerChange[] = []
  state.broker.onChange((change) => changes.push(change))
  return { broker: state.broker, changes }
}

function buy(quantity: number): OrderRequest {
  return {
    instrument: { kind: 'single', contract: SPY, exchange: 'SMART' },
    terms: {
      side: 'BUY',
      quantity,
      limitPrice: null,
      timeInForce: 'DAY',
      outsideRth: false,
      transmit: true,
    },
    attributes: {},
  }
}
