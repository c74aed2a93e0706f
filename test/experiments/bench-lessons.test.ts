import { expect, test } from 'vitest'
import { lessonGoals, lessonsOf } from '../../scripts/bench/lessons/all-lessons.ts'
import { openInProcessVenue } from '../../scripts/bench/lessons/in-process-venue.ts'
import { lessonSection, withLessons } from '../../scripts/bench/lessons/page.ts'
import type { RunFigures } from '../../scripts/bench/lessons/run-figures.ts'
import { makeSeedRuns } from '../../scripts/bench/lessons/seed-runs.ts'
import { isMet } from '../../scripts/bench/report.ts'
import { loadScenario } from '../../src/exchange/scenarios/load.ts'
import type { StepRecord } from '../../src/experiments/files/step-record.ts'
import type { RunRules } from '../../src/experiments/run/outcome.ts'
import { runExperiment } from '../../src/experiments/run/run-experiment.ts'
import { MAX_INVENTORY } from '../../src/experiments/run/settings.ts'
import { BUILT_IN_STRATEGIES } from '../../src/experiments/strategies/built-in.ts'
import type { Strategy } from '../../src/experiments/strategies/strategy.ts'
import { systemClock } from '../../src/market/clock.ts'
import { exchangeForTest } from '../exchange/server/exchange-server.ts'
import { accessTo, comparable, playRun } from './run/played-run.ts'

async function playInProcess(strategy: Strategy, rules: RunRules, seed: number, steps: number) {
  const scenario = 'normal_market'
  const records: StepRecord[] = []
  const outcome = await runExperiment(
    { scenario, rules, steps, decisionLimitMs: 10_000, maxInventory: MAX_INVENTORY },
    {
      ...{ venue: openInProcessVenue(loadScenario(scenario), { seed, steps, rules }), strategy },
      ...{ clock: systemClock, signal: new AbortController().signal },
      log: { append: (record) => records.push(record) },
    },
  )
  return { outcome, records }
}

/** The lessons ask for the best level of the book only. */
function withoutBook(record: StepRecord) {
  return { ...(comparable(record) as object), book: null }
}

test('a run of the lessons has the records of the same run over sockets, under both sets of rules', async () => {
  const strategy = BUILT_IN_STRATEGIES.find(({ name }) => name === 'qty_500') as Strategy
  for (const rules of ['research', 'original'] as const) {
    const { url } = await exchangeForTest({ steps: 200, options: { rules } })
    const real = await playRun(accessTo(url), strategy, { rules })
    const seed = real.records[0]?.seed as number
    const own = await playInProcess(strategy, rules, seed, 200)
    expect(own.records.flatMap(({ fills }) => fills).length).toBeGreaterThan(5)
    expect(own.records.map(withoutBook)).toEqual(real.records.map(withoutBook))
    expect(own.outcome.end.kind).toBe(real.outcome.end.kind)
  }
})

test('the lessons are tables with a row a scenario, and stand between the marks of the page', async () => {
  const work = { scenario: 'normal_market', steps: 60, rules: 'research' } as const
  const runs: RunFigures[] = []
  for (const seed of [1, 2]) runs.push(...(await makeSeedRuns({ ...work, seed })))
  const lessons = lessonsOf(runs)
  for (const { columns, rows } of lessons) for (const row of rows) expect(row).toHaveLength(columns.length)
  const page =
    'before\n<!-- lessons: written by npm run bench:lessons -- --write -->\n\nearlier figures\n\n<!-- end of lessons -->\nafter\n'
  const planned = [1, 2].map((seed) => ({ ...work, seed }))
  const written = withLessons(page, lessonSection(lessons, planned))
  expect(written).toContain('Seeds 1 to 2, 60 steps.')
  expect(written).toMatch(/^before\n/)
  expect(written).toMatch(/<!-- end of lessons -->\nafter\n$/)
  expect(written).not.toContain('earlier figures')
  expect(withLessons(written, lessonSection(lessons, planned))).toBe(written)
  expect(() => withLessons('no marks', '')).toThrow(/has no line/)
  const [parted, early] = lessonGoals(runs, 1)
  expect([parted, early].map((goal) => goal && isMet(goal))).toEqual([true, true])
})
