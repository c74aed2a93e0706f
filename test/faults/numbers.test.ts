import { expect, test } from 'vitest'
import { isMet } from '../../scripts/bench/report.ts'
import { type Extent, runScenarios } from './numbers/numbers.ts'
import { SCENARIOS } from './numbers/scenarios.ts'

// A few days of what `npm run faults -- numbers` measures over a quarter of daily slots.

const SMALL: Omit<Extent, 'scenarios'> = { everyNth: 12, wholeEveryNth: 0, grid: { prices: 140, times: 40 } }

test('iv30 has no bias before, at and after an ex-date', async () => {
  const name = 'fund, pv_dividend alone'
  const scenarios = SCENARIOS.filter((one) => one.name === name)
  const goals = await runScenarios(
    { programs: '', quick: true, rounds: null, seed: 7 },
    { ...SMALL, scenarios },
  )
  expect(goals.map((goal) => goal.name)).toContain(`bias of iv30, ${name}`)
  expect(goals.filter((goal) => isMet(goal) !== true)).toEqual([])
})
