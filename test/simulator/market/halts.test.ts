import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { createFaultInjector } from '../../../src/simulator/faults/inject.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { bench } from '../requests/recording-client.ts'

const noon = newYorkInstant(sessionDate('2026-11-20'), '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const one = (symbol: string, secType: SimContract['secType']) =>
  market.find({ symbol, secType, ...(secType === 'OPT' && { expiry: '20261218' }) })[0]!
const [apple, appleOption] = [one('AAPL', 'STK'), one('AAPL', 'OPT')]
const [spy, spx, spxOption] = [one('SPY', 'STK'), one('SPX', 'IND'), one('SPX', 'OPT')]

function haltable() {
  const rig = bench(market)
  const inject = createFaultInjector(rig.state, { close: () => {}, open: () => {} })
  const quote = (contract: SimContract) => rig.state.market.quote(contract, rig.clock.now())
  return { ...rig, inject, quote }
}

test('a halted stock and its options keep the quote of the moment at which it began, and say so', async () => {
  const { inject, quote, clock } = haltable()
  const before = [apple, appleOption].map((contract) => ({ ...quote(contract), halted: 1 }))
  const spyBefore = quote(spy)
  const end = inject({ kind: 'halt', symbols: ['AAPL'], reason: 'general' })
  await clock.advance(120_000)
  expect([apple, appleOption].map(quote)).toEqual(before)
  expect(quote(spy)).not.toEqual(spyBefore)
  expect(quote(spy).halted).toBeUndefined()
  end()
  expect([apple, appleOption].map((contract) => quote(contract).halted)).toEqual([0, 0])
  expect(quote(apple).last).not.toBe(before[0]!.last)
  expect(quote(spy).halted).toBeUndefined()
})

test('a halt of the whole market stops stocks, options and levels, and ends by itself', async () => {
  const { inject, quote, clock } = haltable()
  const level = quote(spx)
  inject({ kind: 'halt', reason: 'volatility', seconds: 900 })
  await clock.advance(600_000)
  expect([spy, apple, appleOption, spxOption].map((contract) => quote(contract).halted)).toEqual([2, 2, 2, 2])
  expect(quote(spx)).toEqual(level)
  await clock.advance(301_000)
  expect(quote(spx)).not.toEqual(level)
  expect(quote(spy).halted).toBe(0)
})

test('an order for what is halted waits until trading goes on', async () => {
  const { inject, state, clock } = haltable()
  inject({ kind: 'halt', symbols: ['AAPL'], reason: 'general', seconds: 60 })
  const terms = { side: 'BUY', quantity: 10, limitPrice: null, timeInForce: 'DAY' } as const
  state.broker.place(
    { clientId: 1, orderId: 1 },
    {
      instrument: { kind: 'single', contract: apple, exchange: 'SMART' },
      terms: { ...terms, outsideRth: false, transmit: true },
      attributes: {},
    },
  )
  await clock.advance(59_000)
  expect(state.broker.openOrders()).toHaveLength(1)
  await clock.advance(3_000)
  expect(state.broker.openOrders()).toEqual([])
  expect(state.broker.positions()).toMatchObject([{ quantity: 10 }])
})
