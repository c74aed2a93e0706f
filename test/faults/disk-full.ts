import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT } from '../../src/process/failure.ts'
import { checkLake } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { makeSmall } from '../support/volume.ts'
import { expectEvent, startWriter, type Writer } from '../support/writer-process.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from './campaign.ts'

/** Many times what a hundred rounds store: the disk is full only when the campaign fills it. */
const VOLUME_BYTES = 64 * 1024 * 1024
/** Largest free space left when the disk is filled: a little more than a slot needs. */
const MOST_LEFT_BYTES = 64 * 1024
/** Slots stored between two fillings. */
const STORES_BETWEEN = 2

/** Fills the disk up to `leaveBytes`. */
async function fill(folder: string, filler: string, leaveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)))
}

/** Stores until the disk is full. Returns what is wrong with the failure; null for nothing. */
async function storeUntilFull(writer: Writer): Promise<string | null> {
  for (;;) {
    const answer = await writer.order('store')
    if (answer === null) return `the process ended: ${(await writer.ended).stderr}`
    if (answer.event !== 'failed') continue
    const isRight = answer.exitCode === EXIT.io && /the disk is full/.test(answer.message)
    return isRight ? null : `exit code ${answer.exitCode}: ${answer.message}`
  }
}

export const diskFull: Campaign = {
  name: 'disk-full',
  summary: 'a small disk is filled and freed 100 times under one writing process',
  takes: '1 minute',
  run: async (options) => {
    const rounds = roundsOf(options, 100, 10)
    const random = randomOf(options.seed)
    const faults: string[] = []
    await withFolder(async (outside) => {
      const volume = await makeSmall(outside, VOLUME_BYTES)
      const filler = join(volume.folder, 'filler')
      const folder = join(volume.folder, 'lake')
      const writer = startWriter({ programs: options.programs, folder, stepped: true })
      try {
        await expectEvent(writer, 'ready')
        await expectEvent(writer, 'open', writer.order('open'))
        await eachRound('times full', rounds, async (round) => {
          await fill(volume.folder, filler, random() * MOST_LEFT_BYTES)
          const fault = await storeUntilFull(writer)
          if (fault !== null) faults.push(`time ${round}: ${fault}`)
          const { details } = await checkLake(folder, writer.acknowledged())
          faults.push(...details.map((detail) => `time ${round}, while full: ${detail}`))
          await rm(filler)
          for (let store = 0; store < STORES_BETWEEN; store++) {
            const answer = await writer.order('store')
            if (answer?.event !== 'stored') faults.push(`time ${round}, freed: ${JSON.stringify(answer)}`)
          }
        })
        faults.push(...(await checkLake(folder, writer.acknowledged())).details)
      } finally {
        await writer.kill()
        volume.unmount()
      }
    })
    for (const fault of faults) console.log(fault)
    return [
      { name: 'times full and freed', value: rounds, unit: 'times', atLeast: 1 },
      { name: 'ended, lost, torn, or failing afterwards', value: faults.length, unit: 'faults', atMost: 0 },
    ]
  },
}
