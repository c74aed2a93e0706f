import { expect, test } from 'vitest'
import { createFundamentalValue } from '../../../src/exchange/agents/fundamental-value.ts'
import { normalOf, uniformOf } from '../../../src/market/random.ts'
import { kurtosis, mean, standardDeviation } from '../../../src/statistics/moments.ts'

const STATES = { components: 8, high: 1.5, fastestSteps: 100, slowing: 2 }

/** Logarithmic returns and activities of a walk. */
function walk(parameters: Parameters<typeof createFundamentalValue>[0], steps: number, seed = 1) {
  let now = -1
  const value = createFundamentalValue(parameters, 100_000, {
    draw: (purpose, n = 0) => uniformOf(seed, now, purpose, n),
    normal: (purpose, n = 0) => normalOf(seed, now, purpose, n),
  })
  const returns: number[] = []
  const activities: number[] = []
  for (now = 0; now < steps; now++) {
    const before = value.value
    value.advance(now)
    returns.push(Math.log(value.value / before))
    activities.push(value.activity)
  }
  return { returns, activities }
}

test('without volatility states it is a random walk with the drift and the volatility that were asked for', () => {
  const { returns, activities } = walk({ drift: 1e-5, volatility: 1e-4 }, 40_000)
  expect(standardDeviation(returns)).toBeCloseTo(1e-4, 5)
  expect(Math.abs((mean(returns) ?? 0) - 1e-5)).toBeLessThan(2e-6)
  expect(kurtosis(returns)).toBeCloseTo(3, 0)
  expect(new Set(activities)).toEqual(new Set([1]))
})

test('with volatility states the variance is the same on average, and returns have heavy tails', () => {
  const walks = Array.from({ length: 12 }, (_, seed) =>
    walk({ drift: 0, volatility: 1e-4, volatilityStates: STATES }, 20_000, seed),
  )
  const returns = walks.flatMap((one) => one.returns)
  expect((standardDeviation(returns) ?? 0) / 1e-4).toBeGreaterThan(0.85)
  expect((standardDeviation(returns) ?? 0) / 1e-4).toBeLessThan(1.15)
  expect(kurtosis(returns)).toBeGreaterThan(6)
  expect(mean(walks.flatMap((one) => one.activities))).toBeCloseTo(1, 0)
})

test('the same draws give the same walk', () => {
  const parameters = { drift: 0, volatility: 1e-4, volatilityStates: STATES }
  expect(walk(parameters, 500)).toEqual(walk(parameters, 500))
  expect(walk(parameters, 500, 2)).not.toEqual(walk(parameters, 500))
})
