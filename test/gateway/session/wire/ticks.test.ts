import { expect, test } from 'vitest'
import {
  computationTick,
  dataTypeTick,
  genericTick,
  priceTick,
  sizeTick,
} from '../../../../src/gateway/session/wire/ticks.ts'

const NOT_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined]
const UNSET = [Number.MAX_VALUE, 1.797e308, -1.797e308]
const noGreeks = {
  impliedVolFraction: null,
  delta: null,
  gamma: null,
  vega: null,
  theta: null,
  underlyingPrice: null,
  pvDividend: null,
}

test.each([
  [1, 'bid'],
  [2, 'ask'],
  [4, 'last'],
  [9, 'close'],
  [37, 'markPrice'],
  [66, 'bid'],
  [67, 'ask'],
  [68, 'last'],
  [75, 'close'],
])('price type %i is the %s, and every way to say "none" is null', (type, field) => {
  expect(priceTick(type, 1.25)).toEqual({ field, value: 1.25 })
  for (const none of [-1, -100, ...NOT_NUMBERS, ...UNSET])
    expect(priceTick(type, none)).toEqual({ field, value: null })
})

test('a price of 0 stays 0: its size decides whether it is a quote', () => {
  expect(priceTick(1, 0)).toEqual({ field: 'bid', value: 0 })
})

test.each([
  [0, 'bidSize'],
  [3, 'askSize'],
  [8, 'volume'],
  [27, 'callOpenInterest'],
  [28, 'putOpenInterest'],
  [69, 'bidSize'],
  [70, 'askSize'],
  [74, 'volume'],
])('size type %i is the %s, and every way to say "none" is null', (type, field) => {
  expect(sizeTick(type, 0)).toEqual({ field, value: 0 })
  expect(sizeTick(type, 31)).toEqual({ field, value: 31 })
  for (const none of [-1, 2 ** 63, 1.7e38, ...NOT_NUMBERS, ...UNSET]) {
    expect(sizeTick(type, none)).toEqual({ field, value: null })
  }
})

test("tick 24 is an underlying's volatility as a fraction; an empty field, which arrives as 0, is none", () => {
  expect(genericTick(24, 0.1625)).toEqual({ field: 'impliedVol30Fraction', value: 0.1625 })
  for (const none of [0, -1, ...NOT_NUMBERS, ...UNSET]) {
    expect(genericTick(24, none)).toEqual({ field: 'impliedVol30Fraction', value: null })
  }
})

test('the halt state comes live and delayed; −1 is unknown', () => {
  expect(genericTick(49, 1)).toEqual({ field: 'halted', value: 1 })
  expect(genericTick(90, 0)).toEqual({ field: 'halted', value: 0 })
  expect(genericTick(49, -1)).toEqual({ field: 'halted', value: null })
})

test.each([13, 83])('computation %i gives the model greeks, each sentinel null on its own', (type) => {
  const raw = {
    impliedVol: 0.1842,
    delta: -0.52,
    gamma: 0.031,
    vega: 0.4,
    theta: -0.21,
    underlyingPrice: 680.5,
    pvDividend: 1.74,
  }
  const { impliedVol, ...greeks } = raw
  expect(computationTick(type, raw)).toEqual({
    field: 'modelGreeks',
    greeks: { impliedVolFraction: impliedVol, ...greeks },
  })
  expect(computationTick(type, { ...raw, gamma: -2 })).toMatchObject({ greeks: { gamma: null, vega: 0.4 } })
  expect(computationTick(type, { ...raw, underlyingPrice: -1 })).toMatchObject({
    greeks: { underlyingPrice: null },
  })
  expect(computationTick(type, { ...raw, impliedVol: -1 })).toMatchObject({
    greeks: { impliedVolFraction: null, delta: -0.52 },
  })
  const sentinels = {
    impliedVol: -1,
    delta: -2,
    gamma: -2,
    vega: -2,
    theta: -2,
    underlyingPrice: -1,
    pvDividend: -1,
  }
  expect(computationTick(type, sentinels)).toEqual({ field: 'modelGreeks', greeks: noGreeks })
  for (const none of [0, ...NOT_NUMBERS, ...UNSET]) {
    const all = {
      impliedVol: none,
      delta: none,
      gamma: none,
      vega: none,
      theta: none,
      underlyingPrice: none,
      pvDividend: none,
    }
    expect(computationTick(type, all)).toEqual({ field: 'modelGreeks', greeks: noGreeks })
  }
})

test('a delta of 0 with a volatility is a delta', () => {
  const raw = { impliedVol: 0.6, delta: 0, gamma: 0, vega: 0, theta: 0, underlyingPrice: 680, pvDividend: 0 }
  expect(computationTick(13, raw)).toMatchObject({ greeks: { delta: 0, theta: 0 } })
})

test('a dividend of 0 needs a volatility, and one that is worth as much as the underlying is none', () => {
  const raw = {
    impliedVol: 0.2,
    delta: 0.5,
    gamma: 0,
    vega: 0,
    theta: 0,
    underlyingPrice: 680,
    pvDividend: 0,
  }
  const pvDividend = (of: Partial<typeof raw>) => {
    const tick = computationTick(13, { ...raw, ...of })
    return tick?.field === 'modelGreeks' ? tick.greeks.pvDividend : undefined
  }
  expect(pvDividend({})).toBe(0)
  expect(pvDividend({ pvDividend: 3.25 })).toBe(3.25)
  expect(pvDividend({ pvDividend: 3.25, underlyingPrice: -1 })).toBe(3.25)
  expect(pvDividend({ impliedVol: -1 })).toBeNull()
  expect(pvDividend({ pvDividend: 680 })).toBeNull()
  expect(pvDividend({ pvDividend: -0.5 })).toBeNull()
})

test('greeks of bid, ask and last, and every unused type, give no tick', () => {
  const raw = {
    impliedVol: 0.2,
    delta: 0.5,
    gamma: 0,
    vega: 0,
    theta: 0,
    underlyingPrice: 680,
    pvDividend: 0,
  }
  for (const type of [10, 11, 12, 53, 80, 81, 82]) expect(computationTick(type, raw)).toBeUndefined()
  for (const type of [6, 7, 14, 72, 73, 76, -1, Number.NaN]) expect(priceTick(type, 1)).toBeUndefined()
  for (const type of [5, 71, 89, 99]) expect(sizeTick(type, 1)).toBeUndefined()
  expect(genericTick(23, 1)).toBeUndefined()
})

test('the data type is the one that the gateway reports', () => {
  const named = [1, 2, 3, 4].map(dataTypeTick)
  expect(named).toEqual(
    ['live', 'frozen', 'delayed', 'delayed_frozen'].map((dataType) => ({ field: 'dataType', dataType })),
  )
  expect([0, 5, -1, Number.NaN].map(dataTypeTick)).toEqual([undefined, undefined, undefined, undefined])
})

test('open interest of a future is a size of its own', () => {
  expect(sizeTick(86, 2_310_455)).toEqual({ field: 'openInterest', value: 2_310_455 })
  expect(sizeTick(86, -1)).toEqual({ field: 'openInterest', value: null })
})
