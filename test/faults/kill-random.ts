import { join } from 'node:path'
import type { Goal } from '../../scripts/bench/report.ts'
import { systemClock } from '../../src/market/clock.ts'
import { judge } from '../support/lake-check.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf, roundsOf, withFolder } from './campaign.ts'

/** A new lake after so many kills, so that opening it stays a small part of a writer's life. */
const KILLS_A_LAKE = 25
/** Every tenth writer is killed while it starts and clears up; the others after some slots, in the middle of one. */
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

async function tortureLake(folder: string, kills: number, options: CampaignOptions & { tally: Tally }) {
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
        tally.details.push(`op ${acknowledged} was acknowledged, the next writer goes on with op ${next}`)
      }
      await writer.storedCount(Math.floor(random() * MOST_STORED))
      await systemClock.sleep(random() * LONGEST_STORE_MS)
    }
    await writer.kill()
    acknowledged = Math.max(acknowledged, writer.acknowledged())
    tally.kills++
  }
  await closeLake(folder, acknowledged, options)
}

/** Opens it once more, as the next start would, and looks at everything. */
async function closeLake(folder: string, acknowledged: number, options: CampaignOptions & { tally: Tally }) {
  const { programs, tally } = options
  const last = startWriter({ programs, folder, stepped: true })
  await expectEvent(last, 'ready')
  tally.orphansCleared += (await expectEvent(last, 'open', last.order('open'))).cleared
  await last.kill()
  const verdict = await judge(folder, acknowledged)
  tally.acknowledged += acknowledged + 1
  tally.lost += verdict.lost
  tally.torn += verdict.torn
  tally.duplicates += verdict.duplicates
  tally.orphansLeft += verdict.orphans
  tally.details.push(...verdict.details)
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
        return tortureLake(join(folder, String(lake)), kills, { ...options, tally })
      }),
    )
    for (const detail of tally.details) console.log(detail)
    console.log(`${tally.orphansCleared} unfinished or uncommitted files were cleared by the next starts`)
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
