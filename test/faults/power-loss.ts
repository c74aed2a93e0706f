import { join } from 'node:path'
import { systemClock } from '../../src/market/clock.ts'
import { faultsOf, judge } from '../support/lake-check.ts'
import { cutPower, makeExt4, type Volume } from '../support/volume.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf, roundsOf, withFolder } from './campaign.ts'

/** A new lake after so many cuts, so that opening it stays a small part of a writer's life. */
const CUTS_A_LAKE = 20
const MOST_STORED = 5
const LONGEST_STORE_MS = 120

interface Cut {
  readonly programs: string
  readonly folder: string
  /** After so many slots, and so long into the next. */
  readonly stored: number
  readonly afterMs: number
}

/** Writes until the power goes, and mounts the disk again. Returns the highest operation acknowledged. */
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
    const verdict = await judge(folder, Math.max(last, acknowledged))
    tally.acknowledged += Math.max(0, acknowledged - last)
    tally.lost += verdict.lost
    tally.wrong += faultsOf(verdict) - verdict.lost
    // Orphans are for the next start to clear.
    if (faultsOf(verdict) > 0) tally.details.push(...verdict.details.map((line) => `cut ${round}: ${line}`))
    last = verdict.operations - 1
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
