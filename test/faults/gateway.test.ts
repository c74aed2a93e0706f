import { expect, test } from 'vitest'
import { isMet } from '../../scripts/bench/report.ts'
import type { Campaign } from './campaign.ts'
import { deadline } from './deadline.ts'
import { fuzz } from './fuzz.ts'
import { hostile } from './hostile.ts'
import { reconnect } from './reconnect.ts'
import { silence } from './silence.ts'

// The small versions of what `npm run faults` measures at length; figures 11, 12, 13, 16 and 17.

async function missedGoals(campaign: Campaign, rounds: number | null) {
  const goals = await campaign.run({ programs: '', quick: true, rounds, seed: 7 })
  return goals.filter((goal) => isMet(goal) !== true)
}

// These mostly wait, so they run side by side.
test.concurrent.each([
  [deadline, null],
  [reconnect, 4],
  [silence, 2],
])('$name: every figure is met, in small', async (campaign, rounds) => {
  expect(await missedGoals(campaign, rounds)).toEqual([])
})

test.each([
  [fuzz, 5_000],
  [hostile, 20],
])('$name: every figure is met, in small', async (campaign, rounds) => {
  expect(await missedGoals(campaign, rounds)).toEqual([])
})
