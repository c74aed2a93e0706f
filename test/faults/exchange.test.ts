import { expect, test } from 'vitest'
import { exchange } from './exchange/exchange.ts'
import { missedGoals } from './small-campaign.ts'

// The small version of `npm run faults -- exchange`.

test('a small exchange campaign meets every goal', async () => {
  expect(await missedGoals(exchange, { rounds: 1, operations: 5_000, seed: 7 })).toEqual([])
})
