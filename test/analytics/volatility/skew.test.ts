import { describe, expect, test } from 'vitest'
import { groupChain } from '../../../src/analytics/chain.ts'
import { expectedMove, putCallRatio, skew25, termSlope } from '../../../src/analytics/volatility/skew.ts'
import { makeChain, range, rowOf, SLOT } from '../chains.ts'

describe('25-delta skew', () => {
  const made = { expiries: ['20261204', '20261218', '20261231'], strikes: range(580, 760) }
  const skewOf = (rows: ReturnType<typeof makeChain>) => skew25(groupChain(rows, SLOT))

  test('a flat smile has none', () => {
    expect(skewOf(makeChain({ ...made, vol: () => 0.18 })).value?.skew).toBeCloseTo(0, 9)
  })

  test('where volatility falls with strike the put wing is dearer, by the slope times the distance of the wings', () => {
    const { value } = skewOf(makeChain({ ...made, vol: (strike) => 0.18 - 0.0005 * (strike - 680) }))
    // At 30 days and 18 % the wings lie about 27 dollars below and 26 above.
    expect(value?.skew).toBeGreaterThan(0.022)
    expect(value?.skew).toBeLessThan(0.032)
    expect(value?.expirations).toBe(3)
  })

  test.each<[string, ReturnType<typeof makeChain>, string]>([
    ['no rows', [], 'no_chain'],
    ['no greeks', makeChain({ ...made, vol: () => 0.18, greeks: false }), 'no_25_delta'],
    [
      'only strikes at the money',
      makeChain({ ...made, strikes: range(675, 685), vol: () => 0.18 }),
      'no_25_delta',
    ],
    [
      'no expiration beyond 30 days',
      makeChain({ ...made, expiries: ['20261204'], vol: () => 0.18 }),
      'no_bracket',
    ],
  ])('%s: null with its reason', (_, rows, reason) => {
    expect(skewOf(rows)).toEqual({ value: null, reason })
  })
})

describe('put/call ratios', () => {
  const rows = [
    rowOf({ right: 'P', volume: 30, open_interest: null }),
    rowOf({ right: 'P', volume: null, open_interest: 4 }),
    rowOf({ right: 'C', volume: 20, open_interest: 0 }),
  ]

  test('unknown counts are left out and counted as such', () => {
    expect(putCallRatio(rows, 'volume').value).toEqual({ ratio: 1.5, puts: 30, calls: 20, counted: 2 })
  })

  test('without calls there is no ratio', () => {
    expect(putCallRatio(rows, 'open_interest')).toEqual({ value: null, reason: 'no_counts' })
    expect(putCallRatio([], 'volume')).toEqual({ value: null, reason: 'no_counts' })
  })
})

test('the expected move of 30 days at 20 % is 5.73 % of the price', () => {
  expect(expectedMove(600, { value: 0.2, reason: null }).value).toBeCloseTo(34.4, 1)
  expect(expectedMove(600, { value: null, reason: 'no_bracket' })).toEqual({
    value: null,
    reason: 'no_bracket',
  })
  expect(expectedMove(0, { value: 0.2, reason: null }).reason).toBe('no_underlying_price')
})

test('a term slope needs both ends', () => {
  const known = { value: 0.2, reason: null } as const
  const none = { value: null, reason: 'no_bracket' } as const
  expect(termSlope(known, { value: 0.23, reason: null }).value).toBeCloseTo(0.03, 12)
  expect(termSlope(none, known)).toEqual(none)
  expect(termSlope(known, none)).toEqual(none)
})
