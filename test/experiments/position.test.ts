import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterFill, FLAT, markedAt, type Position } from '../../src/experiments/position.ts'

const buy = (position: Position, qty: number, price: number) =>
  afterFill(position, { side: 'BUY', price, qty })
const sell = (position: Position, qty: number, price: number) =>
  afterFill(position, { side: 'SELL', price, qty })

test('adding moves the average price, reducing realises against it', () => {
  const long = buy(buy(FLAT, 100, 10), 300, 12)
  expect(long).toEqual({ inventory: 400, cashFlow: -4600, averagePrice: 11.5, realisedPnl: 0 })
  expect(sell(long, 200, 12.5)).toEqual({
    inventory: 200,
    cashFlow: -2100,
    averagePrice: 11.5,
    realisedPnl: 200,
  })
})

test('a fill that turns the inventory realises the old one and starts the new one at its own price', () => {
  const short = sell(buy(FLAT, 100, 10), 300, 9)
  expect(short).toEqual({ inventory: -200, cashFlow: 1700, averagePrice: 9, realisedPnl: -100 })
  expect(markedAt(short, 8.5)).toEqual({ pnl: 0, unrealisedPnl: 100 })
  expect(buy(short, 200, 8)).toEqual({ inventory: 0, cashFlow: 100, averagePrice: null, realisedPnl: 100 })
})

test('without a mid a flat inventory has no unrealised profit and an open one an unknown one', () => {
  expect(markedAt(FLAT, null)).toEqual({ pnl: null, unrealisedPnl: 0 })
  expect(markedAt(buy(FLAT, 100, 10), null)).toEqual({ pnl: null, unrealisedPnl: null })
})

test('realised and unrealised profit are together cash and marked inventory, after any fills', () => {
  const fill = fc.record({
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    price: fc.integer({ min: 90_000, max: 110_000 }).map((cents) => cents / 100),
    qty: fc.integer({ min: 1, max: 20 }).map((lots) => lots * 100),
  })
  fc.assert(
    fc.property(
      fc.array(fill, { maxLength: 60 }),
      fc.integer({ min: 90_000, max: 110_000 }),
      (fills, cents) => {
        const position = fills.reduce(afterFill, FLAT)
        const { pnl, unrealisedPnl } = markedAt(position, cents / 100)
        expect(pnl).toBeCloseTo(position.realisedPnl + (unrealisedPnl as number), 2)
      },
    ),
    { numRuns: 200 },
  )
})
