import { describe, expect, test } from 'vitest'
import { putCallFigures } from '../../src/analytics/put-call-ratio.ts'
import { termPoint } from '../../src/analytics/volatility/at-the-money.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { rowOf, SLOT, spyChain } from './chains.ts'

const carry = { rateFraction: 0.04, dividends: [] }
const oiDate = sessionDate('2026-11-19')

function figuresOf(rows: readonly SnapshotRow[]) {
  const chain = spyChain(rows, SLOT)
  return putCallFigures(chain, { terms: chain.expirations.map((one) => termPoint(one, carry, SLOT)), oiDate })
}

describe('put/call ratios', () => {
  const rows = [
    rowOf({ right: 'P', volume: 30, open_interest: null }),
    rowOf({ right: 'P', strike: 670, volume: null, open_interest: 4 }),
    rowOf({ right: 'C', volume: 20, open_interest: 0 }),
  ]
  const { put_call_volume_ratio, put_call_oi_ratio } = figuresOf(rows)

  test('a contract without a count is neither in the ratio nor among its observations', () => {
    expect(put_call_volume_ratio).toMatchObject({ value: 1.5, observations: 2, oi_date: null })
  })

  test('without calls there is no ratio', () => {
    expect(put_call_oi_ratio).toMatchObject({ value: null, reason: 'no_counts', oi_date: oiDate })
    expect(figuresOf([]).put_call_volume_ratio).toMatchObject({ value: null, reason: 'no_counts' })
  })

  test('of the window leave out what is later than 60 days or further than 20 % from the price', () => {
    const count = (right: string, strike: number, expiry: string, open_interest: number) =>
      rowOf({ right, strike, expiry, open_interest, volume: 1 })
    const wide = [
      count('C', 680, '20261218', 100),
      count('P', 544, '20261218', 50),
      count('P', 680, '20270115', 25),
      // 543 and 817 are more than 20 % from 680; 22 January 2027 is 63 days away.
      count('P', 543, '20261218', 10_000),
      count('C', 817, '20261218', 10_000),
      count('P', 680, '20270122', 10_000),
    ]
    const { put_call_oi_ratio, put_call_oi_ratio_60d, put_call_volume_ratio_60d } = figuresOf(wide)
    expect(put_call_oi_ratio_60d).toMatchObject({ value: 0.75, observations: 3, oi_date: oiDate })
    expect(put_call_volume_ratio_60d).toMatchObject({ value: 2, observations: 3 })
    expect(put_call_oi_ratio.value).toBeCloseTo(20_075 / 10_100, 12)
  })
})
