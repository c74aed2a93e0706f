import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLinePool, createRateWindow } from '../../src/simulator/limits.ts'

test('the rate equals a count over the past second, at every message', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 80 }), (gaps) => {
      const window = createRateWindow()
      const times: number[] = []
      let now = 0
      let peak = 0
      for (const gap of gaps) {
        now += gap
        times.push(now)
        const expected = times.filter((time) => time > now - 1_000).length
        expect(window.record(now)).toBe(expected)
        peak = Math.max(peak, expected)
      }
      expect(window.peak).toBe(peak)
    }),
  )
})

test('fifty messages a second for a minute are fifty in every window, and never more', () => {
  const window = createRateWindow()
  for (let i = 0; i < 3_000; i++) window.record(i * 20)
  expect(window.peak).toBe(50)
})

test('lines are given up to the limit, and again after their release', () => {
  const lines = createLinePool(2)
  expect([lines.take(), lines.take(), lines.take()]).toEqual([true, true, false])
  lines.release()
  expect(lines.take()).toBe(true)
  expect([lines.inUse, lines.peak]).toEqual([2, 2])
})
