import { expect, test } from 'vitest'
import { killHarvest } from './kill-harvest.ts'
import { sigterm } from './sigterm.ts'
import { missedGoals } from './small-campaign.ts'
import { soak } from './soak.ts'

// The small versions of figures 14, 15 and 18.

// These two wait for processes most of the time.
test.concurrent('terminated at a random moment, the daemon exits with 0 and keeps the quotes that had arrived', async () => {
  expect(await missedGoals(sigterm, { rounds: 1, seed: 3 })).toEqual([])
}, 60_000)

test.concurrent('killed in the middle of a harvest, every quote that had arrived is recovered and reported', async () => {
  expect(await missedGoals(killHarvest, { rounds: 1, seed: 3 })).toEqual([])
}, 60_000)

test('a few soak cycles store their contracts within the memory limit, and leave no file open', async () => {
  const growing = /^(heap|resident) growth/
  expect((await missedGoals(soak, { rounds: 3 })).filter((goal) => !growing.test(goal))).toEqual([])
}, 60_000)
