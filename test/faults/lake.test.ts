import { expect, test } from 'vitest'
import { corruption } from './corruption.ts'
import { killRandom } from './kill-random.ts'
import { readers } from './readers.ts'
import { REPAIR_DAMAGES } from './repair/damages.ts'
import { repairCampaign } from './repair/repair.ts'
import { missedGoals } from './small-campaign.ts'
import { twoWriters } from './two-writers.ts'

test('killed at random moments, a writer loses, tears and duplicates nothing, and the next one cleans up', async () => {
  expect(await missedGoals(killRandom, { rounds: 4 })).toEqual([])
})

test('of two writers that start at once exactly one wins, and the other exits with 75 and says why', async () => {
  expect(await missedGoals(twoWriters, { rounds: 2 })).toEqual([])
})

test('readers beside a writer that stores, compacts and cleans its log see no error and no count decrease', async () => {
  expect(await missedGoals(readers, { minutes: 0.05 })).toEqual([])
})

test('damage of every kind to data and log is found, and undamaged slots can still be read', async () => {
  expect(await missedGoals(corruption, { rounds: 1 })).toEqual([])
})

/** Each takes a second on a quiet machine; `npm run faults -- repair` has all. */
const KINDS = ['several commits', 'newest commits missing', 'a compacted file']

test('after a repair the rows are those that the surviving bytes prove, no key twice, and a second one finds nothing', async () => {
  const damages = REPAIR_DAMAGES.filter(({ name }) => KINDS.includes(name))
  expect(damages).toHaveLength(KINDS.length)
  expect(await missedGoals(repairCampaign(damages), { rounds: 1 })).toEqual([])
})
