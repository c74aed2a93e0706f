import { expect, test } from 'vitest'
import { BUY } from '../../../../src/exchange/book/order.ts'
import { createSteppedMarket } from '../../../../src/exchange/engine/market.ts'
import { loadScenario } from '../../../../src/exchange/scenarios/load.ts'
import { type BookVenue, createBookVenue } from '../../../../src/simulator/market/scenario/book-venue.ts'
import type { VenueFill, VenueOrder } from '../../../../src/simulator/orders/venue.ts'
import { SPY } from '../../stub-market.ts'

/** Nobody but the opening orders: 500 shares at each quarter of a dollar around 1,000. */
function bookVenue() {
  const market = createSteppedMarket({ ...loadScenario('normal_market'), populations: [], events: [] })
  return { market, venue: createBookVenue(market, 'DU1') }
}

function order(permId: number, terms: Partial<VenueOrder>): VenueOrder {
  return {
    permId,
    instrument: { kind: 'single', contract: SPY, exchange: 'SMART' },
    side: 'BUY',
    quantity: 100,
    limitPrice: null,
    immediate: false,
    ...terms,
  }
}

/** Sends an order and returns what it hears. */
function sent(venue: BookVenue, one: VenueOrder, onFill: () => void = () => {}) {
  const heard: (VenueFill | string)[] = []
  venue.submit(one, {
    fill: (fill) => {
      heard.push(fill)
      onFill()
    },
    cancelled: (reason) => heard.push(`cancelled ${reason}`),
  })
  return heard
}

test('an order that is cancelled when it hears of its first fill leaves nothing in the book', () => {
  const { market, venue } = bookVenue()
  const heard = sent(venue, order(1, { quantity: 700, limitPrice: 1_000.25 }), () => venue.cancel(1))
  expect(heard).toHaveLength(1)
  expect(market.book.levels(BUY, 1)).toEqual([{ price: 99_975, size: 500, orders: 1 }])
  expect(venue.cancel(1)).toBe(false)
})

test('a limit order that becomes a market order is filled at once', () => {
  const { venue } = bookVenue()
  const heard = sent(venue, order(1, { limitPrice: 999 }))
  expect(venue.modify(1, { quantity: 200, limitPrice: null })).toBe(true)
  expect(heard).toEqual([{ quantity: 200, price: 1_000.25, legPrices: [], wasResting: false }])
  expect(venue.modify(1, { quantity: 100, limitPrice: 999 })).toBe(false)
})

test('a market order that found too little is filled by whoever comes, step by step', () => {
  const { venue, market } = bookVenue()
  const heard = sent(venue, order(1, { quantity: 2_600 }))
  expect(heard).toHaveLength(5)
  const seller = market.join('seller', { onFill: () => {} })
  seller.submit({ side: -1, kind: 'limit', price: 100_500, quantity: 60 })
  venue.advance()
  seller.submit({ side: -1, kind: 'limit', price: 100_600, quantity: 60 })
  venue.advance()
  expect(heard.slice(5)).toEqual([
    { quantity: 60, price: 1_005, legPrices: [], wasResting: false },
    { quantity: 40, price: 1_006, legPrices: [], wasResting: false },
  ])
})

test('a price between two ticks is rounded away from the market', () => {
  const { venue, market } = bookVenue()
  sent(venue, order(1, { limitPrice: 999.999 }))
  sent(venue, order(2, { side: 'SELL', limitPrice: 1_000.001 }))
  expect([market.book.bestBid, market.book.bestAsk]).toEqual([99_999, 100_001])
})

test('an order that a waiting market order of the account would meet ends, and trades no more', () => {
  const { venue, market } = bookVenue()
  const waiting = sent(venue, order(1, { quantity: 2_600 }))
  const resting = sent(venue, order(2, { side: 'SELL', quantity: 50, limitPrice: 1_010 }))
  venue.advance()
  const buyer = market.join('buyer', { onFill: () => {} })
  buyer.submit({ side: BUY, kind: 'limit', price: 101_000, quantity: 50 })
  venue.advance()
  expect(waiting).toHaveLength(5)
  expect(resting).toEqual(['cancelled The order would have traded with another order of the same account'])
  expect(market.book.bestAsk).toBe(null)
  expect(market.book.levels(BUY, 1)).toEqual([{ price: 101_000, size: 50, orders: 1 }])
})
