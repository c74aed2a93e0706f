import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { timeValue } from '../../../src/market/pricing/least-value.ts'
import type { ModelGreeks } from '../../../src/market/pricing/option.ts'
import { modelOf, RECORDINGS, recordedTicks } from '../../support/recorded-ticks.ts'

const root = join(import.meta.dirname, '../../..')

describe.each(RECORDINGS)('the recorded ticks of $prefix', (recording) => {
  const ticks = recordedTicks(recording, root)
  const misses = (figure: keyof ModelGreeks) =>
    ticks.map(({ option, model }) => Math.abs(modelOf(option)![figure] - model[figure])).sort((a, b) => a - b)

  test('are complete', () => {
    expect(ticks).toHaveLength(recording.prefix === 'SPX230901' ? 99 : 120)
  })

  // Cents of a contract: an index option is worth ten times as much as one on its fund.
  const priceLimit = recording.style === 'european' ? 1.3e-4 : 5e-6

  test('have prices that our model meets at every single tick', () => {
    expect(misses('price').at(-1)).toBeLessThan(priceLimit)
  })

  test.each([
    ['delta', 3e-7, 2e-6],
    ['gamma', 1e-7, 2e-6],
    ['vega', 2e-6, 1e-5],
    ['theta', 1.2e-5, 1.2e-5],
  ] as const)('%s is met to %d in 99 of 100 ticks and to %d in all', (greek, most, all) => {
    const sorted = misses(greek)
    expect(sorted[Math.ceil(0.99 * sorted.length) - 1]).toBeLessThan(most)
    expect(sorted.at(-1)).toBeLessThan(all)
  })
})

test('theta is the time value left in 34 of the ticks, of index options too', () => {
  const floored = RECORDINGS.map((recording) => {
    const ticks = recordedTicks(recording, root)
    return ticks.filter(({ option, model }) => isAtFloor(model.theta, timeValue(option, model.price))).length
  })
  expect(floored).toEqual([26, 6, 2, 0])
})

function isAtFloor(theta: number, left: number): boolean {
  return Math.abs(theta + left) < 2e-4
}
