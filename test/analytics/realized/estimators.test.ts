import { describe, expect, test } from 'vitest'
import {
  type DailyReturns,
  type Estimator,
  estimateVariance,
  yangZhangWeight,
} from '../../../src/analytics/realized/estimators.ts'
import { random } from '../random.ts'

const none: DailyReturns = { closeToClose: null, overnight: null, session: null, fiveMinuteVariance: null }
const of = (estimator: Estimator, days: readonly Partial<DailyReturns>[]) =>
  estimateVariance(
    days.map((day) => ({ ...none, ...day })),
    estimator,
  )

test('twenty-one closes of a textbook have 1.216 % a day and 19.3 % a year', () => {
  // J. C. Hull, Options, Futures, and Other Derivatives, table "Computation of volatility".
  const closes = [
    20.0, 20.1, 19.9, 20.0, 20.5, 20.25, 20.9, 20.9, 20.9, 20.75, 20.75, 21.0, 21.1, 20.9, 20.9, 21.25, 21.4,
    21.4, 21.25, 21.75, 22.0,
  ]
  const days = closes.slice(1).map((close, at) => ({ closeToClose: Math.log(close / closes[at]!) }))
  const { variance, sessions } = of('close_to_close', days)
  expect(sessions).toBe(20)
  expect(Math.sqrt(variance!)).toBeCloseTo(0.01216, 5)
  expect(Math.sqrt(variance! * 252)).toBeCloseTo(0.193, 3)
})

test('two sessions by hand', () => {
  const session = (open: number, high: number, low: number, close: number) => ({
    high: Math.log(high / open),
    low: Math.log(low / open),
    close: Math.log(close / open),
  })
  const days = [
    { overnight: 0.01, session: session(100, 102, 99, 101), fiveMinuteVariance: 0.0002 },
    { overnight: -0.02, session: session(100, 101, 97, 98), fiveMinuteVariance: 0.0003 },
  ]
  const ranges = (Math.log(102 / 99) ** 2 + Math.log(101 / 97) ** 2) / 2
  expect(of('parkinson', days).variance).toBeCloseTo(ranges / (4 * Math.log(2)), 15)
  expect(of('five_minute', days).variance).toBeCloseTo((0.0002 + 0.0001 + 0.0003 + 0.0004) / 2, 15)
  // k for two sessions is 0.34 / (1.34 + 3).
  const k = 0.34 / 4.34
  const openToClose = (Math.log(1.01) - Math.log(0.98)) ** 2 / 2
  const rogersSatchell =
    (Math.log(1.02) * Math.log(102 / 101) +
      Math.log(0.99) * Math.log(99 / 101) +
      Math.log(1.01) * Math.log(101 / 98) +
      Math.log(0.97) * Math.log(97 / 98)) /
    2
  const expected = 0.03 ** 2 / 2 + k * openToClose + (1 - k) * rogersSatchell
  expect(of('yang_zhang', days).variance).toBeCloseTo(expected, 15)
  expect(yangZhangWeight(20)).toBeCloseTo(0.34 / (1.34 + 21 / 19), 15)
})

test('a session that lacks a part is left out of what needs it, and counted', () => {
  const known = { closeToClose: 0.01, overnight: 0.01, fiveMinuteVariance: 1e-4 }
  expect(of('five_minute', [known, { overnight: 0.01 }, { fiveMinuteVariance: 1 }]).sessions).toBe(1)
  expect(of('parkinson', [known])).toEqual({ variance: null, sessions: 0 })
  expect(of('close_to_close', [known])).toEqual({ variance: null, sessions: 1 })
})

describe('on a random walk of known volatility', () => {
  const YEARLY = 0.2
  const NIGHT = 0.2
  const STEPS = 390
  const WINDOW = 20
  const normal = random(7)

  function walk(driftOfDay: number): DailyReturns {
    const variance = YEARLY ** 2 / 252
    const night = Math.sqrt(NIGHT * variance) * normal() + NIGHT * driftOfDay
    const step = Math.sqrt(((1 - NIGHT) * variance) / STEPS)
    let [at, high, low, last, squares] = [0, 0, 0, 0, 0]
    for (let minute = 1; minute <= STEPS; minute++) {
      at += step * normal() + ((1 - NIGHT) * driftOfDay) / STEPS
      if (at > high) high = at
      if (at < low) low = at
      if (minute % 5 === 0) {
        squares += (at - last) ** 2
        last = at
      }
    }
    return {
      closeToClose: night + at,
      overnight: night,
      session: { high, low, close: at },
      fiveMinuteVariance: squares,
    }
  }

  const TRIALS = 400
  const trials = Array.from({ length: TRIALS }, () => Array.from({ length: WINDOW }, () => walk(0)))
  const truth = YEARLY ** 2 / 252

  function biasAndSpread(estimator: Estimator, expected: number) {
    const ratios = trials.map((days) => estimateVariance(days, estimator).variance! / expected)
    const mean = ratios.reduce((sum, one) => sum + one, 0) / TRIALS
    const spread = ratios.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (TRIALS - 1)
    return { mean, spread }
  }

  // Measured: close to close 1, Parkinson 5.5, Yang and Zhang 9.3, five minutes 27.8 times as efficient.
  const close = biasAndSpread('close_to_close', truth)

  test('close to close is unbiased, and its variance is 2/(n − 1) of the square', () => {
    expect(close.mean).toBeCloseTo(1, 1)
    expect(close.spread / (2 / (WINDOW - 1))).toBeGreaterThan(0.75)
    expect(close.spread / (2 / (WINDOW - 1))).toBeLessThan(1.3)
  })

  test('highs and lows of minutes are a little too narrow, and several times as efficient', () => {
    const { mean, spread } = biasAndSpread('parkinson', (1 - NIGHT) * truth)
    // Seen once a minute, each end of the range is 0.58 steps short (Broadie, Glasserman and Kou, 1997).
    expect(mean).toBeGreaterThan(0.9)
    expect(mean).toBeLessThan(1)
    expect(close.spread / spread).toBeGreaterThan(3.5)
  })

  test('Yang and Zhang see the whole day with several times the efficiency', () => {
    const { mean, spread } = biasAndSpread('yang_zhang', truth)
    expect(mean).toBeGreaterThan(0.92)
    expect(mean).toBeLessThan(1.03)
    expect(close.spread / spread).toBeGreaterThan(4)
  })

  test('five-minute returns are unbiased; only the night limits them', () => {
    const { mean, spread } = biasAndSpread('five_minute', truth)
    expect(mean).toBeGreaterThan(0.97)
    expect(mean).toBeLessThan(1.03)
    expect(close.spread / spread).toBeGreaterThan(10)
  })

  test('a drift moves neither close to close nor Yang and Zhang', () => {
    const drifting = Array.from({ length: 100 }, () => Array.from({ length: WINDOW }, () => walk(0.01)))
    const meanOf = (estimator: Estimator) =>
      drifting.reduce((sum, days) => sum + estimateVariance(days, estimator).variance! / truth, 0) / 100
    expect(Math.abs(meanOf('close_to_close') - 1)).toBeLessThan(0.1)
    expect(Math.abs(meanOf('yang_zhang') - 1)).toBeLessThan(0.1)
    expect(meanOf('parkinson')).toBeGreaterThan(1 - NIGHT)
  })
})
