import { cp, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Goal } from '../../scripts/bench/report.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { checkpointVersionOf, commitVersionOf } from '../../src/delta/index.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { currentState, type Lake, openLake } from '../../src/lake/open.ts'
import { chainAsOf } from '../../src/lake/query/chains.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { EpochMs } from '../../src/market/units.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Content, contentAfter, slotCommitOf, sumOf } from '../support/writer-operations.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from './campaign.ts'
import { DAMAGES, type Damage, type Target } from './damage.ts'

/** Half of the slots are compacted; the newest checkpoint is a few commits old. */
const OPERATIONS = 24
const COMPACT_AFTER = 12
const CHECKPOINT_EVERY = 11

/** Results of one kind of damage. */
interface Tally {
  readonly damage: Damage
  rounds: number
  detected: number
  /** Slots of undamaged files that could not be read or were wrong. */
  goodLost: number
  /** Files that verify or a reader deleted. */
  deleted: number
  readonly details: string[]
}

async function makeLake(folder: string): Promise<void> {
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: { checkpointEvery: CHECKPOINT_EVERY },
  })
  for (let op = 0; op < OPERATIONS; op++) {
    await append(lake, slotCommitOf(op))
    if (op === COMPACT_AFTER) await compact(lake, { scope: { kind: 'all' } })
  }
  await lake.close()
}

async function targetOf(folder: string): Promise<Target> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  const { files } = await currentState(lake)
  await lake.close()
  const names = (await readdir(lake.layout.log)).sort()
  const checkpoints = names.filter((name) => checkpointVersionOf(name) !== null)
  const newest = checkpoints.at(-1)
  if (newest === undefined) throw new Error('the lake has no checkpoint')
  const covered = checkpointVersionOf(newest) as number
  const inLog = (name: string) => join(basename(lake.layout.log), name)
  return {
    table: lake.layout.table,
    data: [...files.keys()],
    commits: names.filter((name) => (commitVersionOf(name) ?? -1) > covered).map(inLog),
    checkpoint: inLog(newest),
  }
}

async function isDetected(folder: string): Promise<boolean> {
  return (await verify(folder, { clock: systemClock })).findings.length > 0
}

/** The last slots of undamaged files that cannot be read as they were stored. */
async function goodSlotsLost(folder: string, damaged: readonly string[]): Promise<string[]> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock })
  const { files } = await currentState(lake)
  const bad = damaged.flatMap((path) => files.get(path) ?? [])
  const expected = contentAfter(OPERATIONS)
  const lost: string[] = []
  for (const { symbol, maxSlot: at } of files.values()) {
    const isDamaged = bad.some((file) => file.symbol === symbol && file.minSlot <= at && at <= file.maxSlot)
    const key = `${at} ${symbol}`
    const content = expected.get(key) as Content
    if (!isDamaged && !(await isReadable(lake, symbol, { at, content }))) lost.push(key)
  }
  await lake.close()
  return lost
}

async function isReadable(
  lake: Lake,
  symbol: string,
  { at, content }: { at: EpochMs; content: Content },
): Promise<boolean> {
  const rows = await chainAsOf(lake, symbol, { at }).catch((error: unknown) => {
    if (error instanceof Failure) return []
    throw error
  })
  return rows.length === content.rows && sumOf(rows) === content.sum
}

/** Damages a fresh copy of the lake once, and checks detection and what can still be read. */
async function damageOnce(
  folders: { made: string; lake: string },
  tally: Tally,
  seed: number,
): Promise<void> {
  const { made, lake } = folders
  await rm(lake, { recursive: true, force: true })
  await cp(made, lake, { recursive: true })
  const { damage } = tally
  const damaged = await damage.inflict(await targetOf(lake), randomOf(seed))
  const before = await readdir(lake, { recursive: true })
  tally.rounds++
  if (await isDetected(lake)) tally.detected++
  else tally.details.push(`${damage.name}, seed ${seed}: not detected`)
  const lost = await goodSlotsLost(lake, damaged).catch((error: unknown) => {
    // Without a log no data can be trusted; reporting that is the right answer.
    if (damage.of === 'log' && error instanceof Failure && error.exitCode === EXIT.io) return []
    throw error
  })
  tally.goodLost += lost.length
  tally.details.push(...lost.map((slot) => `${damage.name}, seed ${seed}: ${slot} cannot be read`))
  const after = new Set(await readdir(lake, { recursive: true }))
  tally.deleted += before.filter((path) => !after.has(path)).length
}

export const corruption: Campaign = {
  name: 'corruption',
  summary: '12 kinds of damage, 100 times each: verify finds all of it, and the rest can still be read',
  takes: '8 minutes',
  run: async (options) => {
    const rounds = roundsOf(options, 100, 3)
    const tallies = DAMAGES.map(
      (damage): Tally => ({ damage, rounds: 0, detected: 0, goodLost: 0, deleted: 0, details: [] }),
    )
    await withFolder(async (folder) => {
      const folders = { made: join(folder, 'made'), lake: join(folder, 'lake') }
      await makeLake(folders.made)
      await eachRound('damages', rounds * tallies.length, async (round) => {
        const tally = tallies[round % tallies.length] as Tally
        await damageOnce(folders, tally, options.seed + round)
      })
    })
    for (const detail of tallies.flatMap(({ details }) => details)) console.log(detail)
    console.log(tableOf(tallies))
    return goalsOf(tallies)
  },
}

function tableOf(tallies: readonly Tally[]): string {
  return formatTable(tallies, [
    { title: 'damage', value: ({ damage }) => damage.name },
    { title: 'times', align: 'right', value: ({ rounds }) => String(rounds) },
    { title: 'detected', align: 'right', value: ({ detected }) => String(detected) },
    { title: 'good slots lost', align: 'right', value: ({ goodLost }) => String(goodLost) },
  ])
}

function goalsOf(tallies: readonly Tally[]): Goal[] {
  const sum = (value: (tally: Tally) => number) => tallies.reduce((all, tally) => all + value(tally), 0)
  return [
    { name: 'kinds of damage', value: tallies.length, unit: 'kinds', atLeast: 10 },
    {
      name: 'damages detected',
      value: (sum(({ detected }) => detected) / sum(({ rounds }) => rounds)) * 100,
      unit: '%',
      atLeast: 100,
    },
    {
      name: 'slots of good files that cannot be read',
      value: sum(({ goodLost }) => goodLost),
      unit: 'slots',
      atMost: 0,
    },
    {
      name: 'files deleted by checking or reading',
      value: sum(({ deleted }) => deleted),
      unit: 'files',
      atMost: 0,
    },
  ]
}
