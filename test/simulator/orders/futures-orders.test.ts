import { type Contract, OrderAction, SecType } from '@stoqey/ib'
import { expect, test } from 'vitest'
import { clockFrom } from '../../../src/market/clock.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import { futuresMarket, time } from '../market/synthetic/futures/market.ts'
import { connectOrders, market } from './order-client.ts'

test('orders for futures, options on them and combinations with one are refused with 201, and leave no trace', async () => {
  const now = time('2026-12-14', '12:00')
  const listed = futuresMarket({ seed: 7, asOf: now })
  const [future, next] = listed.find({ symbol: 'ES', secType: 'FUT' })
  const [option] = listed.find({ symbol: 'CL', secType: 'FOP', expiry: '20270114', right: 'C', strike: 70 })
  const simulator = await startSimulator(listed, simulatorOptions.parse({}), {
    clock: clockFrom(now),
    seed: 7,
  })
  const client = await connectOrders(simulator)
  try {
    const leg = { ratio: 1, exchange: 'CME' }
    const contracts: Contract[] = [
      { conId: future!.conId, exchange: 'CME' },
      { conId: option!.conId, exchange: 'NYMEX' },
      {
        ...{ symbol: 'ES', secType: SecType.BAG, currency: 'USD', exchange: 'CME' },
        comboLegs: [
          { ...leg, conId: future!.conId, action: OrderAction.SELL },
          { ...leg, conId: next!.conId, action: OrderAction.BUY },
        ],
      },
    ]
    for (const [at, contract] of contracts.entries()) {
      client.api.placeOrder(at + 1, contract, market('BUY', 1))
      expect(await client.error(201, at + 1)).toContain('not simulated')
    }
    client.api.reqAllOpenOrders()
    await client.next('openOrderEnd')
    expect(client.all('openOrder')).toEqual([])
  } finally {
    client.api.disconnect()
    await simulator.close()
  }
})
