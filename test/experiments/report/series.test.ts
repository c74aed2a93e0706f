import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findCrash } from '../../../src/experiments/report/crash-signature.ts'
import { distributionOf, meanDistribution } from '../../../src/experiments/report/distribution.ts'
import { packSeries } from '../../../src/experiments/report/pack-series.ts'
import { thinSeries } from '../../../src/experiments/report/thin-series.ts'

const { unpackSeries } = (await import(
  new URL('../../../src/experiments/report/page/packed-series.js', import.meta.url).href
)) as {
  unpackSeries: (packed: unknown, count: number) => { low: Float64Array; high: Float64Array }
}

const counted = (length: number) => Float64Array.from({ length }, (_, step) => step)

test('a crash of one step survives thinning', () => {
  const mid = new Float64Array(36_001).fill(1000)
  mid[20_000] = 940
  const { low, high } = thinSeries(counted(36_001), mid, 600, { firstStep: 0, lastStep: 36_000 })
  expect(Math.min(...low)).toBe(940)
  expect(low.filter((value) => value < 1000)).toHaveLength(1)
  expect(Math.min(...high)).toBe(1000)
})

test('missing steps leave a gap only where a whole stretch is missing', () => {
  const steps = Float64Array.of(0, 1, 5, 8, 9)
  const { low } = thinSeries(steps, Float64Array.of(1, 2, 3, 4, 5), 5, { firstStep: 0, lastStep: 9 })
  expect([...low]).toEqual([1, Number.NaN, 3, Number.NaN, 4])
})

test('packed series give back what went in', () => {
  const value = fc.oneof(fc.constant(Number.NaN), fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }))
  fc.assert(
    fc.property(fc.array(value, { maxLength: 50 }), fc.constantFrom(1, 100, 0.01, 0.005), (values, unit) => {
      const low = Float64Array.from(values, (one) => one * unit)
      const high = low.map((one, at) => one + at * unit)
      const back = unpackSeries(packSeries({ low, high }), low.length)
      for (let at = 0; at < low.length; at++) {
        const isAbsent = Number.isNaN(low[at])
        expect([Number.isNaN(back.low[at]), Number.isNaN(back.high[at])]).toEqual([isAbsent, isAbsent])
        if (isAbsent) continue
        expect(back.low[at]).toBeCloseTo(low[at] as number, 3)
        expect(back.high[at]).toBeCloseTo(high[at] as number, 3)
      }
    }),
  )
})

test('a fall is measured from its high to its trough', () => {
  const length = 40_000
  const steps = counted(length)
  const mid = steps.map((step) => {
    if (step < 5_000) return 1000
    if (step < 8_000) return 1000 - ((step - 5_000) / 3_000) * 50
    return Math.min(980, 950 + (step - 8_000) / 200)
  })
  const bidDepth = steps.map((step) => (Math.abs(step - 8_000) < 100 ? 100 : 10_000))
  const spread = steps.map((step) => (step === 8_010 ? 5 : 0.1))
  expect(findCrash({ steps, mid, spread, bidDepth })).toMatchObject({
    startPrice: 1000,
    troughStep: 8_000,
    troughPrice: 950,
    fallFraction: 0.05,
    recoveredFraction: 0.6,
    widestSpread: 5,
  })
  expect(findCrash({ steps, mid: mid.fill(1000), spread, bidDepth })).toBeNull()
  expect(findCrash({ steps, mid: mid.fill(Number.NaN), spread, bidDepth })).toBeNull()
})

test('percentiles leave out what is absent', () => {
  const values = Float64Array.of(Number.NaN, 3, 1, 2, 4)
  expect(distributionOf(values)).toMatchObject({ count: 4, p50: 2, p95: 4, max: 4 })
  expect(distributionOf(Float64Array.of(Number.NaN))).toBeNull()
  const one = distributionOf(Float64Array.of(1))
  const three = distributionOf(Float64Array.of(3))
  expect(meanDistribution([one, null, three])).toMatchObject({ count: 2, p50: 2, max: 3 })
})
