import { expect, test } from 'vitest'
import { deadline } from './deadline.ts'
import { fuzz } from './fuzz.ts'
import { gatewayFuzz } from './gateway-fuzz/gateway-fuzz.ts'
import { hostile } from './hostile.ts'
import { reconnect } from './reconnect.ts'
import { silence } from './silence.ts'
import { missedGoals } from './small-campaign.ts'

// The small versions of what `npm run faults` measures at length; figures 11, 12, 13, 16 and 17.

// These mostly wait, so they run side by side.
test.concurrent.each([
  [deadline, null],
  [reconnect, 4],
  [silence, 2],
])('a small $name campaign meets every goal', async (campaign, rounds) => {
  expect(await missedGoals(campaign, { rounds, seed: 7 })).toEqual([])
})

test.each([
  [fuzz, 5_000],
  [gatewayFuzz, 12],
  [hostile, 20],
])('a small $name campaign meets every goal', async (campaign, rounds) => {
  expect(await missedGoals(campaign, { rounds, seed: 7 })).toEqual([])
})
