import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUY, type Order, SELL } from '../../../src/exchange/book/order.ts'
import type { Fill } from '../../../src/exchange/engine/agent.ts'
import { createSteppedMarket, type SteppedMarket } from '../../../src/exchange/engine/market.ts'
import type { Participant } from '../../../src/exchange/engine/participant.ts'
import { BUILT_IN_SCENARIOS, loadScenario } from '../../../src/exchange/scenarios/load.ts'

interface Trader {
  readonly participant: Participant
  readonly orders: Order[]
  readonly fills: Fill[]
  readonly selfTrades: Order[]
}

function join(market: SteppedMarket, name: string): Trader {
  const fills: Fill[] = []
  const selfTrades: Order[] = []
  const participant = market.join(name, {
    onFill: (fill) => fills.push({ ...fill }),
    onSelfTrade: (order) => selfTrades.push(order),
  })
  return { participant, orders: [], fills, selfTrades }
}

const action = fc.record({
  trader: fc.nat(1),
  what: fc.constantFrom('submit' as const, 'submit' as const, 'cancel' as const, 'modify' as const),
  side: fc.constantFrom(BUY, SELL),
  kind: fc.constantFrom('limit' as const, 'market' as const, 'ioc' as const),
  /** Ticks from the mid. */
  offset: fc.integer({ min: -60, max: 60 }),
  quantity: fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constantFrom(100, 5_000, 40_000)),
  order: fc.nat(40),
  /** Steps until the next action. */
  wait: fc.constantFrom(0, 0, 1, 3),
})

test('whatever two outside traders send, sums, books and fills agree at every step', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...BUILT_IN_SCENARIOS),
      fc.array(action, { minLength: 5, maxLength: 60 }),
      (name, actions) => {
        const market = createSteppedMarket(loadScenario(name))
        const shares = market.accounts.reduce((sum, account) => sum + account.shares, 0)
        const traders = [join(market, 'one'), join(market, 'other')]
        for (const one of actions) {
          act(traders[one.trader] as Trader, one, market)
          expectSound(market, shares)
          for (let step = 0; step < one.wait; step++) {
            market.advance()
            expectSound(market, shares)
          }
          for (const trader of traders) expectOwnView(trader)
        }
      },
    ),
    { numRuns: 40 },
  )
})

function act(
  { participant, orders }: Trader,
  one: typeof action extends fc.Arbitrary<infer Action> ? Action : never,
  market: SteppedMarket,
): void {
  const price = Math.max(1, Math.round(market.view.mid) + one.offset)
  const order = orders[one.order % Math.max(1, orders.length)]
  if (one.what === 'submit')
    orders.push(participant.submit({ side: one.side, kind: one.kind, price, quantity: one.quantity }))
  else if (order && one.what === 'cancel') {
    const { isResting } = order
    expect(participant.cancel(order)).toBe(isResting)
  } else if (order) {
    const { isResting } = order
    expect(participant.modify(order, { price, remaining: one.quantity })).toBe(isResting)
  }
}

function expectSound({ book, accounts }: SteppedMarket, shares: number): void {
  expect(accounts.reduce((sum, account) => sum + account.cash, 0)).toBe(0)
  expect(accounts.reduce((sum, account) => sum + account.shares, 0)).toBe(shares)
  if (book.bestBid !== null && book.bestAsk !== null) expect(book.bestBid).toBeLessThan(book.bestAsk)
  expect(accounts.reduce((sum, account) => sum + account.openOrders, 0)).toBe(book.orderCount)
}

/** Cash and shares are those of the fills, and the open orders those that rest. */
function expectOwnView({ participant, fills, orders, selfTrades }: Trader): void {
  const bought = fills.reduce((sum, { order, quantity }) => sum + order.side * quantity, 0)
  const paid = fills.reduce((sum, { order, quantity, price }) => sum + order.side * quantity * price, 0)
  expect(participant.account).toMatchObject({ shares: bought, cash: 0 - paid })
  const resting = orders.filter(({ isResting }) => isResting)
  expect(participant.openOrders()).toEqual(resting)
  for (const order of selfTrades) expect(order.isResting).toBe(false)
}
