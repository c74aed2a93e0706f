import { join } from 'node:path'
import type { Goal } from '../../scripts/bench/report.ts'
import { systemClock } from '../../src/market/clock.ts'
import { ageFiles } from '../support/aged-files.ts'
import { checkLake } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf, roundsOf } from './campaign.ts'

/** Kills before a new lake is made, so that opening it stays a small part of a writer's time. */
const KILLS_A_LAKE = 25
/** Every tenth writer is killed while it starts and cleans up; the others in the middle of a later slot. */
const LONGEST_START_MS = 600
const MOST_STORED = 4
const LONGEST_STORE_MS = 120

interface Tally {
  kills: number
  acknowledged: number
  lost: number
  torn: number
  duplicates: number
  orphansCleared: number
  orphansLeft: number
  readonly details: string[]
}

async function killRepeatedly(folder: string, kills: number, options: CampaignOptions & { tally: Tally }) {
  const { programs, tally } = options
  const random = randomOf(options.seed + tally.kills)
  let acknowledged = -1
  for (let kill = 0; kill < kills; kill++) {
    const writer = startWriter({ programs, folder })
    if (random() < 0.1) {
      await systemClock.sleep(random() * LONGEST_START_MS)
    } else {
      const { next, cleared } = await expectEvent(writer, 'open')
      tally.orphansCleared += cleared
      if (next <= acknowledged) {
        tally.lost += acknowledged + 1 - next
        tally.details.push(
          `op ${acknowledged} was acknowledged, but the next writer continues with op ${next}`,
        )
      }
      await writer.storedCount(Math.floor(random() * MOST_STORED))
      await systemClock.sleep(random() * LONGEST_STORE_MS)
    }
    await writer.kill()
    acknowledged = Math.max(acknowledged, writer.acknowledged())
    tally.kills++
  }
  await finalCheck(folder, acknowledged, options)
}

/** Opens the lake once more, as the next start would a day later or more, and checks everything. */
async function finalCheck(folder: string, acknowledged: number, options: CampaignOptions & { tally: Tally }) {
  const { programs, tally } = options
  await ageFiles(folder)
  const last = startWriter({ programs, folder, stepped: true })
  await expectEvent(last, 'ready')
  tally.orphansCleared += (await expectEvent(last, 'open', last.order('open'))).cleared
  await last.kill()
  const check = await checkLake(folder, acknowledged)
  tally.acknowledged += acknowledged + 1
  tally.lost += check.lost
  tally.torn += check.torn
  tally.duplicates += check.duplicates
  tally.orphansLeft += check.orphans
  tally.details.push(...check.details)
}

export const killRandom: Campaign = {
  name: 'kill-random',
  summary: 'kill -9 of a writing process at 500 random moments',
  takes: '6 minutes',
  run: async (options) => {
    const rounds = roundsOf(options, 500, 25)
    const lakes = Math.ceil(rounds / KILLS_A_LAKE)
    const tally: Tally = {
      kills: 0,
      acknowledged: 0,
      lost: 0,
      torn: 0,
      duplicates: 0,
      orphansCleared: 0,
      orphansLeft: 0,
      details: [],
    }
    await withFolder((folder) =>
      eachRound('lakes', lakes, (lake) => {
        const kills = Math.min(KILLS_A_LAKE, rounds - lake * KILLS_A_LAKE)
        return killRepeatedly(join(folder, String(lake)), kills, { ...options, tally })
      }),
    )
    for (const detail of tally.details) console.log(detail)
    console.log(`${tally.orphansCleared} unfinished or uncommitted files were removed by the next starts`)
    return goalsOf(tally)
  },
}

function goalsOf(tally: Tally): Goal[] {
  return [
    { name: 'kills', value: tally.kills, unit: 'kills', atLeast: 1 },
    { name: 'slots acknowledged', value: tally.acknowledged, unit: 'slots', atLeast: 1 },
    { name: 'acknowledged slots lost', value: tally.lost, unit: 'slots', atMost: 0 },
    { name: 'torn', value: tally.torn, unit: 'slots and files', atMost: 0 },
    { name: 'duplicates', value: tally.duplicates, unit: 'rows', atMost: 0 },
    { name: 'orphans left after the next start', value: tally.orphansLeft, unit: 'files', atMost: 0 },
  ]
}
