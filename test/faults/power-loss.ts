import { join } from 'node:path'
import { systemClock } from '../../src/market/clock.ts'
import { checkLake, faultCount } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { cutPower, makeExt4, type Volume } from '../support/volume.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf, roundsOf } from './campaign.ts'

/** Power cuts before a new lake is made, so that opening it stays a small part of a writer's time. */
const CUTS_A_LAKE = 20
const MOST_STORED = 5
const LONGEST_STORE_MS = 120

interface Cut {
  readonly programs: string
  readonly folder: string
  /** The moment of the cut: after this many slots, and this long into the next. */
  readonly stored: number
  readonly afterMs: number
}

/** Writes until the power is cut, and mounts the disk again. Returns the highest acknowledged operation. */
async function writeUntilCut(volume: Volume, { programs, folder, stored, afterMs }: Cut): Promise<number> {
  const writer = startWriter({ programs, folder })
  await expectEvent(writer, 'open')
  await writer.storedCount(stored)
  await systemClock.sleep(afterMs)
  cutPower(volume)
  await writer.kill()
  volume.unmount()
  volume.mount()
  return writer.acknowledged()
}

interface Tally {
  acknowledged: number
  lost: number
  wrong: number
  readonly details: string[]
}

async function cutRepeatedly(volume: Volume, options: CampaignOptions, rounds: number): Promise<Tally> {
  const { programs, seed } = options
  const random = randomOf(seed)
  const tally: Tally = { acknowledged: 0, lost: 0, wrong: 0, details: [] }
  let last = -1
  await eachRound('power cuts', rounds, async (round) => {
    if (round % CUTS_A_LAKE === 0) last = -1
    const folder = join(volume.folder, String(Math.floor(round / CUTS_A_LAKE)))
    const moment = { stored: Math.floor(random() * MOST_STORED), afterMs: random() * LONGEST_STORE_MS }
    const acknowledged = await writeUntilCut(volume, { programs, folder, ...moment })
    const check = await checkLake(folder, Math.max(last, acknowledged))
    tally.acknowledged += Math.max(0, acknowledged - last)
    tally.lost += check.lost
    tally.wrong += faultCount(check) - check.lost
    // Orphans are left to the next start.
    if (faultCount(check) > 0) tally.details.push(...check.details.map((line) => `cut ${round}: ${line}`))
    last = check.operations - 1
  })
  return tally
}

export const powerLoss: Campaign = {
  name: 'power-loss',
  summary: 'an ext4 disk is cut off 200 times at random moments while a process writes to it',
  takes: '6 minutes',
  run: async (options) => {
    const rounds = roundsOf(options, 200, 10)
    const tally = await withFolder(async (folder) => {
      const volume = await makeExt4(folder)
      return cutRepeatedly(volume, options, rounds).finally(() => volume.unmount())
    })
    for (const detail of tally.details) console.log(detail)
    return [
      { name: 'power cuts', value: rounds, unit: 'cuts', atLeast: 1 },
      { name: 'slots acknowledged', value: tally.acknowledged, unit: 'slots', atLeast: 1 },
      { name: 'acknowledged slots lost', value: tally.lost, unit: 'slots', atMost: 0 },
      { name: 'torn or double', value: tally.wrong, unit: 'faults', atMost: 0 },
    ]
  },
}
