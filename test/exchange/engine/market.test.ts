import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import { createSteppedMarket, type SteppedMarket } from '../../../src/exchange/engine/market.ts'
import type { Participant } from '../../../src/exchange/engine/participant.ts'
import { BUILT_IN_SCENARIOS, loadScenario } from '../../../src/exchange/scenarios/load.ts'
import type { Scenario } from '../../../src/exchange/scenarios/schema.ts'

const STEPS = 1_500
const noListener = { onFill: () => {} }

function sums({ accounts }: SteppedMarket): { cash: number; shares: number } {
  let cash = 0
  let shares = 0
  for (const account of accounts) {
    cash += account.cash
    shares += account.shares
  }
  return { cash, shares }
}

test.each(BUILT_IN_SCENARIOS)(
  '%s keeps the sums of cash and shares at every step, with a trader from outside',
  (name) => {
    const market = createSteppedMarket(loadScenario(name))
    const trader = market.join('trader', noListener)
    const atStart = sums(market)
    expect(atStart.cash).toBe(0)
    for (let step = 0; step < STEPS; step++) {
      if (step % 10 === 0)
        trader.submit({ side: step % 20 === 0 ? BUY : SELL, kind: 'market', price: 0, quantity: 300 })
      if (step % 7 === 0)
        trader.submit({
          side: BUY,
          kind: 'limit',
          price: Math.max(1, Math.floor(market.view.mid) - 3),
          quantity: 100,
        })
      market.advance()
      expect(sums(market)).toEqual(atStart)
    }
    expect(market.trades.length).toBeGreaterThanOrEqual(0)
  },
)

/** Everything that a run shows: best prices, depth, trades, in every step. */
function tapeOf(name: string, seed: number): string {
  const market = createSteppedMarket(loadScenario(name), seed)
  const hash = createHash('sha256')
  for (let step = 0; step < STEPS; step++) {
    market.advance()
    const { book, trades, view } = market
    hash.update(JSON.stringify([book.levels(BUY, 10), book.levels(SELL, 10), view.fundamental]))
    for (const { price, quantity, side, buyer, seller } of trades)
      hash.update(`${price} ${quantity} ${side} ${buyer.name} ${seller.name}\n`)
  }
  return hash.digest('hex')
}

test.each(BUILT_IN_SCENARIOS)(
  '%s gives the same tape for the same seed, and another for another seed',
  (name) => {
    const first = tapeOf(name, 7)
    expect(tapeOf(name, 7)).toBe(first)
    expect(tapeOf(name, 8)).not.toBe(first)
  },
)

test('scenarios of one fundamental process have the same fundamental value at the same seed', () => {
  const calm = loadScenario('normal_market')
  const valuesOf = (scenario: typeof calm, seed: number) => {
    const market = createSteppedMarket(scenario, seed)
    return Array.from({ length: 50 }, () => {
      market.advance()
      return market.view.fundamental
    })
  }
  const other = { ...loadScenario('hft_dominated'), fundamental: calm.fundamental }
  expect(valuesOf(other, 7)).toEqual(valuesOf(calm, 7))
  expect(valuesOf(other, 8)).not.toEqual(valuesOf(calm, 7))
})

interface Seen {
  readonly fundamental: number
  readonly bestBid: number | null
  readonly bestAsk: number | null
  readonly trades: string[]
}

/** What a run with `scenario` shows in each step; `order` may trade before each. */
function watch(
  scenario: Scenario,
  order: (trader: Participant, market: SteppedMarket) => void = () => {},
): Seen[] {
  const market = createSteppedMarket(scenario)
  const trader = market.join('trader', noListener)
  return Array.from({ length: STEPS }, () => {
    order(trader, market)
    market.advance()
    return {
      fundamental: market.view.fundamental,
      bestBid: market.book.bestBid,
      bestAsk: market.book.bestAsk,
      trades: market.trades.map(({ price, quantity, buyer, seller }) =>
        [price, quantity, buyer.name, seller.name].join(' '),
      ),
    }
  })
}

test('until the first order from outside a run equals the one without, and it draws the same afterwards', () => {
  const scenario = loadScenario('normal_market')
  const passive = watch(scenario)
  const active = watch(scenario, (trader, { step }) => {
    if (step >= 500 && step % 10 === 0) trader.submit({ side: BUY, kind: 'market', price: 0, quantity: 100 })
  })
  expect(active.slice(0, 500)).toEqual(passive.slice(0, 500))
  expect(active.slice(500)).not.toEqual(passive.slice(500))
  expect(active.map(({ fundamental }) => fundamental)).toEqual(passive.map(({ fundamental }) => fundamental))
})

test('the same orders from outside give the same tape, byte for byte', () => {
  const run = () =>
    JSON.stringify(
      watch(loadScenario('flash_crash'), (trader, { step, view }) => {
        if (step % 5 === 0)
          trader.submit({ side: BUY, kind: 'limit', price: Math.floor(view.mid) - 2, quantity: 300 })
        if (step % 50 === 0) for (const order of trader.openOrders()) trader.cancel(order)
        if (step % 70 === 0) trader.submit({ side: SELL, kind: 'market', price: 0, quantity: 1_000 })
      }),
    )
  expect(run()).toBe(run())
})

test('ten thousand orders far from the price change nothing', () => {
  const scenario = loadScenario('normal_market')
  const passive = watch(scenario)
  const active = watch(scenario, (trader, { step }) => {
    for (let n = 0; step === 0 && n < 5_000; n++) {
      trader.submit({ side: BUY, kind: 'limit', price: 50_000 - n, quantity: 100 })
      trader.submit({ side: SELL, kind: 'limit', price: 150_000 + n, quantity: 100 })
    }
  })
  expect(active).toEqual(passive)
})
