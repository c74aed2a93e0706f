import { afterEach, expect, test } from 'vitest'
import { loadScenario } from '../../../src/exchange/scenarios/load.ts'
import type { Notice } from '../../../src/gateway/session/notices.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { createDepthRows } from '../../../src/gateway/session/requests/depth-rows.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { conId } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openScenario } from '../../../src/simulator/market/scenario/open-scenario.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import { SPY, stubMarket, VIX } from '../../simulator/stub-market.ts'

const INSERT = 0
const UPDATE = 1
const DELETE = 2
const ASK = 0
const BID = 1

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 2) {
    if (waited > 4_000) throw new Error('not so after 4 s')
    await systemClock.sleep(2)
  }
}

async function sessionWith(port: number): Promise<Session> {
  const session = await openSession(gatewayOptions.parse({ port }), { clock: systemClock })
  lifetime.onClose(() => session.close())
  return session
}

test('rows are inserted, changed and deleted; those of one price are one level, best first', () => {
  const rows = createDepthRows()
  const apply = (position: number, operation: number, side: number, price: number, size: number) =>
    rows.apply({ position, operation, side, price, size })
  apply(0, INSERT, BID, 10.02, 100)
  apply(1, INSERT, BID, 10.02, 300)
  apply(2, INSERT, BID, 10.01, 200)
  apply(0, INSERT, ASK, 10.05, 400)
  apply(0, INSERT, ASK, 10.04, 100)
  expect(rows.book()).toEqual({
    bids: [
      { price: 10.02, size: 400 },
      { price: 10.01, size: 200 },
    ],
    asks: [
      { price: 10.04, size: 100 },
      { price: 10.05, size: 400 },
    ],
  })
  apply(0, UPDATE, BID, 10.03, 500)
  apply(1, DELETE, BID, 0, 0)
  expect(rows.book().bids).toEqual([
    { price: 10.03, size: 500 },
    { price: 10.01, size: 200 },
  ])
  rows.clear()
  expect(rows.book()).toEqual({ bids: [], asks: [] })
})

test('a change that fits no row, or has no finite price and size, is dropped', () => {
  const rows = createDepthRows()
  const apply = (position: number, operation: number, price: number, size: number, side = BID) =>
    rows.apply({ position, operation, side, price, size })
  apply(1, INSERT, 10, 100)
  apply(0, UPDATE, 10, 100)
  apply(0, DELETE, 0, 0)
  apply(-1, INSERT, 10, 100)
  apply(1e9, INSERT, 10, 100)
  apply(0.5, INSERT, 10, 100)
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1.797e308]) apply(0, INSERT, bad, 100)
  for (const bad of [Number.NaN, -1, 2 ** 63]) apply(0, INSERT, 10, bad)
  apply(0, INSERT, 10, 100, 7)
  expect(rows.book()).toEqual({ bids: [], asks: [] })
})

test('a session follows the book of a contract until it is cancelled', async () => {
  const scenario = openScenario(loadScenario('normal_market'), { seed: 1, startAt: systemClock.now() })
  const simulator = await startSimulator(
    scenario.market,
    simulatorOptions.parse({ underlyingUpdateIntervalMs: 5 }),
    { clock: systemClock, seed: 1, openVenue: scenario.openVenue },
  )
  lifetime.onClose(() => simulator.close())
  const session = await sessionWith(simulator.port)
  const [stock] = await session.contractDetails({ symbol: 'EXCH', secType: 'STK' })
  const { conId, exchange } = stock!
  const depth = await session.followDepth({ conId, exchange }, { rows: 10, onNotice: () => {} })
  expect(depth.book()).toBeNull()
  await until(() => (depth.book()?.bids.length ?? 0) >= 5 && (depth.book()?.asks.length ?? 0) >= 5)
  await until(() => {
    const shown = JSON.stringify(depth.book()?.bids)
    const {
      book,
      scenario: { tickSize },
    } = scenario.stepped
    const real = book
      .levels(1, 10)
      .map(({ price, size }) => ({ price: Math.round(price * tickSize * 1e6) / 1e6, size }))
    return shown === JSON.stringify(real)
  })
  await depth.cancel()
  await depth.cancel()
  await until(() => simulator.stats().received.cancelMktDepth === 1)
  expect(session.counters().linesInUse).toBe(0)
})

test('a request for depth that the gateway refuses ends with its notice and needs no cancel', async () => {
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse({}), {
    clock: systemClock,
    seed: 1,
  })
  lifetime.onClose(() => simulator.close())
  const session = await sessionWith(simulator.port)
  const notices: Notice[] = []
  const onNotice = (notice: Notice) => void notices.push(notice)
  const index = await session.followDepth(
    { conId: conId(VIX.conId), exchange: VIX.exchange },
    { rows: 5, onNotice },
  )
  await until(() => notices.length > 0)
  expect(notices).toMatchObject([{ code: 10_092, kind: 'request' }])
  await index.cancel()
  const stock = await session.followDepth(
    { conId: conId(SPY.conId), exchange: 'SMART' },
    { rows: 5, onNotice },
  )
  await until(() => stock.book() !== null)
  expect(simulator.stats().received.cancelMktDepth).toBeUndefined()
})
