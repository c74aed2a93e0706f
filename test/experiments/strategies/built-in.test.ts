import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUILT_IN_STRATEGIES } from '../../../src/experiments/strategies/built-in.ts'
import { toCents } from '../../../src/experiments/strategies/cents.ts'
import type {
  OrderAction,
  OwnState,
  StepMarket,
  Strategy,
  StrategyAction,
} from '../../../src/experiments/strategies/strategy.ts'

const strategy = (name: string) => BUILT_IN_STRATEGIES.find((one) => one.name === name) as Strategy

function marketOf(bid: number | null, ask: number | null, step = 0): StepMarket {
  const isWhole = bid !== null && ask !== null
  return {
    ...{ step, timestamp: '2026-01-02T08:00:00.000Z', bid, ask, trades: [], lastTrade: null },
    mid: isWhole ? (bid + ask) / 2 : null,
    spread: isWhole ? ask - bid : null,
    bidSize: bid === null ? null : 300,
    askSize: ask === null ? null : 300,
    bids: bid === null ? [] : [{ price: bid, qty: 300 }],
    asks: ask === null ? [] : [{ price: ask, qty: 300 }],
  }
}

const FLAT: OwnState = { inventory: 0, cashFlow: 0, pnl: 0, openOrders: [], ordersSent: 0 }

/** The actions in short, such as `BUY 100 @ 1000.25`. */
const short = (actions: readonly StrategyAction[]) =>
  actions.map((action) =>
    action.kind === 'order' ? `${action.side} ${action.qty} @ ${action.price}` : `CANCEL ${action.orderId}`,
  )
const asked = (name: string, step: number, bid: number | null, ask: number | null, state = FLAT) =>
  short(strategy(name).decide(step, marketOf(bid, ask, step), state))

test('the experiments are the fifteen of the original, in its order', () => {
  expect(BUILT_IN_STRATEGIES.map(({ name, mode }) => `${name} ${mode}`)).toEqual([
    'passive passive',
    ...['aggressive_buy_100', 'aggressive_sell_100', 'spread_cross_100'].map((name) => `${name} active`),
    ...['qty_100', 'qty_200', 'qty_300', 'qty_400', 'qty_500'].map((name) => `${name} active`),
    ...['price_bid', 'price_ask', 'price_mid', 'price_bid_minus_1', 'price_ask_plus_1'].map(
      (name) => `${name} active`,
    ),
    'inventory_mgmt active',
  ])
})

test.each([
  ['passive', [], []],
  ['aggressive_buy_100', ['BUY 100 @ 1000.2'], ['BUY 100 @ 1000.2']],
  ['aggressive_sell_100', ['SELL 100 @ 1000'], ['SELL 100 @ 1000']],
  ['spread_cross_100', ['BUY 100 @ 1000.2'], ['SELL 100 @ 1000']],
  ...[100, 200, 300, 400, 500].map(
    (qty) => [`qty_${qty}`, [`BUY ${qty} @ 1000.1`], [`SELL ${qty} @ 1000.1`]] as const,
  ),
  ['price_bid', ['BUY 100 @ 1000'], ['SELL 100 @ 1000']],
  ['price_ask', ['BUY 100 @ 1000.2'], ['SELL 100 @ 1000.2']],
  ['price_mid', ['BUY 100 @ 1000.1'], ['SELL 100 @ 1000.1']],
  ['price_bid_minus_1', ['BUY 100 @ 999.99'], ['SELL 100 @ 999.99']],
  ['price_ask_plus_1', ['BUY 100 @ 1000.21'], ['SELL 100 @ 1000.21']],
] as const)('%s trades at its price: BUY first, then SELL where it alternates', (name, first, second) => {
  expect(asked(name, 0, 1000, 1000.2)).toEqual(first)
  expect(asked(name, 10, 1000, 1000.2)).toEqual(second)
  expect(asked(name, 20, 1000, 1000.2)).toEqual(first)
  expect(asked(name, 35_990, 1000, 1000.2)).toEqual(second)
})

test.each([
  ['aggressive_buy_100', [], ['BUY 100 @ 1000']],
  ['aggressive_sell_100', ['SELL 100 @ 1000'], []],
  ['spread_cross_100', [], []],
  ['qty_300', [], []],
  ['price_bid', [], []],
  ['price_ask', [], []],
  ['price_mid', [], []],
  ['price_bid_minus_1', [], []],
  ['price_ask_plus_1', [], []],
  ['inventory_mgmt', [], []],
] as const)('%s needs the prices that it is about', (name, withoutAsks, withoutBids) => {
  expect(asked(name, 0, 1000, null)).toEqual(withoutAsks)
  expect(asked(name, 0, null, 1000)).toEqual(withoutBids)
  expect(asked(name, 0, null, null)).toEqual([])
})

const anyPrice = fc.integer({ min: 2, max: 200_000 }).map((cents) => cents / 100)
const anyTouch = fc
  .tuple(anyPrice, fc.integer({ min: 1, max: 500 }))
  .map(([bid, spread]) => [bid, toCents(bid + spread / 100)] as const)

test('orders come only at multiples of the frequency, and are whole cents and hundreds of shares', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BUILT_IN_STRATEGIES),
      fc.nat(60_000),
      anyTouch,
      fc.integer({ min: -50, max: 50 }),
      ({ name, decide }, step, [bid, ask], lots) => {
        const state = { ...FLAT, inventory: lots * 100 }
        const orders = decide(step, marketOf(bid, ask, step), state) as readonly OrderAction[]
        const frequency = name === 'inventory_mgmt' ? 5 : 10
        if (step % frequency !== 0 || name === 'passive') return orders.length === 0
        return orders.every(
          ({ price, qty }) => price > 0 && price === Number(price.toFixed(2)) && qty > 0 && qty % 100 === 0,
        )
      },
    ),
  )
})

test('an order at the mid lies between the best prices, however the cents are rounded', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('qty_100', 'qty_500', 'price_mid'),
      fc.nat(6_000),
      anyTouch,
      (name, tens, touch) => {
        const [bid, ask] = touch
        const [{ side, price }] = strategy(name).decide(tens * 10, marketOf(bid, ask), FLAT) as [OrderAction]
        expect(side).toBe(tens % 2 === 0 ? 'BUY' : 'SELL')
        expect(price).toBeGreaterThanOrEqual(bid)
        expect(price).toBeLessThanOrEqual(ask)
        expect(Math.abs(price - (bid + ask) / 2)).toBeLessThan(0.0051)
      },
    ),
  )
})

test('quantity experiments are capped at the opposite price in cents, and no order has a price of 0', () => {
  // Prices of a foreign exchange with finer ticks: the rounded mid would lie outside the spread.
  expect(asked('qty_100', 0, 1000.006, 1000.008)).toEqual(['BUY 100 @ 1000.01'])
  expect(asked('qty_100', 10, 1000.001, 1000.003)).toEqual(['SELL 100 @ 1000'])
  expect(asked('price_bid_minus_1', 0, 0.01, 0.02)).toEqual([])
})

test('cents are rounded as the language of the original rounds them', () => {
  const written = [0.125, 0.375, 1000.125, 1000.375, 1000.625, 1000.875, 999.995, 1000.005, 1.005, 2.675]
  const rounded = [0.12, 0.38, 1000.12, 1000.38, 1000.62, 1000.88, 1000, 1000, 1, 2.67]
  expect(written.map(toCents)).toEqual(rounded)
})

test('inventory_mgmt quotes both sides, and beyond ±200 shares reduces', () => {
  const at = (inventory: number) => asked('inventory_mgmt', 5, 999.9, 1000.1, { ...FLAT, inventory })
  for (const held of [0, 200, -200]) expect(at(held)).toEqual(['BUY 100 @ 999.9', 'SELL 100 @ 1000.1'])
  for (const held of [300, 5_000]) expect(at(held)).toEqual(['SELL 100 @ 999.9'])
  for (const held of [-300, -5_000]) expect(at(held)).toEqual(['BUY 100 @ 1000.1'])
  expect(asked('inventory_mgmt', 4, 999.9, 1000.1)).toEqual([])
})

test('inventory_mgmt never has more than one order on a side', () => {
  const open = (orderId: string, side: 'BUY' | 'SELL') => ({
    ...{ orderId, side, price: 1000, qty: 100, remaining: 100, sentAtStep: 0 },
  })
  const state = { ...FLAT, inventory: 300, openOrders: [open('a', 'BUY'), open('b', 'SELL')] }
  expect(asked('inventory_mgmt', 5, 999.9, 1000.1, state)).toEqual([
    'CANCEL a',
    'CANCEL b',
    'SELL 100 @ 999.9',
  ])
})

test('a strategy has no memory: the same step, market and state give the same orders', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BUILT_IN_STRATEGIES),
      fc.array(fc.nat(500)),
      anyTouch,
      (one, steps, [bid, ask]) => {
        const decide = (step: number) =>
          one.decide(step, Object.freeze(marketOf(bid, ask, step)), Object.freeze(FLAT))
        const fresh = steps.map(decide)
        expect([...steps].reverse().map(decide).reverse()).toEqual(fresh)
      },
    ),
  )
})
