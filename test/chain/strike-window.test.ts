import { expect, test } from 'vitest'
import { type WindowCentre, windowCentres, withinWindow } from '../../src/chain/strike-window.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { conId, expiryDate } from '../../src/market/units.ts'
import { options, range } from './contracts.ts'

const policy = universeOptions.parse({})
const near = { expiry: expiryDate('20261127'), days: 7, aroundThirty: false, isThinned: false }
const thirty = { expiry: expiryDate('20261218'), days: 28, aroundThirty: true, isThinned: false }
const spot: WindowCentre = { price: 100, volFraction: 0.16 }

function bounds(contracts: ReturnType<typeof options>, right: 'C' | 'P'): [number, number] {
  const strikes = contracts.filter((one) => one.right === right).map(({ strike }) => strike)
  return [Math.min(...strikes), Math.max(...strikes)]
}

test('the window is five standard deviations to expiry, between 3 and 20 percent', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const week = withinWindow(listed, [near], { centres: [spot], options: policy })
  // 5 × 0.16 × √(7/365) = 11.08 %
  expect(bounds(week, 'C')).toEqual([89, 111])
  const calm = withinWindow(listed, [{ ...near, days: 0 }], { centres: [spot], options: policy })
  expect(bounds(calm, 'P')).toEqual([97, 103])
  const wild = withinWindow(listed, [near], { centres: [{ price: 100, volFraction: 0.9 }], options: policy })
  expect(bounds(wild, 'C')).toEqual([80, 120])
})

test('around thirty days the window is at its widest, and puts reach further down', () => {
  const listed = options('SPY', thirty.expiry, range(50, 150))
  const chosen = withinWindow(listed, [thirty], { centres: [spot], options: policy })
  expect(bounds(chosen, 'C')).toEqual([80, 120])
  expect(bounds(chosen, 'P')).toEqual([65, 120])
})

test('without a known volatility the widest window is used', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const chosen = withinWindow(listed, [near], {
    centres: [{ price: 100, volFraction: null }],
    options: policy,
  })
  expect(bounds(chosen, 'C')).toEqual([80, 120])
})

test('a contract inside a window stays in all day, and only a move of 1 % adds a window', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const later: WindowCentre = { price: 100.5, volFraction: 0.17 }
  expect(windowCentres([spot], [later])).toEqual([spot])
  const far: WindowCentre = { price: 104, volFraction: 0.16 }
  const spots = windowCentres([spot], [far])
  expect(spots).toEqual([spot, far])
  expect(bounds(withinWindow(listed, [near], { centres: spots, options: policy }), 'C')).toEqual([89, 115])
  const known: WindowCentre = { price: 100, volFraction: 0.16 }
  expect(windowCentres([{ price: 100, volFraction: null }], [known])).toHaveLength(2)
})

test('options on the VIX have a window of their own, and those on a future one around its price', () => {
  const vix = options('VIX', near.expiry, range(10, 60))
  const at = (price: number, underlyingConId?: number): WindowCentre => ({
    ...{ price, volFraction: null },
    ...(underlyingConId !== undefined && { underlyingConId: conId(underlyingConId) }),
  })
  expect(bounds(withinWindow(vix, [near], { centres: [at(20)], options: policy }), 'C')).toEqual([10, 40])
  const on = (id: number) =>
    options('ES', near.expiry, range(50, 150)).map((one) => ({ ...one, underlyingConId: conId(id) }))
  const centres = [at(100, 1), at(110, 2)]
  const chosen = withinWindow([...on(1), ...on(2), ...on(3)], [near], { centres, options: policy })
  const of = (id: number) => chosen.filter((one) => one.underlyingConId === conId(id))
  expect([bounds(of(1), 'C'), bounds(of(2), 'C'), of(3)]).toEqual([[80, 120], [88, 132], []])
})

test('a thinned expiration keeps the strikes nearest to round steps of a tenth of a standard deviation', () => {
  const far = { expiry: expiryDate('20270122'), days: 63, aroundThirty: false, isThinned: true }
  const strikesOf = (listed: ReturnType<typeof options>, centres: readonly WindowCentre[]) => [
    ...new Set(withinWindow(listed, [far], { centres, options: policy }).map(({ strike }) => strike)),
  ]
  const centre: WindowCentre = { price: 600, volFraction: 0.16 }
  // 600 × 0.16 × √(63/365) × 0.1 = 3.99: the nearest of 1, 2, 5 and 10 is 5.
  const dollars = strikesOf(options('SPY', far.expiry, range(400, 800)), [centre])
  expect(dollars[0]).toBe(480)
  expect(dollars.slice(0, 3)).toEqual([480, 485, 490])
  expect(dollars).toHaveLength(49)
  // A move of the price adds its window at the same steps.
  const moved = strikesOf(options('SPY', far.expiry, range(400, 800)), [centre, { ...centre, price: 612 }])
  expect(moved.every((strike) => strike % 5 === 0)).toBe(true)
  // Strikes further apart than the step all stay.
  const coarse = range(400, 800).filter((strike) => strike % 25 === 0)
  expect(strikesOf(options('SPY', far.expiry, coarse), [centre])).toEqual(
    coarse.filter((strike) => strike >= 480 && strike <= 720),
  )
})
