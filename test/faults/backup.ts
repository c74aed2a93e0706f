import { join } from 'node:path'
import type { Goal } from '../../scripts/bench/report.ts'
import { systemClock } from '../../src/market/clock.ts'
import { startBackup } from '../support/backup-process.ts'
import {
  BACKUP_STEPS,
  type BackupFault,
  type BackupStep,
  type BackupWorkspace,
  type MadeLakes,
  makeLakes,
} from '../support/backup-steps.ts'
import { faultsOfKilled, killAtEachCall } from '../support/kill-steps.ts'
import { checkLake } from '../support/lake-check.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { requireTracer } from '../support/tracer.ts'
import { expectEvent, startWriter } from '../support/writer-process.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf, roundsOf } from './campaign.ts'

/** In the small version, every so many calls of a kind are tried. */
const QUICK_EVERY = 12
/** Random kills before a new lake is made. */
const KILLS_A_LAKE = 25
/** The lake deletes replaced files and covered commits after this time, so that they vanish during backups too. */
const RETENTION_SECONDS = 1
const LONGEST_MS = 1_500

interface Tally {
  points: number
  kills: number
  complete: number
  readonly faults: BackupFault[]
}

interface Try {
  readonly programs: string
  readonly folder: string
  readonly made: MadeLakes
  readonly step: BackupStep
}

const workspaceOf = ({ folder }: Try): BackupWorkspace => ({
  lake: join(folder, 'lake'),
  backup: join(folder, 'backup'),
})

/** Kills a step at every file call in turn. */
function killEverywhere(one: Try, every: number, tally: Tally): Promise<number> {
  const { step, programs, made, folder } = one
  const workspace = workspaceOf(one)
  const killed = {
    name: step.name,
    folder,
    isIgnored: (path: string) => path.startsWith(join(folder, 'made')),
    start: async () => {
      await step.prepare(workspace, made)
      const process = startBackup(programs, [...step.args(workspace, made), '--stepped', '--names', 'killed'])
      await process.ready
      return process
    },
  }
  return killAtEachCall(killed, every, async ({ call, nth }) => {
    for (const { kind, detail } of await faultsOfKilled(step, workspace, made)) {
      // Printed at once, because the campaign takes long.
      console.log(`${kind}: ${step.name}, killed at ${call} ${nth}: ${detail}`)
      tally.faults.push({ kind, detail })
    }
  })
}

/** Kills backups of a lake that another process writes, compacts and vacuums. */
async function killAtRandom(
  folder: string,
  kills: number,
  { programs, tally, random }: RandomKills,
): Promise<void> {
  const [lake, target] = [join(folder, 'lake'), join(folder, 'backup')]
  const writer = startWriter({ programs, folder: lake, retentionSeconds: RETENTION_SECONDS })
  try {
    await expectEvent(writer, 'open')
    await writer.storedCount(5)
    let former = -1
    for (let kill = 0; kill < kills; kill++) {
      const acknowledged = writer.acknowledged()
      const process = startBackup(programs, [
        'backup',
        lake,
        target,
        ...(random() < 0.5 ? ['--copy'] : []),
        '--prune',
      ])
      const isKilled = random() < 0.75
      if (isKilled) void systemClock.sleep(random() * LONGEST_MS).then(process.kill)
      const event = await process.ended
      tally.kills += event === null ? 1 : 0
      tally.complete += event?.event === 'done' ? 1 : 0
      if (event?.event === 'failed') tally.faults.push({ kind: 'unfinished', detail: event.message })
      const least = event?.event === 'done' ? acknowledged : former
      const { lost, torn, duplicates, operations, details } = await checkLake(target, least)
      if (lost > 0) tally.faults.push({ kind: 'lost', detail: details.join('; ') })
      else if (torn + duplicates > 0) tally.faults.push({ kind: 'different', detail: details.join('; ') })
      former = Math.max(former, operations - 1)
    }
  } finally {
    await writer.kill()
  }
}

interface RandomKills {
  readonly programs: string
  readonly tally: Tally
  random(): number
}

export const backupCampaign: Campaign = {
  name: 'backup',
  summary:
    'kill -9 at every file call of a backup and of both restores, and at random beside a process that writes and vacuums',
  takes: '30 minutes',
  run: async (options) => {
    requireTracer()
    const tally: Tally = { points: 0, kills: 0, complete: 0, faults: [] }
    await withFolder(async (folder) => {
      const made = await makeLakes(folder)
      await eachRound('steps', BACKUP_STEPS.length, async (round) => {
        const step = BACKUP_STEPS[round] as BackupStep
        const one = { programs: options.programs, folder, made, step }
        const points = await killEverywhere(one, options.quick ? QUICK_EVERY : 1, tally)
        console.log(`${step.name}: killed at ${points} calls`)
        tally.points += points
      })
    })
    const before = tally.faults.length
    await randomPart(options, tally)
    for (const { kind, detail } of tally.faults.slice(before)) console.log(`${kind}: ${detail}`)
    return goalsOf(tally)
  },
}

async function randomPart(options: CampaignOptions, tally: Tally): Promise<void> {
  const rounds = roundsOf(options, 200, 8)
  const random = randomOf(options.seed)
  await withFolder((folder) =>
    eachRound('lakes', Math.ceil(rounds / KILLS_A_LAKE), (lake) => {
      const kills = Math.min(KILLS_A_LAKE, rounds - lake * KILLS_A_LAKE)
      return killAtRandom(join(folder, String(lake)), kills, { programs: options.programs, tally, random })
    }),
  )
}

function goalsOf({ points, kills, complete, faults }: Tally): Goal[] {
  const count = (kind: BackupFault['kind']) => faults.filter((fault) => fault.kind === kind).length
  return [
    { name: 'kills at file calls', value: points, unit: 'kills', atLeast: 1 },
    { name: 'kills at random', value: kills, unit: 'kills', atLeast: 1 },
    { name: 'complete backups of a lake that is written', value: complete, unit: 'backups', atLeast: 1 },
    { name: 'unreadable afterwards', value: count('unreadable'), unit: 'lakes', atMost: 0 },
    { name: 'other rows than a version of the lake', value: count('different'), unit: 'lakes', atMost: 0 },
    { name: 'former backups lost', value: count('lost'), unit: 'backups', atMost: 0 },
    { name: 'not finished by the next run', value: count('unfinished'), unit: 'runs', atMost: 0 },
  ]
}
