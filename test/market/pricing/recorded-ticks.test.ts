import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { modelOf, RECORDINGS, recordedTicks } from '../../support/recorded-ticks.ts'

const root = join(import.meta.dirname, '../../..')

describe.each(RECORDINGS)('the recorded ticks of $prefix', (recording) => {
  const ticks = recordedTicks(recording, root)
  const worst = (
    miss: (tick: (typeof ticks)[number], ours: NonNullable<ReturnType<typeof modelOf>>) => number,
  ) => Math.max(...ticks.map((tick) => miss(tick, modelOf(tick.option)!)))

  test('are complete', () => {
    expect(ticks).toHaveLength(recording.prefix === 'SPX230901' ? 99 : 120)
  })

  // Cents of a contract: an index option is worth ten times as much as one on its fund.
  const priceLimit = recording.style === 'european' ? 1.3e-4 : 5e-6

  test('have prices that our model meets at every single tick', () => {
    expect(worst(({ model }, ours) => Math.abs(ours.price - model.price))).toBeLessThan(priceLimit)
  })

  test.each([
    ['delta', 2e-6],
    ['gamma', 2e-6],
    ['vega', 1e-5],
  ] as const)('%s is met at every single tick', (greek, limit) => {
    expect(worst(({ model }, ours) => Math.abs(ours[greek] - model[greek]))).toBeLessThan(limit)
  })
})
