import { expect, test } from 'vitest'
import { normalOf, uniformOf } from '../../src/market/random.ts'
import { autocorrelation, decayExponent, lagSums } from '../../src/statistics/autocorrelation.ts'
import { createHalfLife } from '../../src/statistics/half-life.ts'
import { impactBySize, impactExponent } from '../../src/statistics/impact-exponent.ts'
import { bootstrapInterval, meanInterval } from '../../src/statistics/intervals.ts'
import { hurstExponent } from '../../src/statistics/long-memory.ts'
import { kurtosis, mean, standardDeviation } from '../../src/statistics/moments.ts'
import {
  addCounts,
  createSpreadCounts,
  excessVariation,
  meanSpread,
} from '../../src/statistics/spread-distribution.ts'
import { hillTailIndex } from '../../src/statistics/tail-index.ts'

const uniforms = (count: number, key: number) => Array.from({ length: count }, (_, at) => uniformOf(key, at))
const normals = (count: number, key: number) => Array.from({ length: count }, (_, at) => normalOf(key, at))

test('kurtosis is 3 for normal values, 1.8 for uniform ones and 1 for coin flips', () => {
  expect(kurtosis(normals(50_000, 1))).toBeCloseTo(3, 0)
  expect(kurtosis(uniforms(50_000, 2))).toBeCloseTo(1.8, 1)
  expect(kurtosis([1, -1, 1, -1])).toBe(1)
})

test('moments of nothing, and the kurtosis of a constant, are null', () => {
  expect([mean([]), kurtosis([]), standardDeviation([1]), kurtosis([2, 2, 2])]).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test("Hill's estimator finds the exponent of Pareto values", () => {
  for (const exponent of [2, 3, 5]) {
    const values = uniforms(40_000, exponent).map((u, at) => (at % 2 === 0 ? 1 : -1) * u ** (-1 / exponent))
    expect(hillTailIndex(values)).toBeGreaterThan(0.93 * exponent)
    expect(hillTailIndex(values)).toBeLessThan(1.07 * exponent)
  }
  expect(hillTailIndex(uniforms(100, 9))).toBeNull()
})

test('the autocorrelation of an autoregression falls as the powers of its coefficient', () => {
  let value = 0
  const series = normals(60_000, 3).map((noise) => {
    value = 0.6 * value + noise
    return value
  })
  const found = autocorrelation([lagSums(series, 3)])
  expect(found[0]).toBeCloseTo(1, 10)
  expect(found[1]).toBeCloseTo(0.6, 1)
  expect(found[2]).toBeCloseTo(0.36, 1)
  expect(found[3]).toBeCloseTo(0.216, 1)
})

test('no pair of values spans two sessions, and all sessions have one mean', () => {
  // Within a session nothing changes; between the two everything does.
  const sessions = [lagSums([1, 1, 1, 1], 2), lagSums([-1, -1, -1, -1], 2)]
  expect(autocorrelation(sessions)).toEqual([1, 1, 1])
  expect(autocorrelation([lagSums([1, 2], 3)])[3]).toBeNull()
  expect(autocorrelation([lagSums([5, 5, 5], 1)])[1]).toBeNull()
})

test('the decay exponent of a power law is its exponent, and null when a correlation is negative', () => {
  const correlations = Array.from({ length: 61 }, (_, lag) => 0.3 * Math.max(1, lag) ** -0.3)
  expect(decayExponent(correlations, 1, 60)).toBeCloseTo(0.3, 1)
  expect(decayExponent([1, 0.2, -0.1, -0.1], 1, 3)).toBeNull()
})

test('coin flips have a Hurst exponent of 0.5; signs of fractional noise keep its exponent', () => {
  expect(hurstExponent(uniforms(60_000, 4).map((u) => (u < 0.5 ? 1 : -1)))).toBeCloseTo(0.5, 1)
  // A moving average with weights lag^(H − 3/2); the signs of normal values keep the exponent of their decay.
  const weights = Array.from({ length: 1_500 }, (_, lag) => (lag + 1) ** (0.75 - 1.5))
  const noise = normals(31_500, 5)
  const signs = Array.from({ length: 30_000 }, (_, at) => {
    let sum = 0
    for (let lag = 0; lag < weights.length; lag++)
      sum += (weights[lag] as number) * (noise[at + lag] as number)
    return sum > 0 ? 1 : -1
  })
  expect(hurstExponent(signs)).toBeGreaterThan(0.7)
  expect(hurstExponent(signs)).toBeLessThan(0.8)
  expect(hurstExponent([1, -1, 1])).toBeNull()
})

test('the excess of an exponential spread varies by its mean, that of a Pareto one by more, a bounded one by less', () => {
  const countsOf = (spreads: number[]) => {
    const counts = createSpreadCounts()
    for (const spread of spreads) counts.add(spread)
    return counts.counts()
  }
  expect(excessVariation(countsOf(uniforms(50_000, 7).map((u) => -40 * Math.log(u))))).toBeCloseTo(1, 1)
  expect(excessVariation(countsOf(uniforms(50_000, 8).map((u) => 20 * u ** (-1 / 2.5))))).toBeGreaterThan(1.3)
  expect(excessVariation(countsOf(uniforms(50_000, 9).map((u) => 100 * u)))).toBeLessThan(0.8)
})

test('spread counts of several runs add up, and give the mean', () => {
  expect(
    addCounts([
      [0, 2],
      [0, 0, 2],
    ]),
  ).toEqual([0, 2, 2])
  expect(meanSpread([0, 2, 2])).toBe(1.5)
  expect(meanSpread([])).toBeNull()
  expect(excessVariation([0, 10])).toBeNull()
})

test('the half-life of an autoregression follows from its coefficient; a random walk has none', () => {
  const halfLife = createHalfLife(10)
  let value = 0
  for (const noise of normals(60_000, 10)) {
    const before = value
    value = 0.8 * value + noise
    halfLife.add(value, before)
  }
  expect((halfLife.steps() ?? 0) / ((10 * Math.LN2) / -Math.log(0.8))).toBeCloseTo(1, 1)
  const growing = createHalfLife(1)
  growing.add(2, 1)
  expect(growing.steps()).toBeNull()
  expect(createHalfLife(1).steps()).toBeNull()
})

test('the exponent of impacts that grow as a root is 0.5, whatever the noise of single ones', () => {
  const impacts = [4, 16, 64, 256].flatMap((lots) =>
    normals(400, lots).map((noise) => ({ lots, impact: 3 * Math.sqrt(lots) + 5 * noise })),
  )
  expect(impactBySize(impacts).map(({ lots }) => lots)).toEqual([4, 16, 64, 256])
  expect(impactExponent(impacts)).toBeCloseTo(0.5, 1)
  expect(impactExponent([{ lots: 1, impact: -1 }])).toBeNull()
})

test('95 % intervals hold the true mean in about 95 of 100 samples, by t and by bootstrap', () => {
  let byStudent = 0
  let byBootstrap = 0
  for (let sample = 0; sample < 200; sample++) {
    const values = normals(20, 1_000 + sample)
    const student = meanInterval(values)
    const bootstrap = bootstrapInterval(values, mean, 200)
    if (student !== null && student[0] < 0 && student[1] > 0) byStudent++
    if (bootstrap !== null && bootstrap[0] < 0 && bootstrap[1] > 0) byBootstrap++
  }
  expect(byStudent).toBeGreaterThan(180)
  expect(byBootstrap).toBeGreaterThan(170)
  expect(meanInterval([1])).toBeNull()
})
