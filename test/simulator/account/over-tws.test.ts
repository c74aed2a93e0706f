import { EventName, IBApi, OrderAction, OrderType, SecType } from '@stoqey/ib'
import { afterEach, expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import { SPY, stubMarket } from '../stub-market.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const ACCOUNT = 'DU1234567'

test('an order over TWS shows in positions, portfolio, figures and profit and loss, as a client decodes them', async () => {
  const offsetMs = newYorkInstant(sessionDate('2026-11-20'), '12:00') - systemClock.now()
  const market = {
    ...stubMarket(),
    quote: () => ({ bid: 680, ask: 682, bidSize: 500, askSize: 500, close: 675 }),
  }
  const simulator = await startSimulator(market, simulatorOptions.parse({}), {
    clock: { ...systemClock, now: () => epochMs(systemClock.now() + offsetMs) },
    seed: 7,
  })
  closers.push(() => simulator.close())
  const api = new IBApi({ host: simulator.host, port: simulator.port, clientId: 1, maxReqPerSec: 1e6 })
  const events: Array<[name: string, ...values: unknown[]]> = []
  for (const name of Object.values(EventName)) {
    if (name === EventName.all || name === EventName.received || name === EventName.sent) continue
    api.on(name as EventName.error, (...values: unknown[]) => void events.push([name, ...values]))
  }
  closers.push(() => void api.disconnect())
  const last = async (name: string, matches: (...values: unknown[]) => boolean = () => true) => {
    for (;;) {
      const found = events.findLast(([event, ...values]) => event === name && matches(...values))
      if (found) return found.slice(1)
      await systemClock.sleep(2)
    }
  }
  api.connect()
  await last('nextValidId')

  api.reqPositions()
  api.reqAccountUpdates(true, ACCOUNT)
  api.reqPnL(7, ACCOUNT)
  api.reqPnLSingle(8, ACCOUNT, null, SPY.conId)
  await last('accountDownloadEnd')
  expect(await last('pnl')).toEqual([7, 0, 0, 0])
  expect(await last('pnlSingle')).toEqual([8, 0, ...Array(4).fill(undefined)])
  api.placeOrder(
    1,
    { conId: SPY.conId, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' },
    { action: OrderAction.BUY, orderType: OrderType.MKT, totalQuantity: 100, transmit: true },
  )

  // Bought at 682 with a commission of 1 dollar, and worth 681.
  const contract = expect.objectContaining({ conId: SPY.conId, symbol: 'SPY', secType: 'STK' })
  expect(await last('position')).toEqual([ACCOUNT, contract, 100, 682.01])
  expect(await last('updatePortfolio')).toEqual([contract, 100, 681, 68_100, 682.01, -101, 0, ACCOUNT])
  const value = (tag: string) =>
    last('updateAccountValue', (key, _value, currency) => key === tag && currency === 'USD')
  expect(await value('TotalCashValue')).toEqual(['TotalCashValue', '931799.00', 'USD', ACCOUNT])
  expect(await value('NetLiquidation')).toEqual(['NetLiquidation', '999899.00', 'USD', ACCOUNT])
  expect(await value('InitMarginReq')).toEqual(['InitMarginReq', '34050.00', 'USD', ACCOUNT])
  await last('pnl', (_id, daily) => daily === -101)
  expect(await last('pnl')).toEqual([7, -101, -101, 0])
  await last('pnlSingle', (_id, quantity) => quantity === 100)
  expect(await last('pnlSingle')).toEqual([8, 100, -101, -101, 0, 68_100])
  expect(events.filter(([name]) => name === EventName.error)).toEqual([])
})
