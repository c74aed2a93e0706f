import { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The files that can be damaged, as paths below the table's folder. */
export interface Target {
  readonly table: string
  /** Data files in use. */
  readonly data: readonly string[]
  /** Commits that no checkpoint covers. */
  readonly commits: readonly string[]
  /** The newest checkpoint. */
  readonly checkpoint: string
}

/** One kind of damage to a lake. */
export interface Damage {
  readonly name: string
  /** Whether it damages data or the log: without a log no data can be trusted. */
  readonly of: 'data' | 'log'
  /** Does the damage, and returns the data files whose rows are lost. */
  inflict(target: Target, random: () => number): Promise<readonly string[]>
}

/** Bytes at the end of a Parquet file: the footer's length and the magic number. */
const TAIL_BYTES = 8
const BLOCK_BYTES = 512

export const DAMAGES: readonly Damage[] = [
  damage('data file deleted', 'data', async (path) => rm(path)),
  damage('data file cut short', 'data', rewrite(cut)),
  damage(
    'data file emptied',
    'data',
    rewrite(() => Buffer.alloc(0)),
  ),
  damage(
    'bit flipped in the data',
    'data',
    rewrite((bytes, random) => flip(bytes, random, pagesOf(bytes))),
  ),
  damage(
    'bit flipped in the footer',
    'data',
    rewrite((bytes, random) => flip(bytes, random, footerOf(bytes))),
  ),
  damage('block of a data file zeroed', 'data', rewrite(zeroBlock)),
  { name: 'two data files exchanged', of: 'data', inflict: exchange },
  {
    name: 'foreign file in a partition',
    of: 'data',
    inflict: async ({ table, data }, random) => {
      await addForeign(join(table, pick(data, random)))
      return []
    },
  },
  damage('commit missing', 'log', async (path) => rm(path)),
  damage('commit cut short', 'log', rewrite(cut)),
  damage(
    'bit flipped in a commit',
    'log',
    rewrite((bytes, random) => flip(bytes, random, { from: 0, to: bytes.length })),
  ),
  {
    name: 'bit flipped in the checkpoint',
    of: 'log',
    inflict: async ({ table, checkpoint }, random) => {
      const change = rewrite((bytes) => flip(bytes, random, { from: 0, to: bytes.length }))
      await change(join(table, checkpoint), random)
      return []
    },
  },
]

type Change = (path: string, random: () => number) => Promise<void>

/** Damage to one file, any of its kind. */
function damage(name: string, of: Damage['of'], change: Change): Damage {
  return {
    name,
    of,
    inflict: async ({ table, data, commits }, random) => {
      const path = pick(of === 'data' ? data : commits, random)
      await change(join(table, path), random)
      return of === 'data' ? [path] : []
    },
  }
}

function rewrite(change: (bytes: Buffer, random: () => number) => Buffer): Change {
  return async (path, random) => writeFile(path, change(await readFile(path), random))
}

export function cut(bytes: Buffer, random: () => number): Buffer {
  return bytes.subarray(0, 1 + Math.floor(random() * (bytes.length - 1)))
}

interface Range {
  readonly from: number
  readonly to: number
}

function pagesOf(bytes: Buffer): Range {
  return { from: 4, to: footerOf(bytes).from }
}

function footerOf(bytes: Buffer): Range {
  const end = bytes.length - TAIL_BYTES
  return { from: end - bytes.readUInt32LE(end), to: end }
}

export function flip(
  bytes: Buffer,
  random: () => number,
  { from, to }: Range = { from: 0, to: bytes.length },
): Buffer {
  const at = from + Math.floor(random() * (to - from))
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at)
  return bytes
}

/** A lost sector. A block that is zero already would not be damaged. */
function zeroBlock(bytes: Buffer, random: () => number): Buffer {
  for (;;) {
    const from = Math.floor((random() * bytes.length) / BLOCK_BYTES) * BLOCK_BYTES
    const block = bytes.subarray(from, from + BLOCK_BYTES)
    if (block.every((byte) => byte === 0)) continue
    block.fill(0)
    return bytes
  }
}

async function exchange({ table, data }: Target, random: () => number): Promise<readonly string[]> {
  const one = pick(data, random)
  const other = pick(
    data.filter((path) => path !== one),
    random,
  )
  const [first, second] = [join(table, one), join(table, other)]
  await rename(first, `${first}.aside`)
  await rename(second, first)
  await rename(`${first}.aside`, second)
  return [one, other]
}

/** A whole Parquet file that is in no commit: a glob would count its rows twice. */
async function addForeign(path: string): Promise<void> {
  const foreign = join(dirname(path), 'part-0.parquet')
  await writeFile(foreign, await readFile(path))
  // A younger one may be about to be committed.
  const twoDaysAgo = (Date.now() - 2 * 24 * 3_600_000) / 1_000
  await utimes(foreign, twoDaysAgo, twoDaysAgo)
}

export function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)] as T
}
