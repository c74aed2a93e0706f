import { expect, test } from 'vitest'
import { commissionOf } from '../../../src/simulator/orders/commission.ts'
import { QUOTED, SPY } from '../stub-market.ts'

test.each([
  ['a small stock order costs the minimum', SPY, 100, 68_000, 1],
  ['a large one half a cent a share', SPY, 1_000, 680_000, 5],
  ['a cheap one at most 1 % of its value', SPY, 1_000, 100, 1],
  ['a tiny one less than the minimum', SPY, 1, 20, 0.2],
  ['an option contract costs the minimum', QUOTED, 1, 500, 1],
  ['more of them 65 cents each', QUOTED, 10, 5_000, 6.5],
  ['nothing filled costs nothing', SPY, 0, 0, 0],
])('%s', (_name, contract, quantity, value, expected) => {
  expect(commissionOf(contract, { quantity, value })).toBe(expected)
})
