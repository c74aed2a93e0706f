import { expect, test } from 'vitest'
import { liveAccounts } from './live-accounts/live-accounts.ts'
import { missedGoals } from './small-campaign.ts'

// The small version of `npm run faults -- live-accounts`.

test('a small campaign of live accounts meets every goal', async () => {
  expect(await missedGoals(liveAccounts, { rounds: 8, seed: 3 })).toEqual([])
})
