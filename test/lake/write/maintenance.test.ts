import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { checkpointName, commitName, LAST_CHECKPOINT } from '../../../src/delta/index.ts'
import { layoutOf } from '../../../src/lake/layout.ts'
import { currentState, type Lake, openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots, stats } from '../../../src/lake/query/stats.ts'
import { checkpointNow, storeLedger } from '../../../src/lake/tables/ledger.ts'
import { append, type StoredSlot } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, slotOf } from '../slots.ts'

const EVERY_FOUR = { checkpointEvery: 4 }
/** Cleans whatever checkpoints cover. */
const AT_ONCE = { checkpointEvery: 4, logRetentionDays: -1 }

async function fill(lake: Lake, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await append(lake, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(n)))
}

/** The content of a lake according to its logs: data files, ledger, statistics. */
async function sightOf(lake: Lake) {
  const { files } = await currentState(lake)
  return { files: [...files.values()], slots: await slots(lake), stats: await stats(lake) }
}

function commitsIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => Number.parseInt(name, 10))
}

test('after a number of commits a checkpoint replaces the commits before it', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder, { maintenance: EVERY_FOUR })
  await append(lake, slotOf({ SPY: chain(20) }))
  await append(lake, slotOf({ SPY: chain(25) }))
  await fill(lake, 1, 7)
  const before = await sightOf(lake)
  expect(existsSync(join(lake.layout.log, checkpointName(7)))).toBe(true)
  for (let version = 0; version < 8; version++) rmSync(join(lake.layout.log, commitName(version)))
  const reader = await readingLake(folder)
  expect(reader.snapshots).toMatchObject({ checkpoint: 7, faults: [] })
  expect(await sightOf(reader)).toEqual(before)
  const counted = await sql(reader, 'SELECT count(*), count(DISTINCT timestamp) FROM option_snapshots')
  expect(counted.rows).toEqual([[25 + 6 * 30, 7]])
  expect([...reader.snapshots.state.removed.keys()]).toEqual([...lake.snapshots.state.removed.keys()])
})

test('a slot is told as stored before its log is maintained', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder, { maintenance: { checkpointEvery: 1 } })
  const told: (readonly [StoredSlot, number])[] = []
  const { maintenance, ...stored } = await append(lake, slotOf({ SPY: chain(20) }), (one) =>
    told.push([one, lake.snapshots.checkpoint]),
  )
  expect(maintenance.kind).toBe('done')
  expect(told).toEqual([[stored, -1]])
})

test('a checkpoint can be written at any time', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await fill(lake, 0, 2)
  expect((await checkpointNow(lake)).checkpoint).toMatchObject({ version: 2, files: 4, removed: 0 })
  expect((await readingLake(folder)).snapshots.checkpoint).toBe(2)
})

/** A lake with checkpoints 3 and 7, closed; made once and copied. */
let eight: string
beforeAll(async () => {
  eight = mkdtempSync(join(tmpdir(), 'optionlake-checkpoints-'))
  const lake = await openLake(eight, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: EVERY_FOUR,
  })
  await fill(lake, 0, 8)
  await lake.close()
  return () => rmSync(eight, { recursive: true })
})

const WRONG_CHECKPOINTS: [string, (log: string) => void, string][] = [
  ['missing', (log) => rmSync(join(log, checkpointName(7))), 'it is missing'],
  ['cut short', (log) => truncateSync(join(log, checkpointName(7)), 400), 'it has 400 bytes'],
  ['flipped in one bit', (log) => flip(join(log, checkpointName(7)), 300), 'it is'],
  [
    'an older one under its name',
    (log) => copyFileSync(join(log, checkpointName(3)), join(log, checkpointName(7))),
    'bytes, _last_checkpoint says',
  ],
  [
    'an older one under its name, of the recorded size',
    (log) => {
      copyFileSync(join(log, checkpointName(3)), join(log, checkpointName(7)))
      changeHint(log, { sizeInBytes: statSync(join(log, checkpointName(7))).size })
    },
    'its checksum differs',
  ],
  ['of other rows than recorded', (log) => changeHint(log, { size: 3 }), 'rows, _last_checkpoint says 3'],
  [
    'of other files than recorded',
    (log) => changeHint(log, { numOfAddFiles: 1 }),
    'files, _last_checkpoint says 1',
  ],
  ['newer than the log', (log) => changeHint(log, { version: 70 }), 'it contradicts the log'],
  ['missing one of its parts', (log) => changeHint(log, { parts: 2 }), 'it is missing'],
  ['recorded in half a line', (log) => truncateSync(join(log, LAST_CHECKPOINT), 20), 'it is truncated'],
]

test.each(WRONG_CHECKPOINTS)(
  'a checkpoint that is %s is reported, ignored, and soon replaced',
  async (_what, spoil, why) => {
    const folder = temporaryFolder()
    cpSync(eight, folder, { recursive: true })
    const before = await sightOf(await readingLake(folder))
    spoil(layoutOf(folder).log)
    const reader = await readingLake(folder)
    expect(reader.snapshots.faults[0]?.why).toContain(why)
    expect(reader.snapshots.faults[0]?.path).toMatch(
      /_delta_log\/(_last_checkpoint|\d{20}\.checkpoint\.(\d{10}\.\d{10}\.)?parquet)$/,
    )
    expect(await sightOf(reader)).toEqual(before)
    const writer = await temporaryLake(folder, { maintenance: { checkpointEvery: 1000 } })
    expect((await append(writer, slotOf({ SPY: chain(20) }, after(9)))).maintenance.kind).toBe('done')
    expect((await readingLake(folder)).snapshots).toMatchObject({ checkpoint: 9, faults: [] })
  },
)

test('after clean-up, the previous checkpoint and the commits since replace a damaged checkpoint', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder, { maintenance: AT_ONCE })
  await fill(lake, 0, 13)
  const before = await sightOf(lake)
  expect(commitsIn(lake.layout.log)[0]).toBe(7)
  flip(join(lake.layout.log, checkpointName(11)), 300)
  const reader = await readingLake(folder)
  expect(reader.snapshots).toMatchObject({
    checkpoint: 7,
    faults: [{ why: expect.stringMatching(/^it is/) }],
  })
  expect(await sightOf(reader)).toEqual(before)
})

test('a damaged checkpoint that nothing can replace is a failure that names it, and nothing is deleted', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: AT_ONCE,
  })
  await fill(lake, 0, 13)
  await lake.close()
  for (const version of [7, 11]) {
    const path = join(lake.layout.log, checkpointName(version))
    flip(path, statSync(path).size >> 1)
  }
  const before = filesBelow(folder)
  for (const mode of ['read', 'write'] as const) {
    const opening = openLake(folder, { mode, source: 'simulated', clock: systemClock })
    await expect(opening).rejects.toMatchObject({
      exitCode: 74,
      message: expect.stringMatching(/00011\.checkpoint\.parquet: it is .* the commits before it are gone/),
    })
  }
  expect(filesBelow(folder)).toEqual(before)
})

test('a reader whose next commits were cleaned up continues from the checkpoint', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder, { maintenance: AT_ONCE })
  await fill(lake, 0, 2)
  const reader = await readingLake(folder)
  await fill(lake, 2, 14)
  expect(commitsIn(lake.layout.log)[0]).toBeGreaterThan(3)
  expect(await sightOf(reader)).toEqual(await sightOf(lake))
})

test('stopped after any step of checkpoint and clean-up, the lake is unchanged and can be written', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder, { maintenance: { checkpointEvery: 1000, logRetentionDays: -1 } })
  const { log } = lake.layout
  const same = async () => expect(await sightOf(await readingLake(folder))).toEqual(await sightOf(lake))
  await fill(lake, 0, 4)
  await storeLedger(lake)
  await same()
  await checkpointNow(lake)
  const pointer = readFileSync(join(log, LAST_CHECKPOINT))
  await fill(lake, 4, 8)
  await checkpointNow(lake)
  // The checkpoint exists, and the hint still names the previous one.
  writeFileSync(join(log, LAST_CHECKPOINT), pointer)
  await same()
  rmSync(join(log, LAST_CHECKPOINT))
  await same()
  await checkpointNow(lake)
  expect(commitsIn(log)).toEqual([4, 5, 6, 7, 8])
  rmSync(join(log, commitName(4)))
  await same()
  await fill(lake, 8, 9)
  await same()
})

test('recent commits stay, and so do those whose slots are not stored in the ledger yet', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: EVERY_FOUR,
  })
  await fill(lake, 0, 13)
  await lake.close()
  expect(commitsIn(lake.layout.log)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
  rmSync(join(folder, 'slots'), { recursive: true })
  const without = await temporaryLake(folder, { maintenance: { checkpointEvery: 1000 } })
  expect(await slots(without)).toHaveLength(26)
  await checkpointNow(without)
  expect(await slots(await readingLake(folder))).toHaveLength(26)
})

test('the record of a replaced file stays until the file is deleted and the retention is over', async () => {
  const folder = temporaryFolder()
  const maintenance = { checkpointEvery: 1000, removedRetentionDays: -1 }
  const lake = await temporaryLake(folder, { maintenance })
  await append(lake, slotOf({ SPY: chain(20) }))
  await append(lake, slotOf({ SPY: chain(20) }))
  const [replaced] = [...lake.snapshots.state.removed.keys()]
  expect((await checkpointNow(lake)).checkpoint.removed).toBe(1)
  rmSync(join(lake.layout.table, replaced as string))
  expect((await checkpointNow(lake)).checkpoint.removed).toBe(0)
  expect(lake.snapshots.state.removed.size).toBe(0)
  expect((await readingLake(folder)).snapshots.state.removed.size).toBe(0)
})

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
}

function changeHint(log: string, change: Record<string, unknown>): void {
  const path = join(log, LAST_CHECKPOINT)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
}
