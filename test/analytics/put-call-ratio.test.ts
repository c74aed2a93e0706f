import { describe, expect, test } from 'vitest'
import { putCallFigures } from '../../src/analytics/put-call-ratio.ts'
import { rowOf, SLOT, spyChain } from './chains.ts'

describe('put/call ratios', () => {
  const rows = [
    rowOf({ right: 'P', volume: 30, open_interest: null }),
    rowOf({ right: 'P', volume: null, open_interest: 4 }),
    rowOf({ right: 'C', volume: 20, open_interest: 0 }),
  ]
  const { put_call_volume_ratio, put_call_oi_ratio } = putCallFigures(spyChain(rows, SLOT))

  test('a contract without a count is neither in the ratio nor among its observations', () => {
    expect(put_call_volume_ratio).toMatchObject({ value: 1.5, observations: 2 })
  })

  test('without calls there is no ratio', () => {
    expect(put_call_oi_ratio).toMatchObject({ value: null, reason: 'no_counts' })
    const none = putCallFigures(spyChain([], SLOT)).put_call_volume_ratio
    expect(none).toMatchObject({ value: null, reason: 'no_counts' })
  })
})
