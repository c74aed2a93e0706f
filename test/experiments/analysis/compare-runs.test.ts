import { expect, test } from 'vitest'
import { compareFigures, meanOfRepeats } from '../../../src/experiments/analysis/compare-figures.ts'
import { pairRuns } from '../../../src/experiments/analysis/run-pairs.ts'

const run = (experiment: string, seed: number | null, scenario = 'normal_market') => ({
  scenario,
  experiment,
  seed,
})

test('two groups of one experiment each are paired by scenario and seed', () => {
  const [a1, a2, a3] = [run('passive', 1), run('passive', 2), run('passive', 3)]
  const [b2, b1, b4] = [run('qty_100', 2), run('qty_100', 1), run('qty_100', 1, 'flash_crash')]
  expect(pairRuns([a1, a2, a3], [b2, b1, b4])).toEqual({
    pairs: [
      [a1, b1],
      [a2, b2],
    ],
    unpaired: [a3, b4],
  })
})

test('groups of several experiments are paired experiment by experiment, repeated runs in their order', () => {
  const ones = [run('passive', 1), run('qty_100', 1), run('qty_100', 1)]
  const others = [{ ...run('qty_100', 1), repeat: 1 }, { ...run('qty_100', 1), repeat: 2 }, run('qty_200', 1)]
  const { pairs, unpaired } = pairRuns<ReturnType<typeof run>>(ones, others)
  expect(pairs).toEqual([
    [ones[1], others[0]],
    [ones[2], others[1]],
  ])
  expect(unpaired).toEqual([ones[0], others[2]])
})

test('two single runs are a pair whatever they are', () => {
  const [a, b] = [run('passive', 1), run('qty_100', 2, 'flash_crash')]
  expect(pairRuns([a], [b]).pairs).toEqual([[a, b]])
})

test('figures of groups are compared pair by pair, so that what the seeds have in common cancels out', () => {
  const a = [{ pnl: 10 }, { pnl: 100 }, { pnl: 1000 }]
  const b = [{ pnl: 11 }, { pnl: 102 }, { pnl: 1001.5 }]
  const pairs = a.map((one, at) => [one, b[at] as { pnl: number }] as const)
  const [figure] = compareFigures(a, b, pairs)
  expect(figure).toMatchObject({ name: 'pnl', a: 370, pairs: 3, evidence: 'above zero' })
  expect(figure?.difference).toBeCloseTo(1.5, 10)
})

test('a figure that one run of a pair lacks is compared over the other pairs, and without pairs only the means are', () => {
  const a = [{ rate: null }, { rate: 1 }]
  const b = [{ rate: 5 }, { rate: 3, other: 1 }]
  expect(compareFigures(a, b, [[a[0], b[0]] as never, [a[1], b[1]] as never])).toEqual([
    { name: 'rate', a: 1, b: 4, difference: 2, interval: null, evidence: 'unknown', pairs: 1 },
    { name: 'other', a: null, b: 1, difference: null, interval: null, evidence: 'unknown', pairs: 0 },
  ])
  expect(compareFigures(a, b, [])[0]).toMatchObject({ difference: 3, interval: null, pairs: 0 })
})

test('a pair that was made again is no further evidence; runs without a seed are markets of their own', () => {
  const again = { market: 'seed 1', figures: [{ pnl: 0 }, { pnl: 59 }] } as const
  const pairs = meanOfRepeats([again, again, { market: 'seed 2', figures: [{ pnl: 1 }, { pnl: null }] }])
  expect(pairs).toEqual([
    [{ pnl: 0 }, { pnl: 59 }],
    [{ pnl: 1 }, { pnl: null }],
  ])
  expect(compareFigures([{ pnl: 0 }], [{ pnl: 59 }], pairs)[0]).toMatchObject({
    difference: 59,
    interval: null,
    pairs: 1,
  })
  expect(meanOfRepeats([again, again].map(({ figures }) => ({ market: null, figures })))).toHaveLength(2)
})
