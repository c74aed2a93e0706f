import { expect, test } from 'vitest'
import { fitBudget, type WindowCentre, windowCentres, withinWindow } from '../../src/chain/select.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { type ExpiryDate, expiryDate } from '../../src/market/units.ts'
import { options, range } from './contracts.ts'

const policy = universeOptions.parse({})
const near = { expiry: expiryDate('20261127'), days: 7, aroundThirty: false }
const thirty = { expiry: expiryDate('20261218'), days: 28, aroundThirty: true }
const spot: WindowCentre = { price: 100, volFraction: 0.16 }

function bounds(contracts: ReturnType<typeof options>, right: 'C' | 'P'): [number, number] {
  const strikes = contracts.filter((one) => one.right === right).map(({ strike }) => strike)
  return [Math.min(...strikes), Math.max(...strikes)]
}

test('the window is five standard deviations to expiry, between 3 and 20 percent', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const week = withinWindow(listed, [near], { spots: [spot], options: policy })
  // 5 × 0.16 × √(7/365) = 11.08 %
  expect(bounds(week, 'C')).toEqual([89, 111])
  const calm = withinWindow(listed, [{ ...near, days: 0 }], { spots: [spot], options: policy })
  expect(bounds(calm, 'P')).toEqual([97, 103])
  const wild = withinWindow(listed, [near], { spots: [{ price: 100, volFraction: 0.9 }], options: policy })
  expect(bounds(wild, 'C')).toEqual([80, 120])
})

test('around thirty days the window is whole and puts reach further down', () => {
  const listed = options('SPY', thirty.expiry, range(50, 150))
  const chosen = withinWindow(listed, [thirty], { spots: [spot], options: policy })
  expect(bounds(chosen, 'C')).toEqual([80, 120])
  expect(bounds(chosen, 'P')).toEqual([65, 120])
})

test('without a known volatility the widest window is used', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const chosen = withinWindow(listed, [near], { spots: [{ price: 100, volFraction: null }], options: policy })
  expect(bounds(chosen, 'C')).toEqual([80, 120])
})

test('over budget far wings go before expirations, call and put together, and what is dropped is told', () => {
  const spy = options('SPY', near.expiry, range(80, 120))
  const later = options('SPY', thirty.expiry, range(80, 120))
  const days = new Map<ExpiryDate, number>([
    [near.expiry, near.days],
    [thirty.expiry, thirty.days],
  ])
  const [selection] = fitBudget([{ contracts: [...spy, ...later], spot, days }], 60)
  const { wanted, skipped } = selection as NonNullable<typeof selection>
  expect(wanted).toHaveLength(60)
  expect(new Set([...wanted, ...skipped]).size).toBe(spy.length + later.length)
  expect(new Set(wanted.map(({ expiry }) => expiry))).toEqual(new Set([near.expiry, thirty.expiry]))
  for (const one of wanted) {
    expect(
      wanted.filter(({ expiry, strike }) => expiry === one.expiry && strike === one.strike),
    ).toHaveLength(2)
  }
  // At equal distance in deviations the later smile keeps strikes further out.
  const reach = (expiry: string) =>
    Math.max(...wanted.filter((one) => one.expiry === expiry).map(({ strike }) => strike))
  expect(reach(thirty.expiry)).toBeGreaterThan(reach(near.expiry))
  expect(Math.abs((skipped[0]?.strike ?? 100) - 100)).toBe(20)
})

test('what fits is left as it is', () => {
  const contracts = options('SPY', near.expiry, range(95, 105))
  const selections = fitBudget([{ contracts, spot, days: new Map() }], contracts.length)
  expect(selections).toEqual([{ wanted: contracts, skipped: [] }])
})

test('what was inside a window stays in for the day; a new one is laid only when the price has moved by 1 %', () => {
  const listed = options('SPY', near.expiry, range(50, 150))
  const later: WindowCentre = { price: 100.5, volFraction: 0.17 }
  expect(windowCentres([spot], later)).toEqual([spot])
  const far: WindowCentre = { price: 104, volFraction: 0.16 }
  const spots = windowCentres([spot], far)
  expect(spots).toEqual([spot, far])
  expect(bounds(withinWindow(listed, [near], { spots, options: policy }), 'C')).toEqual([89, 115])
  const known: WindowCentre = { price: 100, volFraction: 0.16 }
  expect(windowCentres([{ price: 100, volFraction: null }], known)).toHaveLength(2)
})
