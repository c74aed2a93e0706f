import fc from 'fast-check'
import { expect, test } from 'vitest'
import { burstOf, createPacer } from '../../../../src/gateway/session/sending/pacing.ts'

/** The largest number of entries of a rising list in any half-open window of the given length. */
function mostIn(times: readonly number[], windowMs: number): number {
  let first = 0
  let most = 0
  times.forEach((time, last) => {
    while (time - times[first]! >= windowMs) first += 1
    most = Math.max(most, last - first + 1)
  })
  return most
}

/** The times at which messages are sent that are queued after the given pauses. */
function sendAll(gaps: readonly number[], limit: number, windowMs: number): { sent: number[]; peak: number } {
  const pacer = createPacer(limit, windowMs)
  let nowMs = 0
  const sent = gaps.map((gap) => {
    nowMs = pacer.nextAt(nowMs + gap)
    pacer.record(nowMs)
    return nowMs
  })
  return { sent, peak: pacer.peakPerSecond() }
}

/** Arrival times at the gateway: delayed, but in order, as on one connection. */
function arrivals(sent: readonly number[], delays: readonly number[]): number[] {
  let arrivedMs = 0
  return sent.map((time, i) => {
    arrivedMs = Math.max(arrivedMs, time + delays[i % delays.length]!)
    return arrivedMs
  })
}

const gaps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 400, noNaN: true })), {
  minLength: 1,
  maxLength: 400,
})
const delaysUpTo = (max: number) =>
  fc.array(fc.oneof(fc.constantFrom(0, max), fc.double({ min: 0, max, noNaN: true })), {
    minLength: 1,
    maxLength: 300,
  })

test('however messages arrive, no window has more than the limit', () => {
  const limits = fc.integer({ min: 1, max: 60 })
  const windows = fc.integer({ min: 1000, max: 1500 })
  fc.assert(
    fc.property(gaps, limits, windows, (pauses, limit, windowMs) => {
      const { sent, peak } = sendAll(pauses, limit, windowMs)
      // Allows for rounding: the window is added to a time and subtracted again.
      expect(mostIn(sent, windowMs - 1e-6)).toBeLessThanOrEqual(limit)
      expect(peak).toBeGreaterThanOrEqual(mostIn(sent, 1000 - 1e-6))
      expect(peak).toBeLessThanOrEqual(mostIn(sent, 1000 + 1e-6))
    }),
    // A pause that is lost when it is added to a window, in the peak but not in the difference of two times.
    { numRuns: 300, examples: [[[5.684341886080803e-14, 0, 0], 1, 1000]] },
  )
})

test.each([1, 2, 45, 50, 2000])('a queue of many goes at the full %i a window', (limit) => {
  const windows = 4
  const { sent } = sendAll(new Array(windows * limit).fill(0), limit, 1010)
  expect(sent[Math.min(burstOf(limit), limit) - 1]).toBeCloseTo(0, 9)
  expect(sent.at(-1)).toBeLessThanOrEqual(windows * 1010)
  expect(sent.at(-1)).toBeGreaterThan((windows - 1) * 1010 - 1e-6)
})

test('a gateway that reads up to 9.9 ms late counts 45 in its second, and one up to 60 ms late no more than 50', () => {
  const { sent } = sendAll(new Array(300).fill(0), 45, 1010)
  fc.assert(
    fc.property(delaysUpTo(9.9), delaysUpTo(60), (small, large) => {
      expect(mostIn(arrivals(sent, small), 1000)).toBeLessThanOrEqual(45)
      expect(mostIn(arrivals(sent, large), 1000)).toBeLessThanOrEqual(50)
    }),
    { numRuns: 200 },
  )
})

test('an impossible limit is refused', () => {
  expect(() => createPacer(0, 1010)).toThrow('not a number of messages: 0')
  expect(() => createPacer(45, 900)).toThrow('900 ms')
})
