import { expect, test } from 'vitest'
import { planRequests } from '../../../src/experiments/run/plan-requests.ts'
import type { StrategyAction } from '../../../src/experiments/strategies/strategy.ts'

type Planned = Parameters<typeof planRequests>[0]

const buy = (qty: number): StrategyAction => ({ kind: 'order', side: 'BUY', price: 10, qty })
const sell = (qty: number): StrategyAction => ({ kind: 'order', side: 'SELL', price: 11, qty })

function open(orderId: string, side: 'BUY' | 'SELL', remaining: number, isCancelSent = false) {
  return { orderId, side, price: 10, qty: remaining, remaining, sentAtStep: 1, isCancelSent }
}

function plan(change: Partial<Planned>) {
  const { cancels, orders, skipped } = planRequests({
    ...{ step: 7, actions: [], rules: 'research', inventory: 0, maxInventory: 5_000 },
    ...{ openOrders: [], cancelsAtOnce: true, ...change },
  })
  return {
    cancels,
    orders: orders.map(({ orderId, side, qty }) => `${orderId} ${side} ${qty}`),
    skipped: skipped.map(({ side, qty }) => `${side} ${qty}`),
  }
}

test('research: new orders cancel all earlier ones, each once; without new orders they stay', () => {
  const openOrders = [open('a', 'BUY', 100), open('b', 'SELL', 100, true)]
  expect(plan({ openOrders, actions: [buy(100)] })).toEqual({
    ...{ cancels: ['a'], orders: ['7-1 BUY 100'], skipped: [] },
  })
  expect(plan({ openOrders, actions: [{ kind: 'cancel', orderId: 'a' }, sell(100)] }).cancels).toEqual(['a'])
  expect(plan({ openOrders, actions: [{ kind: 'cancel', orderId: 'x' }] })).toEqual({
    ...{ cancels: ['x'], orders: [], skipped: [] },
  })
  expect(plan({ openOrders }).cancels).toEqual([])
})

test('a cancel that is out is not sent again, whatever the strategy asks for', () => {
  const openOrders = [open('a', 'BUY', 100, true), open('b', 'SELL', 100)]
  const actions = [
    { kind: 'cancel', orderId: 'a' },
    { kind: 'cancel', orderId: 'b' },
  ] as const
  for (const rules of ['research', 'original'] as const)
    expect(plan({ rules, openOrders, actions }).cancels).toEqual(['b'])
})

test('research: an order that could pass the limit is skipped, smaller ones after it are not', () => {
  expect(plan({ inventory: 4_800, actions: [buy(300), buy(200), buy(100), sell(9_800), sell(100)] })).toEqual(
    {
      cancels: [],
      orders: ['7-1 BUY 200', '7-2 SELL 9800'],
      skipped: ['BUY 300', 'BUY 100', 'SELL 100'],
    },
  )
})

test('research: where a cancelled order can still be filled, it counts', () => {
  const openOrders = [open('a', 'BUY', 4_000)]
  expect(plan({ openOrders, actions: [buy(2_000)] }).skipped).toEqual([])
  expect(plan({ openOrders, actions: [buy(2_000)], cancelsAtOnce: false }).skipped).toEqual(['BUY 2000'])
})

test('original: everything is sent, and nothing is cancelled that the strategy does not cancel', () => {
  const openOrders = [open('a', 'BUY', 4_000)]
  expect(plan({ rules: 'original', inventory: 5_000, openOrders, actions: [buy(5_000)] })).toEqual({
    ...{ cancels: [], orders: ['7-1 BUY 5000'], skipped: [] },
  })
})
