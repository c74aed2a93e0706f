import { expect, test } from 'vitest'
import {
  afterTrades,
  type Holdings,
  isAffordable,
  marginOf,
  type ValuedPosition,
} from '../../../src/simulator/account/margin.ts'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { OPTIONS, SPY } from '../stub-market.ts'

/** Options of one expiration at 10 dollars each unless said otherwise, the underlying at 680. */
function option(right: 'C' | 'P', strike: number, quantity: number, price = 10): ValuedPosition {
  const contract = OPTIONS.find(
    (one) => one.right === right && one.strike === strike && one.expiry === '20261218',
  )
  return { contract: contract as SimContract, quantity, price }
}

const shares = (quantity: number, price = 680): ValuedPosition => ({ contract: SPY, quantity, price })

function holdings(cash: number, ...positions: ValuedPosition[]): Holdings {
  return { cash, positions, underlyingPrice: () => 680 }
}

test('cash alone buys stocks of twice its amount', () => {
  expect(marginOf(holdings(100_000))).toEqual({
    netLiquidation: 100_000,
    equityWithLoan: 100_000,
    grossPositionValue: 0,
    initialMargin: 0,
    maintenanceMargin: 0,
    availableFunds: 100_000,
    excessLiquidity: 100_000,
    buyingPower: 200_000,
    cushionFraction: 1,
  })
})

test('stocks need half of their value, and less to be kept', () => {
  const long = marginOf(holdings(-18_000, shares(100)))
  expect(long).toMatchObject({ netLiquidation: 50_000, initialMargin: 34_000, maintenanceMargin: 17_000 })
  expect(long).toMatchObject({ availableFunds: 16_000, buyingPower: 32_000, excessLiquidity: 33_000 })
  const short = marginOf(holdings(118_000, shares(-100)))
  expect(short).toMatchObject({ netLiquidation: 50_000, initialMargin: 34_000, maintenanceMargin: 20_400 })
})

test('a bought option is paid in full: it counts in the net liquidation value and lends nothing', () => {
  const figures = marginOf(holdings(9_000, option('C', 680, 1)))
  expect(figures).toMatchObject({ netLiquidation: 10_000, availableFunds: 9_000, initialMargin: 0 })
})

test('an uncovered option needs its value and a fifth of the underlying, less what it is out of the money', () => {
  expect(marginOf(holdings(0, option('C', 680, -1))).initialMargin).toBeCloseTo(1_000 + 13_600)
  expect(marginOf(holdings(0, option('C', 700, -1))).initialMargin).toBeCloseTo(1_000 + 11_600)
  // A tenth is the least: of the underlying for a call, of the strike for a put.
  expect(marginOf({ ...holdings(0, option('C', 729, -1)), underlyingPrice: () => 600 }).initialMargin).toBe(
    1_000 + 6_000,
  )
  expect(
    marginOf({ ...holdings(0, option('P', 630, -1)), underlyingPrice: () => 800 }).initialMargin,
  ).toBeCloseTo(1_000 + 6_300)
})

test('a credit spread needs the difference of its strikes, a debit spread nothing', () => {
  expect(marginOf(holdings(0, option('P', 680, -2), option('P', 670, 2))).initialMargin).toBe(2_000)
  expect(marginOf(holdings(0, option('C', 680, 2), option('C', 690, -2))).initialMargin).toBe(0)
})

test('an iron condor needs the wider of its sides', () => {
  const condor = [option('P', 670, -1), option('P', 660, 1), option('C', 690, -1), option('C', 695, 1)]
  expect(marginOf(holdings(0, ...condor)).initialMargin).toBe(1_000)
})

test('a short strangle needs its dearer side and the value of both', () => {
  const strangle = [option('P', 660, -1, 4), option('C', 690, -1, 6)]
  // Call: 0.2 × 680 − 10; put: 0.2 × 680 − 20.
  expect(marginOf(holdings(0, ...strangle)).initialMargin).toBeCloseTo(12_600 + 1_000)
})

test('shares cover written calls, and short shares written puts', () => {
  const covered = marginOf(holdings(0, shares(150), option('C', 700, -1)))
  expect(covered.initialMargin).toBe(51_000 + 1_000)
  const half = marginOf(holdings(0, shares(150), option('C', 700, -2)))
  expect(half.initialMargin).toBeCloseTo(51_000 + 2_000 + 11_600)
  expect(marginOf(holdings(0, shares(-100), option('P', 660, -1))).initialMargin).toBe(34_000 + 1_000)
})

test('a bought option that expires earlier covers nothing', () => {
  const late = OPTIONS.find((one) => one.right === 'C' && one.strike === 680 && one.expiry === '20261224')
  const short = { contract: late as SimContract, quantity: -1, price: 10 }
  expect(marginOf(holdings(0, short, option('C', 680, 1))).initialMargin).toBe(14_600)
})

test('of two classes with the same last trading day, the one settled at the close covers nothing of the other', () => {
  const index = { ...(OPTIONS[0] as SimContract), symbol: 'SPX', expiry: '20261217', strike: 680 }
  const of = (tradingClass: string, quantity: number) => ({
    contract: { ...index, tradingClass, conId: tradingClass.length },
    quantity,
    price: 10,
  })
  expect(marginOf(holdings(0, of('SPX', -1), of('SPXW', 1))).initialMargin).toBe(14_600)
  expect(marginOf(holdings(0, of('SPX', 1), of('SPXW', -1))).initialMargin).toBe(0)
})

test('without a price of the underlying an option counts as at the money', () => {
  const figures = marginOf({ ...holdings(0, option('C', 700, -1)), underlyingPrice: () => null })
  expect(figures.initialMargin).toBe(1_000 + 14_000)
})

test('trades move cash and positions, and a trade at the market price costs only its commission', () => {
  const before = holdings(100_000, shares(100))
  const after = afterTrades(
    before,
    [
      { contract: SPY, quantity: -100, price: 680 },
      { ...option('C', 680, 3), price: 10 },
    ],
    2.5,
  )
  expect(after.cash).toBe(100_000 + 68_000 - 3_000 - 2.5)
  expect(after.positions).toEqual([option('C', 680, 3)])
  expect(marginOf(before).netLiquidation - marginOf(after).netLiquidation).toBeCloseTo(2.5)
})

test('an order is affordable when funds remain, or when it frees some', () => {
  const poor = holdings(-60_000, shares(100))
  const sells = afterTrades(poor, [{ contract: SPY, quantity: -10, price: 680 }], 1)
  const buys = afterTrades(poor, [{ contract: SPY, quantity: 1, price: 680 }], 1)
  expect(marginOf(poor).availableFunds).toBeLessThan(0)
  expect(isAffordable(marginOf(poor), marginOf(sells))).toBe(true)
  expect(isAffordable(marginOf(poor), marginOf(buys))).toBe(false)
  expect(isAffordable(marginOf(holdings(1_000)), marginOf(holdings(0)))).toBe(true)
})
