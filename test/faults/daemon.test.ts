import { expect, test } from 'vitest'
import { killHarvest } from './kill-harvest.ts'
import { sigterm } from './sigterm.ts'
import { missed } from './small-campaign.ts'
import { soak } from './soak.ts'

// The small versions of figures 14, 15 and 18.

test('told to end at a random moment, the daemon ends with 0 and keeps what had arrived', async () => {
  expect(await missed(sigterm, { rounds: 1, seed: 3 })).toEqual([])
}, 60_000)

test('killed in the middle of a harvest, every quote that had arrived is recovered, and told', async () => {
  expect(await missed(killHarvest, { rounds: 1, seed: 3 })).toEqual([])
}, 60_000)

test('a few cycles of the soak store their contracts within the memory, and leave no file open', async () => {
  const growing = /^(heap|resident) growth/
  expect((await missed(soak, { rounds: 3 })).filter((goal) => !growing.test(goal))).toEqual([])
}, 60_000)
