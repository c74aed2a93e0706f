import { describe, expect, test } from 'vitest'
import { skew25 } from '../../../src/analytics/volatility/skew.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

describe('25-delta skew', () => {
  const made = { expiries: ['20261204', '20261218', '20261231'], strikes: range(580, 760) }
  const skewOf = (rows: ReturnType<typeof makeChain>) => skew25(spyChain(rows, SLOT).expirations)

  test('a flat smile has none', () => {
    expect(skewOf(makeChain({ ...made, vol: () => 0.18 })).value?.skew).toBeCloseTo(0, 9)
  })

  test('if volatility falls with strike, the skew is the slope times the distance of the wings', () => {
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
