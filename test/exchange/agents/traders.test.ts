import { expect, test } from 'vitest'
import { fundamentalAgents, fundamentalParameters } from '../../../src/exchange/agents/fundamental.ts'
import { momentumAgents, momentumParameters } from '../../../src/exchange/agents/momentum.ts'
import { noiseAgents, noiseParameters } from '../../../src/exchange/agents/noise.ts'
import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import type { AgentFactory, MarketView } from '../../../src/exchange/engine/agent.ts'
import { hurstExponent } from '../../../src/statistics/long-memory.ts'
import { handMadeContext, letAct, quietView, type Sent } from './hand-made-market.ts'

/** What the first agent of a population sends in a market whose view is given for each step. */
function ordersOf<Parameters>(
  factory: AgentFactory<Parameters>,
  parameters: Parameters,
  steps: number,
  viewAt: (step: number) => MarketView = (step) => quietView(step),
): Sent[] {
  let now = 0
  const listeners: ((view: MarketView) => void)[] = []
  const [agent] = factory(parameters, {
    ...handMadeContext(() => now),
    beforeStep: (listener) => listeners.push(listener),
  })
  if (agent === undefined) throw new Error('no agent')
  // A sleeping agent does not act, but its population sees each step: the step goes on in the view below.
  return letAct(
    { ...agent, act: (view, orders) => agent.act(view, { ...orders, sleepUntil: () => {} }) },
    steps,
    {
      view: (step) => {
        now = step
        const view = viewAt(step)
        for (const listener of listeners) listener(view)
        return view
      },
    },
  )
}

const NOISE = noiseParameters.parse({ count: 1, eta: 0.03, kappa: 0.02, cancelRate: 0.05, variation: 0 })
const MOMENTUM = momentumParameters.parse({
  ...{ count: 1, decayRate: 0.9, chi: 0.05, psi: 0.02, cancelRate: 0.05, variation: 0 },
})
const FUNDAMENTAL = fundamentalParameters.parse({
  count: 1,
  kappa1: 1,
  kappa2: 0,
  interval: 10,
  variation: 0,
})

const count = (sent: readonly Sent[], kind: Sent['kind']) => sent.filter((one) => one.kind === kind).length

test('a noise agent sends limit and market orders at its two rates', () => {
  const sent = ordersOf(noiseAgents, NOISE, 60_000)
  expect(count(sent, 'limit') / 60_000).toBeCloseTo(0.03, 2)
  expect(count(sent, 'market') / 60_000).toBeCloseTo(0.02, 2)
  expect(
    Math.abs(
      sent.filter(({ kind, side }) => kind === 'limit' && side === BUY).length / count(sent, 'limit') - 0.5,
    ),
  ).toBeLessThan(0.05)
})

test('the signs of its market orders have the long memory of its hidden orders', () => {
  const signs = ordersOf(noiseAgents, { ...NOISE, eta: 0, kappa: 0.3 }, 60_000)
    .filter(({ kind }) => kind === 'market')
    .map(({ side }) => side)
  expect(hurstExponent(signs)).toBeGreaterThan(0.6)
})

test('a wide spread makes market orders rare, and an empty side ends them', () => {
  const wide = ordersOf(noiseAgents, NOISE, 30_000, (step) =>
    quietView(step, { bestBid: 99_950, bestAsk: 100_050 }),
  )
  expect(count(wide, 'market') / 30_000).toBeCloseTo(0.002, 3)
  const oneSided = ordersOf(noiseAgents, NOISE, 30_000, (step) => quietView(step, { bestAsk: null }))
  expect(count(oneSided, 'market')).toBe(0)
  expect(count(oneSided, 'limit')).toBeGreaterThan(500)
})

test('its limit orders never cross the spread, and keep to the grid', () => {
  const limits = ordersOf(noiseAgents, { ...NOISE, gridTicks: 5 }, 30_000).filter(
    ({ kind }) => kind === 'limit',
  )
  for (const { side, price } of limits) {
    expect((price ?? 0) % 5).toBe(0)
    expect(side === BUY ? 100_005 - (price ?? 0) : (price ?? 0) - 99_995).toBeGreaterThan(0)
  }
})

test('a momentum agent follows the last change, and does nothing when there is none', () => {
  const rising = ordersOf(momentumAgents, MOMENTUM, 10_000, (step) =>
    quietView(step, { previousMid: 100_001 }),
  )
  expect(rising.length).toBeGreaterThan(200)
  expect(new Set(rising.map(({ side }) => side))).toEqual(new Set([BUY]))
  const falling = ordersOf(momentumAgents, MOMENTUM, 10_000, (step) =>
    quietView(step, { previousMid: 99_999 }),
  )
  expect(new Set(falling.map(({ side }) => side))).toEqual(new Set([SELL]))
  expect(ordersOf(momentumAgents, MOMENTUM, 1_000)).toEqual([])
})

test('however strong the trend, its orders are no more than its limit', () => {
  const crash = ordersOf(momentumAgents, { ...MOMENTUM, maxOrderRate: 0.1 }, 10_000, (step) =>
    quietView(step, { previousMid: 50_000 }),
  )
  expect(crash.length / 10_000).toBeCloseTo(0.1, 1)
})

test('a fundamental agent buys below the value and sells above it, more the further the price is away', () => {
  const lotsAt = (fundamental: number, parameters = FUNDAMENTAL) =>
    ordersOf(fundamentalAgents, parameters, 1_000, (step) => quietView(step, { fundamental })).reduce(
      (sum, { side, quantity }) => sum + (side * quantity) / 100,
      0,
    )
  expect(lotsAt(100_300)).toBe(300)
  expect(lotsAt(99_800)).toBe(-200)
  expect(lotsAt(100_000)).toBe(0)
  // 0.25 lots are one lot in a quarter of its looks.
  expect(lotsAt(100_025)).toBeGreaterThan(10)
  expect(lotsAt(100_025)).toBeLessThan(45)
  expect(lotsAt(100_300, { ...FUNDAMENTAL, kappa2: 1 })).toBe(100 * 20)
})
