import { describe, expect, test } from 'vitest'
import { putCallRatio } from '../../src/analytics/put-call-ratio.ts'
import { rowOf } from './chains.ts'

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
