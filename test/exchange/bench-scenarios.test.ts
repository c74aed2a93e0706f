import { expect, test } from 'vitest'
import { BENCHMARKS, benchmarkOf } from '../../scripts/bench/scenarios/all-benchmarks.ts'
import type { RunResult } from '../../scripts/bench/scenarios/benchmark.ts'
import { conservationFigure } from '../../scripts/bench/scenarios/conservation-figure.ts'
import {
  impactsBySeed,
  METAORDER_STEPS,
  metaorderRuns,
  PACES,
} from '../../scripts/bench/scenarios/metaorders.ts'
import { makeRun } from '../../scripts/bench/scenarios/observed-run.ts'
import { figuresJson, figureTable, isMet } from '../../scripts/bench/scenarios/print-figures.ts'
import { BUILT_IN_SCENARIOS } from '../../src/exchange/scenarios/load.ts'

const result = (variant: string, values: Record<string, number | null>): RunResult => ({
  ...{ scenario: 'normal_market', seed: 1, variant, steps: 1 },
  ...{ values, series: {}, cpuSeconds: 0 },
})

test('every built-in scenario has a benchmark', () => {
  expect(BENCHMARKS.map(({ scenario }) => scenario)).toEqual([...BUILT_IN_SCENARIOS])
})

/** The run of the flash crash has to be longer than a test may take: its sell programme starts after half an hour. */
const SHORT = BENCHMARKS.filter(({ scenario }) => scenario !== 'flash_crash')

test('a short run of a scenario gives figures, all with a source, and neither cash nor shares are made or lost', () => {
  for (const { scenario, runsOf, summarize } of SHORT) {
    const results = runsOf(7, 800).map((run) => makeRun(benchmarkOf(scenario), { ...run, steps: 800 }))
    const figures = [...summarize(results), conservationFigure(results)]
    expect(conservationFigure(results).value).toBe(0)
    for (const { value, source } of figures) {
      expect(value === null || Number.isFinite(value)).toBe(true)
      expect(source).not.toBe('')
    }
    expect(JSON.parse(figuresJson(figures.map((figure) => ({ ...figure, scenario })))).name).toBe('scenarios')
    expect(figureTable(figures).split('\n')).toHaveLength(figures.length + 1)
  }
})

test('a metaorder moves the mid against the run of the same seed without it, which it equals until it begins', () => {
  const benchmark = benchmarkOf('normal_market')
  const [smallestBuy] = metaorderRuns('normal_market', 7)
  if (smallestBuy === undefined) throw new Error('no metaorders')
  const passive = makeRun(benchmark, { ...smallestBuy, variant: 'base' })
  const buying = makeRun(benchmark, smallestBuy)
  expect(METAORDER_STEPS).toBeGreaterThan(smallestBuy.steps)
  expect(impactsBySeed([passive, buying], 'base', PACES.atATenth)[0]).toHaveLength(1)
})

test('the impact of a metaorder is signed by its side, and needs the passive run', () => {
  const passive = result('base', { 'mid after 4': 100, 'mid after 8': 100 })
  const runs = [result('buy 4', { 'mid after 4': 103 }), result('sell 8', { 'mid after 8': 98 })]
  expect(impactsBySeed([passive, ...runs], 'base', PACES.atATenth)).toEqual([
    [
      { lots: 4, impact: 3 },
      { lots: 8, impact: 2 },
    ],
  ])
  expect(impactsBySeed(runs, 'base', PACES.atATenth)).toEqual([])
})

test('a figure is met within its bounds; without a value or a target it is neither met nor missed', () => {
  const head = { name: 'x', unit: '', source: 's', interval: null }
  expect(isMet({ ...head, value: 2, atLeast: 2, atMost: 5 })).toBe(true)
  expect(isMet({ ...head, value: 6, atLeast: 2, atMost: 5 })).toBe(false)
  expect(isMet({ ...head, value: null, atLeast: 2 })).toBeNull()
  expect(isMet({ ...head, value: 2 })).toBeNull()
})

test('a run whose sums were not checked counts as one that lost money', () => {
  expect(conservationFigure([result('base', {})]).value).toBe(Number.POSITIVE_INFINITY)
})
