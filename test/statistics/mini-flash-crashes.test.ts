import { expect, test } from 'vitest'
import {
  findPriceSpikes,
  isBack,
  miniFlashCrashes,
  type Print,
} from '../../src/statistics/mini-flash-crashes.ts'

/** Prints at the given prices, `perStep` of them a step. */
function tape(prices: readonly number[], { from = 100, perStep = 1 } = {}): Print[] {
  return prices.map((priceTicks, at) => ({ step: from + Math.floor(at / perStep), priceTicks }))
}

/** 10,000 and then `changes` falls of `by` ticks. */
const falling = (changes: number, by: number) =>
  Array.from({ length: changes + 1 }, (_, at) => 10_000 - at * by)

test('ten falls of together 0.8 % within 1.5 s are an event', () => {
  expect(findPriceSpikes(tape(falling(10, 8)))).toEqual([
    {
      direction: -1,
      startStep: 101,
      endStep: 110,
      changes: 10,
      fromTicks: 10_000,
      toTicks: 9_920,
      fraction: 0.008,
    },
  ])
})

test('ten rises are one as well', () => {
  const [spike, ...others] = findPriceSpikes(tape(Array.from({ length: 11 }, (_, at) => 10_000 + at * 9)))
  expect(spike).toMatchObject({ direction: 1, changes: 10, fraction: 0.009 })
  expect(others).toEqual([])
})

test('nine changes, a smaller move or more time are none', () => {
  expect(findPriceSpikes(tape(falling(9, 20)))).toEqual([])
  expect(findPriceSpikes(tape(falling(10, 7)))).toEqual([])
  const slow = tape(falling(10, 8)).map(({ step, priceTicks }) => ({ step: step * 2, priceTicks }))
  expect(findPriceSpikes(slow)).toEqual([])
})

test('the first and the last change may be 15 steps apart, and not 16', () => {
  const prices = falling(10, 8)
  const apart = (steps: number) =>
    prices.map((priceTicks, at) => ({ step: at === 0 ? 0 : at < 10 ? 20 : 20 + steps, priceTicks }))
  expect(findPriceSpikes(apart(15))).toHaveLength(1)
  expect(findPriceSpikes(apart(16))).toEqual([])
})

test('a trade at the same price neither counts nor interrupts', () => {
  const doubled = falling(10, 8).flatMap((price) => [price, price])
  expect(findPriceSpikes(tape(doubled, { perStep: 2 }))).toMatchObject([{ changes: 10 }])
  expect(findPriceSpikes(tape([10_000, ...Array<number>(20).fill(9_900)]))).toEqual([])
})

test('one change in the other direction interrupts', () => {
  expect(findPriceSpikes(tape([...falling(5, 10), 9_951, ...falling(5, 10).map((p) => p - 60)]))).toEqual([])
})

test('one sweep of a step through ten levels is an event', () => {
  expect(findPriceSpikes(tape(falling(10, 8), { perStep: 20 }))).toMatchObject([
    { startStep: 100, endStep: 100, changes: 10 },
  ])
})

test('a long fall counts once, with its largest stretch of 1.5 s', () => {
  const prices = [...falling(10, 8), ...Array.from({ length: 30 }, (_, at) => 9_920 - (at + 1) * 12)]
  const found = findPriceSpikes(tape(prices))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ changes: 16 })
  expect((found[0]?.endStep ?? 0) - (found[0]?.startStep ?? 0)).toBe(15)
})

const FALL = findPriceSpikes(tape(falling(10, 10)))

/** A mid that stays at the end of the fall and goes to `back` after `steps`. */
const midsAfter = (steps: number, back: number, length = 2_000) =>
  Array.from({ length }, (_, step) => (step < 101 ? 10_000 : step < 110 + steps ? 9_900 : back))

test('an event is back when the mid has made up four fifths of it within a minute', () => {
  const crash = (mids: readonly number[]) => miniFlashCrashes(FALL, mids)[0]!
  expect(crash(midsAfter(300, 9_980)).recoveredFraction).toBe(0.8)
  expect(isBack(crash(midsAfter(300, 9_980)))).toBe(true)
  expect(isBack(crash(midsAfter(300, 9_979)))).toBe(false)
  expect(isBack(crash(midsAfter(600, 10_000)))).toBe(true)
  expect(isBack(crash(midsAfter(601, 10_000)))).toBe(false)
})

test('whether it is back is unknown when the tape ends too early', () => {
  expect(isBack(miniFlashCrashes(FALL, midsAfter(300, 10_000, 200))[0]!)).toBeNull()
  expect(isBack(miniFlashCrashes(FALL, midsAfter(50, 10_000, 200))[0]!)).toBe(true)
})

test('the way back belongs to the event, a move of the next minute does not', () => {
  const down = tape(falling(10, 10))
  const up = tape(falling(10, 10).reverse(), { from: 200 })
  const later = tape(falling(10, 10), { from: 900 })
  const spikes = findPriceSpikes([...down, ...up, ...later])
  expect(spikes.map(({ direction }) => direction)).toEqual([-1, 1, -1])
  const events = miniFlashCrashes(spikes, midsAfter(100, 10_000))
  expect(events.map((event) => event.spikes)).toEqual([2, 1])
})
