import { expect, test } from 'vitest'
import {
  type ClockComparison,
  type ClockOffsetLevel,
  compareClocks,
  describeOffset,
  offsetLevel,
  offsetOf,
} from '../../../src/gateway/supervisor/clock-offset.ts'
import { epochMs } from '../../../src/market/units.ts'

const START = Date.UTC(2026, 10, 23, 14, 30)

/** Heartbeats of a gateway whose clock is ahead of ours by this much, at the given times (ms), each with its round trip. */
function heard(offsetMs: number, beats: ReadonlyArray<readonly [atMs: number, roundTripMs: number]>) {
  let comparison: ClockComparison | null = null
  for (const [nowMs, roundTripMs] of beats) {
    // The gateway reads its clock somewhere between question and answer.
    const readAtMs = START + nowMs - roundTripMs * 0.3 + offsetMs
    const gatewayTime = epochMs(Math.floor(readAtMs / 1_000) * 1_000)
    comparison = compareClocks(comparison, { gatewayTime, roundTripMs, nowMs, at: epochMs(START + nowMs) })
  }
  const [nowMs] = beats.at(-1) as readonly [number, number]
  return offsetOf(comparison as ClockComparison, { at: epochMs(START + nowMs), nowMs })
}

test.each([0, 400, -700, 1_999, 3_100, -30_500, 3_600_000])(
  'one answer tells an offset of %i ms to half a second',
  (offsetMs) => {
    for (const phase of [0, 130, 510, 990]) {
      const offset = heard(offsetMs, [[10_000 + phase, 40]])
      expect(Math.abs(offset.offsetMs - offsetMs)).toBeLessThanOrEqual(offset.uncertaintyMs)
      expect(offset.uncertaintyMs).toBe(520)
    }
  },
)

test('several answers tell it better, and a slow one does not spoil it', () => {
  const beats = Array.from({ length: 12 }, (_, at) => [9_530 * at + 1_000, at === 7 ? 4_000 : 30] as const)
  const offset = heard(1_234, beats)
  expect(offset.uncertaintyMs).toBeLessThan(120)
  expect(Math.abs(offset.offsetMs - 1_234)).toBeLessThanOrEqual(offset.uncertaintyMs)
  expect(offset.at).toBe(START + 11 * 9_530 + 1_000)
})

test('a clock that is set changes the offset at once, and the gateway that sets its own at the next answer', () => {
  const at = (ms: number) => epochMs(START + ms)
  const first = compareClocks(null, {
    gatewayTime: at(10_000),
    roundTripMs: 0,
    nowMs: 10_000,
    at: at(10_000),
  })
  expect(offsetOf(first, { at: at(11_000), nowMs: 11_000 }).offsetMs).toBe(500)
  expect(offsetOf(first, { at: at(51_000), nowMs: 11_000 }).offsetMs).toBe(-39_500)
  const second = compareClocks(first, {
    gatewayTime: at(50_000),
    roundTripMs: 0,
    nowMs: 20_000,
    at: at(20_000),
  })
  expect(offsetOf(second, { at: at(20_000), nowMs: 20_000 })).toEqual({
    offsetMs: 30_500,
    uncertaintyMs: 500,
    at: at(20_000),
  })
})

test('the bounds are measured anew after ten minutes, so that a drift is seen', () => {
  // One second in 500 s: far more than any clock drifts.
  let comparison: ClockComparison | null = null
  for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 9_500) {
    const gatewayTime = epochMs(Math.floor((START + nowMs * 1.002) / 1_000) * 1_000)
    comparison = compareClocks(comparison, {
      gatewayTime,
      roundTripMs: 20,
      nowMs,
      at: epochMs(START + nowMs),
    })
  }
  const seen = { at: epochMs(START + 3_600_000), nowMs: 3_600_000 }
  const { offsetMs } = offsetOf(comparison as ClockComparison, seen)
  expect(Math.abs(offsetMs - 7_200)).toBeLessThan(1_000)
})

test('above 2 s is a warning, above 30 s a failure, and neither flaps at its limit', () => {
  const levels = (offsets: readonly number[]) => {
    let level: ClockOffsetLevel = 'ok'
    return offsets.map((offsetMs) => {
      level = offsetLevel(level, { offsetMs, uncertaintyMs: 500, at: epochMs(START) })
      return level
    })
  }
  expect(levels([2_000, 2_001, 1_500, 2_100, 1_399])).toEqual(['ok', 'warn', 'warn', 'warn', 'ok'])
  expect(levels([-30_000, -30_001, -29_500, -29_399, 0])).toEqual(['warn', 'fail', 'fail', 'warn', 'ok'])
})

test('the offset in words says which clock is ahead', () => {
  expect(describeOffset({ offsetMs: 3_140 })).toBe(
    'the clock of this machine is 3.1 s behind that of the gateway',
  )
  expect(describeOffset({ offsetMs: -45_000 })).toBe(
    'the clock of this machine is 45.0 s ahead of that of the gateway',
  )
})
