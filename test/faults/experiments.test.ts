import { expect, test } from 'vitest'
import { randomOf } from './campaign.ts'
import {
  ATTACK_NAMES,
  runAtHostileExchange,
  startAtHostileExchanges,
} from './experiments/hostile-exchanges.ts'
import { createRunEndings } from './experiments/recorded-endings.ts'
import { checkFolder } from './experiments/run-file-check.ts'
import { temporaryFolder } from './small-campaign.ts'

// The cheap part of `npm run faults -- experiments`; test/commands/experiment/run-pool.test.ts has hostile strategies.

test('whatever a hostile exchange does, the run ends with one line that says why, and its file is whole', async () => {
  const folder = temporaryFolder()
  const endings = createRunEndings()
  await startAtHostileExchanges(folder, endings)
  expect(checkFolder(folder).files).toBe(0)
  // At once, because a run whose exchange has closed a socket waits for the other one's last words.
  const attack = (name: string, at: number) => runAtHostileExchange(name, randomOf(at), folder, endings)
  await Promise.all(ATTACK_NAMES.map(attack))
  expect(endings.unnamed).toEqual([])
  expect(checkFolder(folder)).toMatchObject({ files: ATTACK_NAMES.length, faults: [], brokenEnds: 0 })
})
