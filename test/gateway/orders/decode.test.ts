import { SecType } from '@stoqey/ib'
import { expect, test } from 'vitest'
import { reportedPosition } from '../../../src/gateway/orders/decode.ts'

test('what is not told of a position is null, and no number', () => {
  const unset = Number.MAX_VALUE
  const option = { conId: 7, symbol: 'SPY', secType: SecType.OPT }
  expect(reportedPosition(option, 2, unset)).toMatchObject({
    ...{ quantity: 2, multiplier: null, averageCost: null, strike: null, right: null },
  })
  expect(reportedPosition({ ...option, multiplier: 100 }, -2, 0)).toMatchObject({
    ...{ quantity: -2, multiplier: 100, averageCost: 0 },
  })
  expect(reportedPosition({ ...option, secType: SecType.STK }, 2, 1.5)).toMatchObject({
    ...{ multiplier: 1, averageCost: 1.5 },
  })
  expect(reportedPosition(option, unset, 1)).toBeUndefined()
})
