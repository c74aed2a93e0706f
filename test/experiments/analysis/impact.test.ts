import { expect, test } from 'vitest'
import { executedImpacts, remainingImpact } from '../../../src/experiments/analysis/executed-impact.ts'
import { fillRate, fillRatesBy, placementOf } from '../../../src/experiments/analysis/fill-rates.ts'
import { orderImpact, shortestOrderInterval } from '../../../src/experiments/analysis/order-impact.ts'
import { evidenceOf, impactCurve, overSeeds } from '../../../src/experiments/analysis/over-seeds.ts'
import { comparePaired } from '../../../src/experiments/analysis/paired-mids.ts'
import { passiveRunOf, type RunPath, type SentOrder } from '../../../src/experiments/analysis/run-path.ts'
import { createRunTrace, type TracedRecord } from '../../../src/experiments/analysis/trace-run.ts'
import { tradingCost } from '../../../src/experiments/analysis/trading-cost.ts'

const KEY = { scenario: 'normal_market', seed: 1, rules: 'research' }

function passive(mids: readonly (number | null)[]): RunPath {
  const spreads = mids.map((mid) => (mid === null ? null : 0.1))
  const inventories = mids.map(() => 0)
  return {
    ...KEY,
    runId: 'p',
    experiment: 'passive',
    mode: 'passive',
    firstStep: 0,
    mids,
    spreads,
    inventories,
    orders: [],
    fills: [],
  }
}

function active(run: Partial<RunPath> & Pick<RunPath, 'mids'>): RunPath {
  return { ...passive(run.mids), runId: 'a', experiment: 'test', mode: 'active', ...run }
}

function order(change: Partial<SentOrder>): SentOrder {
  return {
    step: 0,
    side: 'BUY',
    price: 100.1,
    quantity: 100,
    bid: 99.9,
    ask: 100.1,
    filledQuantity: 0,
    lastFillStep: null,
    ...change,
  }
}

test('a run is paired with the longest passive run of the same scenario, seed and rules, and with no other', () => {
  const run = { ...KEY, mode: 'active', length: 50 } as const
  const right = { ...KEY, mode: 'passive', length: 100 } as const
  const others = [
    { ...right, seed: 2, length: 200 },
    { ...right, scenario: 'flash_crash', length: 200 },
    { ...right, rules: 'original', length: 200 },
    run,
  ]
  expect(passiveRunOf(run, [{ ...right, length: 30 }, ...others, right, { ...right, length: 40 }])).toBe(
    right,
  )
  expect(passiveRunOf(run, others)).toBeNull()
})

test('runs without a seed are paired in files of other programs only', () => {
  const overTws = { ...KEY, seed: null }
  expect(passiveRunOf(overTws, [{ ...overTws, mode: 'passive', length: 50 }])).toBeNull()
  const original = { ...KEY, seed: null, rules: null }
  const passive = { ...original, mode: 'passive', length: 50 } as const
  expect(passiveRunOf(original, [passive])).toBe(passive)
})

test('the market of a run is compared with the passive one over the steps that both have', () => {
  const comparison = comparePaired(
    active({ mids: [100, 100, 100.5, null, 100.25, 101] }),
    passive([100, 100, 100, 100, 100.5]),
  )
  expect(comparison).toEqual({
    steps: 5,
    comparedSteps: 4,
    firstDifferentStep: 2,
    meanMidDifference: 0.0625,
    lastMidDifference: -0.25,
    largestMidDifference: 0.5,
    meanSpreadDifference: 0,
  })
})

test('two equal markets have no step at which they part', () => {
  const { firstDifferentStep, largestMidDifference } = comparePaired(
    active({ mids: [100, null, 101] }),
    passive([100, null, 101]),
  )
  expect([firstDifferentStep, largestMidDifference]).toEqual([null, 0])
})

test('the impact of an order leaves out what the market did without it, and what earlier orders did', () => {
  // The market rises by 1 at every step anyway. The buy adds 0.5, the sell takes 0.25 of it away again.
  const run = active({
    mids: [100, 101.5, 102.5, 103.25],
    orders: [order({ step: 0 }), order({ step: 2, side: 'SELL' }), order({ step: 3 })],
  })
  const base = passive([100, 101, 102, 103])
  expect(orderImpact(run, base, 1)).toEqual({ orders: 2, impact: 0.375 })
  expect(orderImpact(run, base, 1, ({ side }) => side === 'SELL')).toEqual({ orders: 1, impact: 0.25 })
  expect(orderImpact(run, base, 10)).toBeNull()
  expect(shortestOrderInterval(run)).toBe(1)
})

test('a run that only sells is one large order, with the impact of each quantity on its way', () => {
  const run = active({
    mids: [100, 99.5, 99.5, 99, 99.5],
    inventories: [0, -100, -100, -300, -300],
  })
  const base = passive([100, 100, 100, 100, 100])
  expect(executedImpacts(run, base, [100, 200, 300, 400])).toEqual([
    { quantity: 100, step: 1, impact: 0.5 },
    { quantity: 200, step: 3, impact: 1 },
    { quantity: 300, step: 3, impact: 1 },
  ])
  expect(remainingImpact(run, base, 1)).toBe(0.5)
  expect(remainingImpact(run, base, 2)).toBeNull()
  const both = { ...run, inventories: [0, -100, 0, 100, 100] }
  expect(executedImpacts(both, base, [100])).toEqual([])
})

test('an impact curve has the exponent that it was made with, and an interval that contains it', () => {
  const noise = [-0.02, 0.01, 0.015, -0.01, 0.005]
  const seeds = noise.map((shift) =>
    [100, 200, 400, 800].map((quantity) => ({ quantity, impact: (1 + shift) * Math.sqrt(quantity) })),
  )
  const curve = impactCurve(seeds)
  expect(curve.points.map(({ quantity, seeds: count }) => [quantity, count])).toEqual([
    [100, 5],
    [200, 5],
    [400, 5],
    [800, 5],
  ])
  expect(curve.exponent).toBeCloseTo(0.5, 10)
  const [low, high] = curve.exponentInterval ?? [Number.NaN, Number.NaN]
  expect(low).toBeLessThanOrEqual(0.5 + 1e-9)
  expect(high).toBeGreaterThanOrEqual(0.5 - 1e-9)
})

test('an impact curve through a quantity without impact has no exponent', () => {
  const seeds = [1, 2].map(() =>
    [100, 200, 300].map((quantity) => ({ quantity, impact: quantity === 200 ? -0.1 : 1 })),
  )
  expect(impactCurve(seeds)).toMatchObject({ exponent: null, exponentInterval: null })
})

test('an interval that contains zero is said to', () => {
  expect(evidenceOf(overSeeds([1, 1.1, 0.9]))).toBe('above zero')
  expect(evidenceOf(overSeeds([-1, -1.1, -0.9]))).toBe('below zero')
  expect(evidenceOf(overSeeds([-1, 1, 0.2]))).toBe('contains zero')
  expect(evidenceOf(overSeeds([1, null]))).toBe('unknown')
})

test('a price is placed against the touch of the snapshot on which the order was decided', () => {
  expect(placementOf(order({ price: 100.2 }))).toBe('beyond the far touch')
  expect(placementOf(order({ price: 100.1 }))).toBe('at the far touch')
  expect(placementOf(order({ price: 100 }))).toBe('inside the spread')
  expect(placementOf(order({ price: 99.9 }))).toBe('at the own touch')
  expect(placementOf(order({ price: 99.8 }))).toBe('behind the own touch')
  expect(placementOf(order({ side: 'SELL', price: 99.9 }))).toBe('at the far touch')
  expect(placementOf(order({ side: 'SELL', price: 100.2 }))).toBe('behind the own touch')
  expect(placementOf(order({ ask: null }))).toBe('one side empty')
})

test('fill rates count shares, whole orders and partly filled ones, of each group', () => {
  const orders = [
    order({ filledQuantity: 100, lastFillStep: 3 }),
    order({ quantity: 300, filledQuantity: 100, lastFillStep: 5 }),
    order({ quantity: 300 }),
  ]
  expect(fillRate(orders)).toEqual({
    orders: 3,
    sentQuantity: 700,
    filledQuantity: 200,
    quantityRate: 200 / 700,
    wholeRate: 1 / 3,
    partRate: 1 / 3,
    meanStepsToFill: 4,
  })
  expect(
    [...fillRatesBy(orders, ({ quantity }) => quantity)].map(([key, { orders: n }]) => [key, n]),
  ).toEqual([
    [100, 1],
    [300, 2],
  ])
  expect(fillRate([])).toBeNull()
})

const FILL = { side: 'BUY', price: 100.1, qty: 100, is_maker: false } as const

function record(step: number, change: Partial<TracedRecord> = {}): TracedRecord {
  return {
    step,
    market: { bid: 99.9, ask: 100.1, mid: 100, spread: 0.2 },
    state: { inventory: 0 },
    orders: [],
    fills: [],
    ...change,
  }
}

test('every fill of a step goes to its own order, and a missing step leaves a gap', () => {
  const trace = createRunTrace({ ...KEY, runId: 'a', experiment: 'test', mode: 'active' })
  const sent = { side: 'BUY', price: 100.1, qty: 200 } as const
  trace.add(
    record(5, {
      orders: [
        { ...sent, order_id: 'x' },
        { ...sent, order_id: 'y' },
      ],
    }),
  )
  trace.add(
    record(6, {
      state: { inventory: 300 },
      fills: [
        { ...FILL, order_id: 'x' },
        { ...FILL, order_id: 'y' },
        { ...FILL, order_id: 'x' },
      ],
    }),
  )
  trace.add(record(8))
  const path = trace.path()
  expect(path.firstStep).toBe(5)
  expect(path.mids).toEqual([100, 100, null, 100])
  expect(path.inventories).toEqual([0, 300, 300, 0])
  expect(path.orders.map(({ filledQuantity, lastFillStep }) => [filledQuantity, lastFillStep])).toEqual([
    [200, 6],
    [100, 6],
  ])
})

test('a fill without an order id goes to the newest order of its side', () => {
  const trace = createRunTrace({ ...KEY, runId: 'a', experiment: 'test', mode: 'active' })
  const sent = { order_id: null, price: 100, qty: 100 }
  trace.add(record(0, { orders: [{ ...sent, side: 'BUY' }] }))
  trace.add(record(1, { orders: [{ ...sent, side: 'SELL' }] }))
  trace.add(record(2, { fills: [{ ...FILL, order_id: null }] }))
  expect(trace.path().orders.map(({ filledQuantity }) => filledQuantity)).toEqual([100, 0])
})

test('what fills cost is measured a share, against the mid before and against the mid later', () => {
  const run = {
    firstStep: 0,
    mids: [100, 100, null, 99],
    fills: [
      { step: 1, side: 'BUY', price: 100.2, quantity: 100, isMaker: false },
      { step: 2, side: 'SELL', price: 100.2, quantity: 300, isMaker: true },
      { step: 3, side: 'BUY', price: 100.2, quantity: 100, isMaker: true },
    ],
  } as const
  const all = tradingCost(run, 1)
  expect(all).toMatchObject({ fills: 3, quantity: 500 })
  // (100 × 0.2 − 300 × 0.2) / 400: the third fill has no mid before.
  expect(all.againstMidBefore).toBeCloseTo(-0.1, 10)
  // The second alone has a mid one step later: sold at 100.2, now 99.
  expect(all.againstMidLater).toBeCloseTo(-1.2, 10)
  expect(tradingCost(run, 1, ({ isMaker }) => isMaker === false)).toMatchObject({
    fills: 1,
    againstMidLater: null,
  })
})

test('a fill that came after the last record counts: the venue had ended the run', () => {
  const trace = createRunTrace({ ...KEY, runId: 'a', experiment: 'test', mode: 'active' })
  const order = { order_id: 'x', side: 'BUY', price: 100.1, qty: 100 } as const
  trace.add(record(7, { orders: [order] }))
  trace.addLateFills([{ ...FILL, order_id: 'x' }])
  expect(trace.path()).toMatchObject({ mids: [100], orders: [{ filledQuantity: 100, lastFillStep: 8 }] })
})

test('an exponent of few seeds has no interval: their samples are too much alike', () => {
  const seeds = [1, 2, 3, 4].map((seed) =>
    [100, 200, 400].map((quantity) => ({ quantity, impact: seed * Math.sqrt(quantity) })),
  )
  expect(impactCurve(seeds)).toMatchObject({ exponent: expect.closeTo(0.5, 10), exponentInterval: null })
})
