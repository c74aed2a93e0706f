import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Figure, RunResult } from '../../../scripts/bench/scenarios/benchmark.ts'
import { beginOf, measuredPart, withFigures } from '../../../scripts/bench/scenarios/page.ts'
import { BUILT_IN_SCENARIOS } from '../../../src/exchange/scenarios/load.ts'

const docs = resolve(import.meta.dirname, '../../../docs')
const page = readFileSync(resolve(docs, 'scenarios.md'), 'utf8')

test.each(BUILT_IN_SCENARIOS)('docs/scenarios.md has figures and a plot of %s', (scenario) => {
  expect(page).toContain(`## ${scenario}`)
  const measured = page.slice(
    page.indexOf(beginOf(scenario)),
    page.indexOf('<!-- end of figures -->', page.indexOf(beginOf(scenario))),
  )
  expect(measured).toContain(`](scenarios/${scenario}.svg)`)
  expect(measured).toContain('| figure | value |')
  const plot = resolve(docs, 'scenarios', `${scenario}.svg`)
  expect(existsSync(plot)).toBe(true)
  expect(statSync(plot).size).toBeLessThan(150_000)
})

const run = { scenario: 'a', variant: 'base', steps: 36_000, values: {}, series: {}, cpuSeconds: 1 }
const results: RunResult[] = [3, 1, 2].map((seed) => ({ ...run, seed }))
const figure: Figure = { name: 'fall', value: 5.43, interval: [5, 5.9], unit: '%', source: 'report' }

test('only the measured part of the scenario is replaced', () => {
  const before = `# A\n\n${beginOf('a')}\nold\n<!-- end of figures -->\n\nprose\n\n${beginOf('b')}\nb\n<!-- end of figures -->\n`
  expect(withFigures(before, 'a', 'new')).toBe(
    before.replace(`${beginOf('a')}\nold\n`, `${beginOf('a')}\n\nnew\n\n`),
  )
  expect(withFigures(withFigures(before, 'a', 'old'), 'a', 'new')).toBe(withFigures(before, 'a', 'new'))
  expect(() => withFigures(before, 'c', 'new')).toThrow('docs/scenarios.md has no figures of c')
})

test('a figure says whether its target is met, and why it has no value', () => {
  const rows = measuredPart('a', results, [
    { ...figure, atLeast: 5, atMost: 6, original: 'none' },
    { ...figure, name: '|fall|', atMost: 5 },
    { ...figure, value: null, interval: null, why: 'no run has it' },
  ]).split('\n')
  expect(rows).toContain('Seeds 1 to 3, up to 36,000 steps a run.')
  expect(rows.slice(-3)).toEqual([
    '| fall | 5.430 | 5 … 5.900 | % | 5 … 6 | met | none | report |',
    '| \\|fall\\| | 5.430 | 5 … 5.900 | % | ≤ 5 | **missed** |  | report |',
    '| fall | – | – | % |  | (no run has it) |  | report |',
  ])
})
