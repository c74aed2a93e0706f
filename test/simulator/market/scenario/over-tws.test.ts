import { type Contract, EventName, OrderAction, OrderType, SecType, TimeInForce } from '@stoqey/ib'
import { expect, onTestFinished, test } from 'vitest'
import { loadScenario } from '../../../../src/exchange/scenarios/load.ts'
import type { Scenario } from '../../../../src/exchange/scenarios/schema.ts'
import { newYorkInstant } from '../../../../src/market/calendar.ts'
import { fastClock } from '../../../../src/market/fast-clock.ts'
import { sessionDate } from '../../../../src/market/units.ts'
import { openScenario } from '../../../../src/simulator/market/scenario/open-scenario.ts'
import { SCENARIO_SYMBOL } from '../../../../src/simulator/market/scenario/stock.ts'
import { simulatorOptions } from '../../../../src/simulator/options.ts'
import { startSimulator } from '../../../../src/simulator/server.ts'
import { connectOrders } from '../../orders/order-client.ts'

const OPEN = newYorkInstant(sessionDate('2026-11-20'), '09:30')
const STOCK: Contract = {
  symbol: SCENARIO_SYMBOL,
  secType: SecType.STK,
  exchange: 'SMART',
  currency: 'USD',
}

/** The calm market, fifty times as fast as the wall clock if the machine keeps up. */
async function scenarioGateway(scenario: Scenario = loadScenario('normal_market')) {
  const clock = fastClock(OPEN, 50)
  const { market, openVenue, stepped } = openScenario(scenario, {
    seed: 1,
    startAt: clock.now(),
  })
  const options = simulatorOptions.parse({ updateIntervalMs: 100, underlyingUpdateIntervalMs: 100 })
  const simulator = await startSimulator(market, options, { clock, seed: 1, openVenue })
  onTestFinished(() => simulator.close())
  const client = await connectOrders(simulator)
  onTestFinished(() => void client.api.disconnect())
  return { client, stepped, clock }
}

test('over TWS a client has the depth of the book, trades in it, cancels, and asks for the bars', async () => {
  const { client, stepped, clock } = await scenarioGateway()
  const { api, next } = client
  api.reqMktDepth(1, STOCK, 5, false)
  await next(EventName.updateMktDepth, (_id, position, _operation, side) => position === 4 && side === 0)

  const deep = { action: OrderAction.BUY, totalQuantity: 300, tif: TimeInForce.DAY, transmit: true }
  api.placeOrder(1, STOCK, { ...deep, orderType: OrderType.LMT, lmtPrice: 1_050 })
  await next(
    EventName.execDetails,
    (_id, _contract, execution) => (execution as { orderId: number }).orderId === 1,
  )
  const sell = { ...deep, action: OrderAction.SELL, totalQuantity: 100 }
  api.placeOrder(2, STOCK, { ...sell, orderType: OrderType.LMT, lmtPrice: 1_900 })
  await next(EventName.orderStatus, (id, status) => id === 2 && status === 'Submitted')
  expect(stepped.book.sizeAt(190_000)).toBe(100)
  api.cancelOrder(2, '')
  await client.error(202, 2)
  expect(stepped.book.sizeAt(190_000)).toBe(0)

  // A bar of 5 s needs 50 steps.
  while (stepped.step < 150) await clock.sleep(100)
  api.reqHistoricalData(3, STOCK, '', '60 S', '5 secs' as never, 'TRADES' as never, 0, 1, false)
  const [, , open, high, low] = await next(EventName.historicalData, (id) => id === 3)
  expect(Number(high)).toBeGreaterThanOrEqual(Math.max(Number(open), Number(low)))
  const outside = stepped.accounts.filter(({ population }) => population === 'outside')
  expect(outside).toHaveLength(1)
  expect(outside[0]?.shares).toBeGreaterThan(0)
})

test('realtime bars requested before the first trade come after it', async () => {
  const { client } = await scenarioGateway({ ...loadScenario('normal_market'), populations: [] })
  const { api, next } = client
  api.reqRealTimeBars(1, STOCK, 5, 'TRADES' as never, true)
  const terms = { action: OrderAction.BUY, totalQuantity: 100, tif: TimeInForce.DAY, transmit: true }
  api.placeOrder(1, STOCK, { ...terms, orderType: OrderType.LMT, lmtPrice: 1_050 })
  const [, , open, , , close, volume] = await next(EventName.realtimeBar, (id) => id === 1)
  expect([Number(open), Number(close), Number(volume)]).toEqual([1_000.25, 1_000.25, 100])
})
