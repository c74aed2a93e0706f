import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkpointVersionOf } from '../../../src/delta/index.ts'
import { cut, flip, pick } from '../damage.ts'
import type { WrittenCommit, WrittenData, WrittenLake } from './lake.ts'

/** A copy of a lake to damage. */
export interface Site {
  readonly folder: string
  readonly written: WrittenLake
  random(): number
}

export interface RepairDamage {
  readonly name: string
  inflict(site: Site): Promise<void>
}

/** 20 kinds. Each picks what it damages, and how, at random. */
export const REPAIR_DAMAGES: readonly RepairDamage[] = [
  {
    name: 'newest commit of the snapshots',
    inflict: (site) => spoilCommit(site, snapshotCommits(site).at(-1)),
  },
  {
    name: 'a commit of the snapshots',
    inflict: (site) => spoilCommit(site, pick(newSnapshotCommits(site), site.random)),
  },
  { name: 'oldest commit of the snapshots', inflict: (site) => spoilCommit(site, snapshotCommits(site)[0]) },
  {
    name: 'a commit of a small table',
    inflict: (site) => spoilCommit(site, pick(smallCommits(site), site.random)),
  },
  { name: 'newest commit of each small table', inflict: spoilNewestOfSmallTables },
  { name: 'a remove line', inflict: (site) => spoilLine(site, 'remove') },
  { name: 'an add line', inflict: (site) => spoilLine(site, 'add') },
  { name: 'several commits', inflict: spoilSeveralCommits },
  {
    name: 'commit of a compaction',
    inflict: (site) => spoilCommit(site, snapshotCommits(site).findLast(isCompaction)),
  },
  { name: 'newest commits missing', inflict: removeNewestCommits },
  { name: 'a checkpoint', inflict: spoilCheckpoint },
  { name: 'the last-checkpoint hint', inflict: spoilHint },
  { name: 'the log, or all but its checkpoint', inflict: removeLog },
  { name: 'a data file', inflict: (site) => spoilData(site, activeData(site)) },
  { name: 'a data file of zero bytes', inflict: emptyFiles },
  { name: 'a data file with the bytes of another', inflict: exchangeData },
  { name: 'a compacted file', inflict: (site) => spoilData(site, activeData(site).filter(isCompacted)) },
  { name: 'a replaced file', inflict: (site) => spoilData(site, replacedData(site)) },
  { name: 'a file of a small table', inflict: (site) => spoilData(site, smallData(site)) },
  { name: 'a folder', inflict: removeFolder },
  { name: 'a commit and a data file', inflict: spoilBoth },
]

const spoils = [
  async (path: string) => rm(path),
  async (path: string, random: () => number) => writeFile(path, cut(await readFile(path), random)),
  async (path: string, random: () => number) => writeFile(path, flip(await readFile(path), random)),
]

/** Deletes a file, cuts it short, or flips a bit. */
async function spoil({ folder, random }: Site, path: string): Promise<void> {
  await pick(spoils, random)(join(folder, path), random)
}

async function spoilCommit(site: Site, commit: WrittenCommit | undefined): Promise<void> {
  if (!commit) throw new Error('the lake has no such commit')
  await spoil(site, commit.path)
}

function commitsOf(site: Site, table: string): WrittenCommit[] {
  return site.written.commits.filter((commit) => commit.table === table)
}

const snapshotCommits = (site: Site) => commitsOf(site, 'option_snapshots')

/** Half of the commits, the newer ones: older ones are covered by checkpoints. */
function newSnapshotCommits(site: Site): WrittenCommit[] {
  const all = snapshotCommits(site)
  return all.slice(all.length >> 1)
}

const smallCommits = (site: Site) => site.written.commits.filter(({ table }) => table !== 'option_snapshots')

const isCompaction = ({ operation }: WrittenCommit) => operation === 'OPTIMIZE'

const SMALL = ['slots', 'market_metrics', 'daily_observations']

async function spoilNewestOfSmallTables(site: Site): Promise<void> {
  for (const table of SMALL) await spoilCommit(site, commitsOf(site, table).at(-1))
}

async function spoilLine({ folder, written, random }: Site, kind: 'add' | 'remove'): Promise<void> {
  const found: { path: string; lines: string[]; at: number }[] = []
  for (const { path } of written.commits) {
    const lines = (await readFile(join(folder, path), 'utf8')).split('\n')
    const at = lines.findIndex((line) => line.startsWith(`{"${kind}"`))
    if (at >= 0) found.push({ path, lines, at })
  }
  const { path, lines, at } = pick(found, random)
  const line = lines[at] as string
  lines[at] =
    random() < 0.5
      ? line.slice(0, Math.floor(random() * line.length))
      : flip(Buffer.from(line), random).toString('latin1')
  await writeFile(join(folder, path), lines.join('\n'))
}

async function spoilSeveralCommits(site: Site): Promise<void> {
  const all = newSnapshotCommits(site)
  const count = 2 + Math.floor(site.random() * 3)
  const from = Math.floor(site.random() * (all.length - count))
  for (const commit of all.slice(from, from + count)) await spoil(site, commit.path)
}

async function removeNewestCommits(site: Site): Promise<void> {
  const count = 1 + Math.floor(site.random() * 4)
  for (const { path } of snapshotCommits(site).slice(-count)) await rm(join(site.folder, path))
}

async function logNames({ folder }: Site, table: string): Promise<string[]> {
  return (await readdir(join(folder, table, '_delta_log'))).sort()
}

async function checkpoints(site: Site, table: string): Promise<string[]> {
  return (await logNames(site, table)).filter((name) => checkpointVersionOf(name) !== null)
}

async function spoilCheckpoint(site: Site): Promise<void> {
  const table = pick(['option_snapshots', 'market_metrics'], site.random)
  await spoil(site, `${table}/_delta_log/${pick((await checkpoints(site, table)).slice(-2), site.random)}`)
}

async function spoilHint(site: Site): Promise<void> {
  const path = `${pick(['option_snapshots', 'market_metrics'], site.random)}/_delta_log/_last_checkpoint`
  const wrong = ['{"version":1,"size":3}', '{"version":9999,"size":3}', '']
  if (site.random() < 0.5) await spoil(site, path)
  else await writeFile(join(site.folder, path), pick(wrong, site.random))
}

/** In one of four cases the checkpoint is lost too. */
async function removeLog(site: Site): Promise<void> {
  const table = pick(['option_snapshots', 'market_metrics'], site.random)
  if (site.random() < 0.25) return rm(join(site.folder, table, '_delta_log'), { recursive: true })
  const newest = (await checkpoints(site, table)).at(-1)
  for (const name of await logNames(site, table)) {
    if (name !== newest) await rm(join(site.folder, table, '_delta_log', name))
  }
}

async function spoilData(site: Site, files: readonly WrittenData[]): Promise<void> {
  await spoil(site, pick(files, site.random).path)
}

/** Data files on disk, in use or replaced. */
function dataOf({ written }: Site, isActive: boolean): WrittenData[] {
  return written.data.filter(({ path }) => written.onDisk.has(path) && written.active.has(path) === isActive)
}

function activeData(site: Site): WrittenData[] {
  return dataOf(site, true).filter(({ table }) => table === 'option_snapshots')
}

function replacedData(site: Site): WrittenData[] {
  return dataOf(site, false)
}

function smallData(site: Site): WrittenData[] {
  return dataOf(site, true).filter(({ table }) => table !== 'option_snapshots')
}

/** Whether a file has several slots. */
function isCompacted({ rows }: WrittenData): boolean {
  return new Set([...rows.keys()].map((key) => key.slice(0, key.indexOf('+')))).size > 1
}

async function emptyFiles(site: Site): Promise<void> {
  const all = [...dataOf(site, true), ...dataOf(site, false)]
  const count = 1 + Math.floor(site.random() * 3)
  for (let n = 0; n < count; n++) await writeFile(join(site.folder, pick(all, site.random).path), '')
}

async function exchangeData(site: Site): Promise<void> {
  const all = [...activeData(site), ...dataOf(site, false)]
  const target = pick(activeData(site), site.random)
  const other = pick(
    all.filter(({ path, table }) => path !== target.path && table === target.table),
    site.random,
  )
  await copyFile(join(site.folder, other.path), join(site.folder, target.path))
}

async function removeFolder(site: Site): Promise<void> {
  const { random, folder } = site
  const partitions = [...new Set(activeData(site).map(({ path }) => dirname(path)))]
  const folders = [...partitions, 'market_metrics', 'slots', 'daily_observations', 'slots/_delta_log']
  await rm(join(folder, random() < 0.5 ? pick(partitions, random) : pick(folders, random)), {
    recursive: true,
  })
}

async function spoilBoth(site: Site): Promise<void> {
  await spoilCommit(site, pick(newSnapshotCommits(site), site.random))
  await spoilData(site, dataOf(site, true))
}
