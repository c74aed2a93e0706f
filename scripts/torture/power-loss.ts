import { join } from 'node:path'
import { systemClock } from '../../src/market/clock.ts'
import { faultsOf, judge } from './judge.ts'
import { expectEvent, startWriter } from './process.ts'
import { eachRound, randomOf, roundsOf, type Torture, withFolder } from './torture.ts'
import { cutPower, makeExt4, type Volume } from './volume.ts'

/** A new lake after so many cuts, so that opening it stays a small part of a writer's life. */
const CUTS_A_LAKE = 20
const LONGEST_WRITING_MS = 500

interface Cut {
  readonly programs: string
  readonly folder: string
  readonly afterMs: number
}

/** Writes until the power goes, and mounts the disk again. Returns the highest operation acknowledged. */
async function writeUntilCut(volume: Volume, { programs, folder, afterMs }: Cut): Promise<number> {
  const writer = startWriter({ programs, folder })
  await expectEvent(writer, 'open')
  await systemClock.sleep(afterMs)
  cutPower(volume)
  await writer.kill()
  volume.unmount()
  volume.mount()
  return writer.acknowledged()
}

export const powerLoss: Torture = {
  name: 'power-loss',
  summary: 'an ext4 disk is cut off 200 times at random moments while a process writes to it',
  takes: '6 minutes',
  run: async (options) => {
    const rounds = roundsOf(options, 200, 10)
    const random = randomOf(options.seed)
    const details: string[] = []
    let lost = 0
    let wrong = 0
    let stored = 0
    await withFolder(async (outside) => {
      const volume = await makeExt4(outside)
      let acknowledged = -1
      try {
        await eachRound('power cuts', rounds, async (round) => {
          if (round % CUTS_A_LAKE === 0) acknowledged = -1
          const folder = join(volume.folder, String(Math.floor(round / CUTS_A_LAKE)))
          const afterMs = random() * LONGEST_WRITING_MS
          const before = acknowledged
          acknowledged = Math.max(
            acknowledged,
            await writeUntilCut(volume, { programs: options.programs, folder, afterMs }),
          )
          const verdict = await judge(folder, acknowledged)
          stored += acknowledged - before
          lost += verdict.lost
          wrong += faultsOf(verdict) - verdict.lost
          if (faultsOf(verdict) > 0)
            details.push(...verdict.details.map((detail) => `cut ${round}: ${detail}`))
        })
      } finally {
        volume.unmount()
      }
    })
    for (const detail of details) console.log(detail)
    return [
      { name: 'power cuts', value: rounds, unit: 'cuts', atLeast: 1 },
      { name: 'slots acknowledged', value: stored, unit: 'slots', atLeast: 1 },
      { name: 'acknowledged slots lost', value: lost, unit: 'slots', atMost: 0 },
      { name: 'torn or double', value: wrong, unit: 'faults', atMost: 0 },
    ]
  },
}
