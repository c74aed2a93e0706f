import { expect, test } from 'vitest'
import { corruption } from './corruption.ts'
import { killRandom } from './kill-random.ts'
import { readers } from './readers.ts'
import { missed } from './small-campaign.ts'
import { twoWriters } from './two-writers.ts'

test('killed at random moments, a writer loses, tears and doubles nothing, and the next one clears up', async () => {
  expect(await missed(killRandom, { rounds: 4 })).toEqual([])
})

test('of two writers that start at once exactly one wins, the other says so and exits 75', async () => {
  expect(await missed(twoWriters, { rounds: 2 })).toEqual([])
})

test('readers beside a writer that stores, compacts and cleans its log see no error and no count go back', async () => {
  expect(await missed(readers, { minutes: 0.05 })).toEqual([])
})

test('damage of every kind to data and log is found, and what is not damaged can still be read', async () => {
  expect(await missed(corruption, { rounds: 1 })).toEqual([])
})
