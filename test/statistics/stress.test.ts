import { expect, test } from 'vitest'
import { compareStress, measureCalmness } from '../../src/statistics/stress.ts'

test('volatility of minute returns, mean spread of two-sided steps, mean depth', () => {
  const mids = [100, 100, 100 * Math.E, 100 * Math.E, 100, 100]
  const calm = measureCalmness(
    { midTicks: mids, spreadTicks: [2, 4, -1, 6, 2, 6], depth: [1, 2, 3, 4, 5, 9] },
    2,
  )
  // Returns are +1 and −1: their mean is 0 and the sample deviation √2.
  expect(calm.volatility).toBeCloseTo(Math.SQRT2)
  expect(calm).toMatchObject({ meanSpreadTicks: 4, meanDepth: 4, twoSidedFraction: 5 / 6 })
})

test('an empty or one-sided run has no figures', () => {
  expect(measureCalmness({ midTicks: [], spreadTicks: [], depth: [] })).toEqual({
    volatility: null,
    meanSpreadTicks: null,
    meanDepth: null,
    twoSidedFraction: null,
  })
  const oneSided = measureCalmness({ midTicks: [100], spreadTicks: [-1], depth: [10] })
  expect(oneSided).toMatchObject({ meanSpreadTicks: null, twoSidedFraction: 0 })
})

test('stress is the ratio of two runs, and null where one has no figure', () => {
  const calm = { volatility: 0.001, meanSpreadTicks: 8, meanDepth: 10_000, twoSidedFraction: 1 }
  const stressed = { volatility: 0.004, meanSpreadTicks: 24, meanDepth: 2_000, twoSidedFraction: 1 }
  const stress = compareStress(stressed, calm)
  expect(stress.volatilityRatio).toBeCloseTo(4)
  expect(stress.spreadRatio).toBeCloseTo(3)
  expect(stress.depthRatio).toBeCloseTo(0.2)
  expect(compareStress(stressed, { ...calm, volatility: null, meanDepth: 0 })).toMatchObject({
    volatilityRatio: null,
    depthRatio: null,
  })
})
