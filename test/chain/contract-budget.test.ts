import { expect, test } from 'vitest'
import { fitBudget } from '../../src/chain/contract-budget.ts'
import { type ExpiryDate, expiryDate } from '../../src/market/units.ts'
import { options, range } from './contracts.ts'

const near = { expiry: expiryDate('20261127'), days: 7 }
const thirty = { expiry: expiryDate('20261218'), days: 28 }
const spots = [{ price: 100, volFraction: 0.16 }]

test('over budget, far wings are dropped before expirations, call and put together, and reported', () => {
  const spy = options('SPY', near.expiry, range(80, 120))
  const later = options('SPY', thirty.expiry, range(80, 120))
  const days = new Map<ExpiryDate, number>([
    [near.expiry, near.days],
    [thirty.expiry, thirty.days],
  ])
  const [selection] = fitBudget([{ contracts: [...spy, ...later], spots, days }], 60)
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

test('contracts that fit the budget are left as they are', () => {
  const contracts = options('SPY', near.expiry, range(95, 105))
  const selections = fitBudget([{ contracts, spots, days: new Map() }], contracts.length)
  expect(selections).toEqual([{ wanted: contracts, skipped: [] }])
})
