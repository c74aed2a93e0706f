import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { bench } from '../requests/recording-client.ts'

const time = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)

/** An account with one option of a class, bought at noon of 2026-11-20, and the market that it is settled by. */
function held(query: { symbol: string; tradingClass: string; expiry: string }) {
  const start = time('2026-11-20', '12:00')
  const market = syntheticMarket({ seed: 7, asOf: start })
  const index = market.find({ symbol: query.symbol, secType: 'IND' })[0]!
  const level = (at: EpochMs) => market.quote(index, at).last!
  const option = market
    .find({ ...query, secType: 'OPT', right: 'C' })
    .filter(({ strike }) => strike < 0.9 * level(start))
    .at(-1) as SimContract
  const rig = bench(market)
  rig.trade(option, 1)
  const cash = rig.state.broker.cash()
  const until = (at: EpochMs) => rig.clock.advance(at - rig.clock.now())
  const received = () => (rig.state.broker.cash() - cash) / 100
  return { option, level, until, received, quantity: () => rig.state.broker.positions()[0]?.quantity }
}

test('an option with AM settlement is worth the opening level of the session after its last trading day', async () => {
  const { option, level, until, received, quantity } = held({
    ...{ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217' },
  })
  await until(time('2026-12-18', '09:29'))
  expect(quantity()).toBe(1)
  await until(time('2026-12-18', '09:35'))
  expect(quantity()).toBe(0)
  const opening = level(time('2026-12-18', '09:30'))
  expect(received()).toBeCloseTo(opening - option.strike, 9)
  expect(opening).not.toBe(level(time('2026-12-17', '16:00')))
})

test('an option with PM settlement is worth the level at the close of its last day', async () => {
  const { option, level, until, received } = held({
    ...{ symbol: 'SPX', tradingClass: 'SPXW', expiry: '20261127' },
  })
  // The day after Thanksgiving closes at 13:00.
  await until(time('2026-11-27', '13:20'))
  expect(received()).toBeCloseTo(level(time('2026-11-27', '13:00')) - option.strike, 9)
})

test('options on the volatility index are worth its level at the opening of their Wednesday', async () => {
  const { option, level, until, received } = held({
    ...{ symbol: 'VIX', tradingClass: 'VIX', expiry: '20261215' },
  })
  await until(time('2026-12-16', '09:31'))
  const worth = Math.max(0, level(time('2026-12-16', '09:30')) - option.strike)
  expect(received()).toBeCloseTo(worth, 9)
})
