import { expect, test } from 'vitest'
import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import type { Fill } from '../../../src/exchange/engine/agent.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { loadScenario, parseScenario } from '../../../src/exchange/scenarios/load.ts'
import type { Scenario } from '../../../src/exchange/scenarios/schema.ts'

/** A scenario without agents: the opening orders are 500 shares at each quarter of a dollar around 100. */
function scenario(changes: object = {}): Scenario {
  const populations: unknown[] = []
  return parseScenario(
    {
      id: 'test',
      name: 'Test',
      description: '',
      seed: 1,
      steps: 100,
      initialPrice: 100,
      initialSpread: 0.5,
      fundamental: { drift: 0, volatility: 1e-4 },
      populations,
      ...changes,
    },
    'test',
  )
}

function fundamentals(changes: object): number[] {
  const market = createSteppedMarket(scenario(changes))
  return Array.from({ length: 20 }, () => {
    market.advance()
    return market.view.fundamental
  })
}

test('news moves the fundamental value at its step and leaves its other moves as they are', () => {
  const calm = fundamentals({})
  const news = fundamentals({ events: [{ kind: 'jump', atStep: 10, fraction: -0.02 }] })
  expect(news.slice(0, 10)).toEqual(calm.slice(0, 10))
  for (let step = 10; step < 20; step++) expect(news[step]).toBeCloseTo((calm[step] as number) * 0.98, 8)
})

test('a time of higher volatility stretches the moves of the fundamental value, and then ends', () => {
  const calm = fundamentals({})
  const wild = fundamentals({ events: [{ kind: 'volatility', atStep: 5, untilStep: 8, factor: 3 }] })
  const moves = (values: number[]) =>
    values.slice(1).map((value, at) => Math.log(value / (values[at] as number)))
  const [calmMoves, wildMoves] = [moves(calm), moves(wild)]
  wildMoves.forEach((move, at) => {
    // The move at `at` leads to step at + 1.
    const factor = at + 1 >= 5 && at + 1 < 8 ? 3 : 1
    expect(move).toBeCloseTo(factor * (calmMoves[at] as number), 10)
  })
})

test('a population starts at its step, and stops with its orders cancelled', () => {
  const base = loadScenario('normal_market')
  const noise = base.populations.find(({ type }) => type === 'noise')
  const market = createSteppedMarket({
    ...base,
    populations: [noise as Scenario['populations'][number]],
    events: [
      { kind: 'start', atStep: 30, population: 'noise' },
      { kind: 'stop', atStep: 400, population: 'noise' },
    ],
  })
  const resting = () =>
    market.accounts.reduce(
      (sum, { population, openOrders }) => sum + (population === 'noise' ? openOrders : 0),
      0,
    )
  const seen: number[] = []
  for (let step = 0; step < 450; step++) {
    market.advance()
    seen.push(resting())
  }
  expect(Math.max(...seen.slice(0, 30))).toBe(0)
  expect(seen[399]).toBeGreaterThan(0)
  expect(Math.max(...seen.slice(400))).toBe(0)
})

test('a participant is told its fills after the book is consistent, and may order in answer', () => {
  const market = createSteppedMarket(scenario())
  const fills: Fill[] = []
  const trader = market.join('trader', {
    onFill: (fill) => {
      fills.push(fill)
      if (fills.length === 1)
        trader.submit({ side: SELL, kind: 'limit', price: 10_100, quantity: 100, tag: 'second' })
    },
  })
  trader.submit({ side: BUY, kind: 'limit', price: 10_025, quantity: 700, tag: 'first' })
  expect(
    fills.map(({ order, price, quantity, remaining, isMaker }) => [
      order.tag,
      price,
      quantity,
      remaining,
      isMaker,
    ]),
  ).toEqual([['first', 10_025, 500, 200, false]])
  expect(trader.openOrders().map(({ tag, remaining }) => [tag, remaining])).toEqual([
    ['first', 200],
    ['second', 100],
  ])
  expect(trader.account).toMatchObject({ cash: -500 * 10_025, shares: 500 })
})

test('fills are told in the order in which they happened, also when a listener orders in answer', () => {
  const market = createSteppedMarket(scenario())
  const told: string[] = []
  const trader = market.join('trader', {
    onFill: ({ order, price }) => {
      told.push(`${order.tag} ${price}`)
      if (told.length > 1) return
      trader.submit({ side: SELL, kind: 'market', price: 0, quantity: 100, tag: 'answer' })
      told.push('answered')
    },
  })
  trader.submit({ side: BUY, kind: 'market', price: 0, quantity: 1_100, tag: 'first' })
  expect(told).toEqual(['first 10025', 'first 10050', 'first 10075', 'answer 9975', 'answered'])
})

test("another's order can be neither cancelled nor changed", () => {
  const market = createSteppedMarket(scenario())
  const [one, other] = ['one', 'other'].map((name) => market.join(name, { onFill: () => {} }))
  const order = one!.submit({ side: BUY, kind: 'limit', price: 9_990, quantity: 100 })
  expect(other!.cancel(order)).toBe(false)
  expect(other!.modify(order, { price: 9_991, remaining: 100 })).toBe(false)
  expect(market.book.sizeAt(9_990)).toBe(100)
  one!.leave()
  expect([market.book.sizeAt(9_990), one!.openOrders()]).toEqual([0, []])
})

test('an order from outside cannot come in the middle of a step', () => {
  const base = loadScenario('normal_market')
  const market = createSteppedMarket(base)
  let refused = ''
  const trader = market.join('trader', {
    onFill: () => {
      try {
        trader.submit({ side: BUY, kind: 'market', price: 0, quantity: 100 })
      } catch (error) {
        refused = (error as Error).message
      }
    },
  })
  trader.submit({ side: BUY, kind: 'limit', price: 100_010, quantity: 100_000 })
  for (let step = 0; step < 600 && refused === ''; step++) market.advance()
  expect(refused).toBe('an order came from outside while the market was in a step')
})
