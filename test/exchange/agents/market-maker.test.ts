import { expect, test } from 'vitest'
import { createFlowImpact } from '../../../src/exchange/agents/flow-impact.ts'
import { marketMakerParameters } from '../../../src/exchange/agents/market-maker.ts'
import { createSteppedMarket } from '../../../src/exchange/engine/market.ts'
import { parseScenario } from '../../../src/exchange/scenarios/load.ts'

const MAKER = {
  ...{ type: 'market_maker', count: 1, gamma: 1, delta: 0.05, maxEdge: 2, variation: 0 },
  ...{ inventoryLimit: 2_000, safeInventory: 500, restPeriod: 50, lots: 5 },
}

/** A market of one maker and a value that stands still. */
function makerMarket(changes: Record<string, unknown> = {}) {
  const scenario = parseScenario(
    {
      ...{ id: 'makers', name: 'Makers', description: '', seed: 1, steps: 10_000, initialPrice: 1_000 },
      fundamental: { drift: 0, volatility: 0 },
      populations: [{ ...MAKER, ...changes }],
    },
    'makers',
  )
  const market = createSteppedMarket(scenario, 1)
  return { market, outside: market.join('outside', { onFill: () => {} }), maker: market.accounts[0] }
}

function advance(market: { advance(): void }, steps: number): void {
  for (let step = 0; step < steps; step++) market.advance()
}

test('a maker quotes both sides at the same distance from its reference', () => {
  const { market } = makerMarket()
  advance(market, 200)
  const { bestBid, bestAsk } = market.book
  expect(bestBid).not.toBeNull()
  expect((bestBid ?? 0) + (bestAsk ?? 0)).toBe(200_000)
  expect((bestAsk ?? 0) - (bestBid ?? 0)).toBeGreaterThanOrEqual(10)
})

test('what it sold moves its quotes up, so that it is bought back', () => {
  const { market, outside, maker } = makerMarket({ horizonSteps: 500 })
  advance(market, 200)
  outside.submit({ side: 1, kind: 'market', price: 0, quantity: 500 })
  advance(market, 2)
  expect(maker?.shares).toBe(-500)
  expect(market.view.mid).toBeGreaterThan(100_000)
})

test('at its inventory limit it withdraws, sells down to its safe inventory and stays away', () => {
  const { market, outside, maker } = makerMarket({ inventoryLimit: 500, safeInventory: 100, lots: 5 })
  advance(market, 200)
  // Bids of the outside participant are what it can unload on.
  outside.submit({ side: 1, kind: 'limit', price: 99_900, quantity: 5_000 })
  outside.submit({ side: -1, kind: 'market', price: 0, quantity: 500 })
  expect(maker?.shares).toBe(500)
  advance(market, 5)
  expect(maker?.shares).toBe(100)
  expect(maker?.openOrders).toBe(0)
  advance(market, 60)
  expect(maker?.openOrders).toBe(2)
})

test('bought lots move its reference up, and the shift is forgotten in time', () => {
  const { market, outside } = makerMarket({ flowImpact: 0.5, gamma: 1e-6, valueRate: 0.02 })
  advance(market, 200)
  outside.submit({ side: 1, kind: 'market', price: 0, quantity: 200 })
  advance(market, 3)
  const shifted = market.view.mid
  expect(shifted).toBeGreaterThan(100_020)
  advance(market, 2_000)
  expect(market.view.mid).toBeLessThan(shifted)
})

test('a lot is forgotten as the root of time: sixteen times later a quarter of its shift is left', () => {
  const impact = createFlowImpact({ flowImpact: 1, flowExponent: 1, flowMemory: 8 })
  const shifts = [impact.add(1)]
  for (let step = 1; step <= 4_000; step++) shifts.push(impact.add(0))
  for (const [early, late] of [
    [20, 320],
    [60, 960],
    [200, 3_200],
  ] as const) {
    const ratio = (shifts[late] as number) / (shifts[early] as number)
    expect(ratio).toBeGreaterThan(0.2)
    expect(ratio).toBeLessThan(0.3)
  }
})

test('with an exponent of one half, four lots in a step shift it twice as far as one', () => {
  const shiftOf = (lots: number) =>
    createFlowImpact({ flowImpact: 0.02, flowExponent: 0.5, flowMemory: 6 }).add(lots)
  expect(shiftOf(4)).toBeCloseTo(2 * shiftOf(1), 12)
  expect(shiftOf(-4)).toBe(-shiftOf(4))
  expect(shiftOf(1)).toBeCloseTo(0.02, 12)
})

test('the schema refuses a maker without a limit', () => {
  expect(marketMakerParameters.safeParse({ count: 1 }).success).toBe(false)
})
