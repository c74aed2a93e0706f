import { expect, test } from 'vitest'
import {
  CRASH_WINDOWS,
  type CrashColumns,
  fallAfter,
  measureFlashCrash,
} from '../../src/statistics/flash-crash.ts'

const START = 1_000
const TROUGH = 2_000
const LENGTH = 40_000

/** Falls linearly by 5 % within 1,000 steps, and is 4 % higher again 10,000 steps later. */
function run(changes: Partial<CrashColumns> = {}): CrashColumns {
  const column = (value: (step: number) => number) => Array.from({ length: LENGTH }, (_, step) => value(step))
  return {
    midTicks: column((step) => {
      if (step <= START) return 100_000
      if (step <= TROUGH) return 100_000 - (step - START) * 5
      return Math.min(95_000 + (step - TROUGH) * 0.4, 99_000)
    }),
    bidDepth: column((step) => (Math.abs(step - TROUGH) <= 10 ? 30 : step < START ? 5_000 : 4_000)),
    makerVolume: column(() => 200),
    makerToMakerVolume: column((step) => (step < START ? 20 : 100)),
    volume: column((step) => (step >= 1_500 && step < 1_640 ? 125 : 500)),
    ...changes,
  }
}

test('fall, time to the trough, recovery, depth and makers among themselves', () => {
  expect(measureFlashCrash(run(), START, { ...CRASH_WINDOWS, makerSteps: 1_000 })).toEqual({
    startTicks: 100_000,
    troughTicks: 95_000,
    troughStep: TROUGH,
    fallFraction: 0.05,
    stepsToTrough: 1_000,
    collapseSteps: 900,
    recoveredFraction: 0.8,
    depthFraction: 0.006,
    makerToMakerShare: 0.5,
    hotPotatoShare: 0.1,
    makerToMakerShareBefore: 0.1,
  })
})

test('the recovery is unknown when the run ends within half an hour of the trough', () => {
  const whole = run()
  const short = { ...whole, midTicks: Array.from(whole.midTicks).slice(0, TROUGH + 10_000) }
  expect(measureFlashCrash(short, START).recoveredFraction).toBeNull()
})

test('a price that never falls has a trough of nothing and no recovery', () => {
  const calm = run({ midTicks: Array<number>(LENGTH).fill(100_000) })
  expect(measureFlashCrash(calm, START)).toMatchObject({
    fallFraction: 0,
    stepsToTrough: 0,
    recoveredFraction: null,
  })
})

test('shares of nothing are null', () => {
  const empty = Array<number>(LENGTH).fill(0)
  expect(measureFlashCrash(run({ bidDepth: empty, makerVolume: empty }), START)).toMatchObject({
    depthFraction: null,
    makerToMakerShare: null,
    makerToMakerShareBefore: null,
  })
})

test('a start outside the run is an error that names both', () => {
  expect(() => measureFlashCrash(run(), LENGTH)).toThrow(
    'the programme starts at step 40000, outside a run of 40000 steps',
  )
  expect(() => measureFlashCrash(run(), 0)).toThrow(RangeError)
})

test('the fall of a run without the seller is counted from the same step', () => {
  const mids = [100, 100, 90, 98, 97, 99, 80]
  expect(fallAfter(mids, 3, 2)).toBeCloseTo(1 / 98)
  expect(fallAfter(mids, 3, 100)).toBeCloseTo(18 / 98)
  expect(fallAfter(mids, 2, 3)).toBe(0)
})

test('the hot potato is the share of all volume where makers trade most with each other', () => {
  const makerToMakerVolume = Array.from({ length: LENGTH }, (_, step) =>
    step >= 1_500 && step < 1_640 ? 200 : 100,
  )
  expect(measureFlashCrash(run({ makerToMakerVolume }), START).hotPotatoShare).toBe(0.8)
  const none = Array<number>(LENGTH).fill(0)
  expect(measureFlashCrash(run({ makerToMakerVolume: none }), START).hotPotatoShare).toBeNull()
})
