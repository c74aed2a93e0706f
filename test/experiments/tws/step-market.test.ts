import { expect, test } from 'vitest'
import { stepMarketOf } from '../../../src/experiments/tws/step-market.ts'
import { applyTick, emptyQuote, type NumericField } from '../../../src/market/quote.ts'
import { epochMs } from '../../../src/market/units.ts'

const AT = epochMs(Date.UTC(2026, 10, 20, 15, 0, 1))

function quoteOf(numbers: Partial<Record<NumericField, number | null>>) {
  const quote = emptyQuote()
  for (const [field, value] of Object.entries(numbers)) {
    applyTick(quote, { field: field as NumericField, value: value as number | null }, AT)
  }
  return quote
}

test('the market of a step has the best prices of the ticks and the levels of the depth', () => {
  const quote = quoteOf({ bid: 999.95, ask: 1000.05, bidSize: 300, askSize: 200, last: 1000.05 })
  const book = {
    bids: [{ price: 999.95, size: 300 }],
    asks: [
      { price: 1000.05, size: 200 },
      { price: 1000.1, size: 900 },
    ],
  }
  expect(stepMarketOf({ quote, book }, { step: 7, at: AT })).toEqual({
    step: 7,
    timestamp: '2026-11-20T15:00:01.000Z',
    bid: 999.95,
    ask: 1000.05,
    mid: 1000,
    spread: 0.1,
    bidSize: 300,
    askSize: 200,
    bids: [{ price: 999.95, qty: 300 }],
    asks: [
      { price: 1000.05, qty: 200 },
      { price: 1000.1, qty: 900 },
    ],
    trades: [],
    lastTrade: 1000.05,
  })
})

test('without depth the levels are the touch, and without its size there are none', () => {
  const sized = quoteOf({ bid: 10, ask: 11, bidSize: 5 })
  expect(stepMarketOf({ quote: sized, book: null }, { step: 0, at: AT })).toMatchObject({
    bids: [{ price: 10, qty: 5 }],
    asks: [],
    askSize: null,
    lastTrade: null,
  })
})

test('a side without a price is null, and so are mid and spread', () => {
  const empty = quoteOf({ bid: null, ask: 11, bidSize: 0, askSize: 4 })
  expect(stepMarketOf({ quote: empty, book: null }, { step: 0, at: AT })).toMatchObject({
    bid: null,
    bidSize: null,
    bids: [],
    ask: 11,
    mid: null,
    spread: null,
  })
  const zero = quoteOf({ bid: 0, bidSize: 0, ask: 11, askSize: 4 })
  expect(stepMarketOf({ quote: zero, book: null }, { step: 0, at: AT }).bid).toBeNull()
})
