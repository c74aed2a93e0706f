import { expect, test } from 'vitest'
import { BUY, SELL } from '../../../src/exchange/book/order.ts'
import { createOrderBook } from '../../../src/exchange/book/order-book.ts'
import type { Account } from '../../../src/exchange/engine/agent.ts'
import { type AgentTrading, createAgentOrders, mayExpire } from '../../../src/exchange/engine/agent-orders.ts'
import { createExpiryCalendar } from '../../../src/exchange/engine/expiry.ts'
import { createTurns } from '../../../src/exchange/engine/turns.ts'
import type { Scenario } from '../../../src/exchange/scenarios/schema.ts'

const RESTRAINTS = { collarFraction: 0.01, protectedLots: 2, expiryDelaySteps: 20 }

function account(name: string, isOutside = false): Account {
  return { id: 0, name, population: name, cash: 0, shares: 0, firstOrder: null, openOrders: 0, isOutside }
}

/** An agent in front of a book that another agent has filled; the mid is 1,000 ticks. */
function agent(
  asks: readonly (readonly [price: number, quantity: number])[],
  restraints: Partial<Scenario['restraints']> = {},
) {
  const book = createOrderBook({ onTrade: () => {} })
  const other = account('other')
  for (const [price, quantity] of asks) book.submit(other, SELL, 'limit', price, quantity)
  const trading: AgentTrading = {
    book,
    expiries: createExpiryCalendar(),
    turns: createTurns(1, 1),
    restraints: { ...RESTRAINTS, ...restraints },
    lot: 100,
    mid: () => 1_000,
    afterChange: () => {},
  }
  return { book, trading, orders: createAgentOrders(trading, account('agent'), 0) }
}

test("an agent's market order trades no further than the collar from the mid", () => {
  const { orders, book } = agent([
    [1_005, 300],
    [1_010, 300],
    [1_011, 900],
  ])
  expect(orders.market(BUY, 900)).toBe(600)
  expect(book.bestAsk).toBe(1_011)
  expect(agent([[5_000, 900]], { collarFraction: null }).orders.market(BUY, 300)).toBe(300)
})

test('an agent leaves the last two lots of the other agents, whatever kind of order it sends', () => {
  const asks = [
    [1_001, 100],
    [1_002, 300],
  ] as const
  expect(agent(asks).orders.market(BUY, 300)).toBe(200)
  expect(agent(asks).orders.ioc(BUY, 1_002, 300)).toBe(200)
  expect(agent([[1_001, 200]]).orders.market(BUY, 100)).toBe(0)
  const { orders, book } = agent(asks)
  expect(orders.limit(BUY, 1_002, 300)).toMatchObject({ isResting: true, price: 1_000, remaining: 300 })
  expect(book.bestAsk).toBe(1_001)
  expect(agent(asks, { protectedLots: 0 }).orders.market(BUY, 400)).toBe(400)
})

test('orders from outside are nothing that an agent must leave', () => {
  const { orders, book } = agent([[1_001, 200]])
  book.submit(account('outside', true), SELL, 'limit', 1_000, 500)
  book.submit(account('outside', true), SELL, 'limit', 9_000, 500)
  expect(orders.market(BUY, 500)).toBe(500)
  expect(orders.market(BUY, 100)).toBe(0)
})

test('an expiry waits as long as it would leave fewer than the last two lots', () => {
  const { orders, trading } = agent([[1_001, 100]])
  const order = orders.limit(SELL, 1_003, 200)
  expect(mayExpire(trading, order)).toBe(false)
  orders.limit(SELL, 1_004, 100)
  expect(mayExpire(trading, order)).toBe(true)
})

test('a price beyond what a book can hold is the nearest that it can', () => {
  const { orders } = agent([[1_001, 100]])
  expect(orders.limit(BUY, -5, 100).price).toBe(1)
  expect(orders.limit(SELL, 1e9, 100).price).toBe(2 ** 20 - 1)
})
