import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type BackupOptions, backup } from '../../../src/lake/backup/backup.ts'
import { restoreBackup } from '../../../src/lake/backup/restore-backup.ts'
import { repair } from '../../../src/lake/check/repair/repair.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { lockForWriting } from '../../../src/lake/delta.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

const WRITTEN_BY_0_1 = resolve(import.meta.dirname, '../../fixtures/lake-0.1')
const DEFAULTS: BackupOptions = { clock: systemClock, copy: false, verify: false, prune: false }
const RESTORE = { clock: systemClock, copy: false, replaceDamaged: false }

const observation = {
  symbol: 'SPY',
  date: DAY,
  source: 'chain',
  iv30: 0.2,
  close: 600,
  vix: 17,
  cycles: 3,
  recorded_at: after(0),
  definition_version: null,
  ...NO_DAILY_PRICES,
} as const

/** A lake with slots `from` … `to` − 1 of two symbols, and an observation. */
async function store(lake: Lake, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) {
    await append(lake, slotOf({ SPY: chain(20), QQQ: chain(10) }, after(at)))
  }
  await upsert(lake, DAILY_OBSERVATIONS, [{ ...observation, cycles: to }])
}

/** Everything a reader sees, as text. */
async function contentsOf(folder: string): Promise<string> {
  const lake = await readingLake(folder)
  const { rows } = await sql(
    lake,
    'SELECT * EXCLUDE (timestamp, quoted_at), epoch_ms(timestamp) AS t FROM option_snapshots ORDER BY ALL',
  )
  return JSON.stringify([rows, await slots(lake), await readRows(lake, DAILY_OBSERVATIONS)])
}

async function findingsOf(folder: string): Promise<readonly unknown[]> {
  return (await verify(folder, { clock: systemClock })).findings
}

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    ({ exitCode, message }: { exitCode: number; message: string }) => ({ exitCode, message }),
  )
}

test('a backup reads like the lake, only new files are copied, and a restored lake is the same', async () => {
  const outside = temporaryFolder()
  const target = join(outside, 'backup')
  const lake = await temporaryLake(join(outside, 'lake'))
  await store(lake, 0, 3)
  await checkpointNow(lake)
  const first = await backup(lake.layout.root, target, { ...DEFAULTS, verify: true })
  expect(first).toMatchObject({ unchanged: { files: 0 }, copied: { files: 0 }, unproven: 0, findings: [] })
  expect(first.linked.files).toBe(first.files)
  expect(first.verified).toBe(first.files)
  expect(await contentsOf(target)).toBe(await contentsOf(lake.layout.root))

  await store(lake, 3, 5)
  await compact(lake, { scope: { kind: 'all' } })
  const before = await contentsOf(lake.layout.root)
  const second = await backup(lake.layout.root, target, { ...DEFAULTS, copy: true })
  expect(second.copied.files).toBe(second.files)
  const shared = filesBelow(target).filter((path) => statSync(join(target, path)).nlink > 1)
  expect(shared).toEqual([])
  const third = await backup(lake.layout.root, target, { ...DEFAULTS, copy: true })
  expect(third).toMatchObject({
    copied: { files: 0 },
    unchanged: { files: second.files },
    verified: 0,
    unproven: 0,
  })
  expect(await contentsOf(target)).toBe(before)
  expect(await findingsOf(target)).toEqual([])

  await lake.close()
  rmSync(lake.layout.root, { recursive: true })
  const restored = await restoreBackup(target, lake.layout.root, RESTORE)
  expect(restored).toMatchObject({ files: second.files, unchanged: { files: 0 }, movedTo: null })
  expect(await contentsOf(lake.layout.root)).toBe(before)
  expect(await findingsOf(lake.layout.root)).toEqual([])
  const again = await temporaryLake(lake.layout.root)
  expect(again.cleared).toEqual({ deleted: [], quarantined: [] })
  await store(again, 5, 6)
  await backup(lake.layout.root, target, DEFAULTS)
  expect(await contentsOf(target)).toBe(await contentsOf(lake.layout.root))
})

test('a backup keeps the files that the lake has deleted, until it is pruned', async () => {
  const outside = temporaryFolder()
  const target = join(outside, 'backup')
  const lake = await temporaryLake(join(outside, 'lake'), { maintenance: { removedRetentionDays: 0 } })
  await store(lake, 0, 4)
  await backup(lake.layout.root, target, DEFAULTS)
  await compact(lake, { scope: { kind: 'all' } })
  const { deleted } = await vacuum(lake, { retentionMs: -1 })
  expect(deleted.length).toBeGreaterThan(7)
  const kept = await backup(lake.layout.root, target, DEFAULTS)
  expect(kept.kept.files).toBe(deleted.length)
  expect(deleted.every((path) => existsSync(join(target, path)))).toBe(true)
  // The log has forgotten them.
  await checkpointNow(lake)
  const forgotten = await backup(lake.layout.root, target, DEFAULTS)
  expect(forgotten.kept.files).toBe(deleted.length)
  expect(
    deleted.filter((path) => path.startsWith('option_snapshots') && existsSync(join(target, path))),
  ).toEqual([])
  expect(await findingsOf(target)).toEqual([])
  const pruned = await backup(lake.layout.root, target, { ...DEFAULTS, prune: true })
  expect(pruned).toMatchObject({ kept: { files: 0 }, pruned: { files: deleted.length } })
  expect(
    filesBelow(target).filter((path) => path.endsWith('.parquet') && !path.includes('checkpoint')).length,
  ).toBe(pruned.files)
  expect(await contentsOf(target)).toBe(await contentsOf(lake.layout.root))
})

test('a damaged file of the lake does not reach the backup, and --verify replaces a damaged file of the backup', async () => {
  const outside = temporaryFolder()
  const target = join(outside, 'backup')
  const lake = await temporaryLake(join(outside, 'lake'))
  await store(lake, 0, 2)
  await backup(lake.layout.root, target, { ...DEFAULTS, copy: true })
  const before = await contentsOf(target)
  const flip = (path: string) => {
    const bytes = readFileSync(path)
    bytes[100] = 255 - (bytes[100] as number)
    writeFileSync(path, bytes)
  }
  const file = filesBelow(target).find((path) => path.includes('symbol=SPY')) as string
  flip(join(target, file))
  await backup(lake.layout.root, target, { ...DEFAULTS, copy: true })
  expect(await findingsOf(target)).toMatchObject([{ kind: 'damaged_file' }])
  const repaired = await backup(lake.layout.root, target, { ...DEFAULTS, copy: true, verify: true })
  expect(repaired).toMatchObject({ copied: { files: 1 }, findings: [] })
  expect(await contentsOf(target)).toBe(before)

  await store(lake, 2, 3)
  const fresh = filesBelow(lake.layout.root).find((path) => /symbol=SPY.*1540Z/.test(path)) as string
  flip(join(lake.layout.root, fresh))
  const path = join(lake.layout.root, fresh)
  expect(await refusalOf(backup(lake.layout.root, target, DEFAULTS))).toEqual({
    exitCode: 74,
    message: `cannot copy ${path}: it is damaged, its checksum differs; run optionlake repair, then try again`,
  })
  rmSync(path)
  expect(await refusalOf(backup(lake.layout.root, target, DEFAULTS))).toEqual({
    exitCode: 74,
    message: `cannot copy ${path}: it is missing; run optionlake repair, then try again`,
  })
  expect(await contentsOf(target)).toBe(before)
})

test('a backup is refused where it would do harm', async () => {
  const outside = temporaryFolder()
  const root = join(outside, 'lake')
  const lake = await temporaryLake(root)
  await store(lake, 0, 1)
  const to = (target: string) => refusalOf(backup(root, target, DEFAULTS))
  const advice = 'use a folder elsewhere, best on another disk'
  expect(await to(join(root, 'backup'))).toEqual({
    exitCode: 64,
    message: `the backup folder ${root}/backup is inside the lake ${root}: ${advice}`,
  })
  expect(await to(outside)).toEqual({
    exitCode: 64,
    message: `the backup folder ${outside} contains the lake ${root}: ${advice}`,
  })
  expect(await to(root)).toEqual({
    exitCode: 64,
    message: `the backup folder ${root} is the lake itself: ${advice}`,
  })
  const other = join(outside, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'notes.txt'), 'mine')
  expect(await to(other)).toEqual({
    exitCode: 73,
    message: `${other} has other files and is not a backup: use an empty or a new folder`,
  })
  const target = join(outside, 'backup')
  await backup(root, target, DEFAULTS)
  const lock = await lockForWriting(target)
  expect(await to(target)).toMatchObject({ exitCode: 75 })
  await lock.release()
  const second = await temporaryLake(join(outside, 'second'))
  await store(second, 0, 1)
  expect(await refusalOf(backup(second.layout.root, target, DEFAULTS))).toEqual({
    exitCode: 78,
    message: `${target} is the backup of another lake: use another folder`,
  })
  const real = await openLake(join(outside, 'ib'), { mode: 'write', source: 'ib', clock: systemClock })
  await real.close()
  expect(await refusalOf(backup(real.layout.root, target, DEFAULTS))).toEqual({
    exitCode: 78,
    message: `${target} is the backup of a lake of source "simulated", this one has source "ib": use another folder`,
  })
  expect(await refusalOf(repair(target, { clock: systemClock, dryRun: false }))).toMatchObject({
    exitCode: 78,
  })
  expect(
    await refusalOf(openLake(target, { mode: 'write', source: 'simulated', clock: systemClock })),
  ).toEqual({
    exitCode: 78,
    message: `${target} is a backup and is not written to: restore it first: optionlake restore --from ${target}`,
  })
})

test('a backup does not go back to an older lake', async () => {
  const outside = temporaryFolder()
  const [target, older, root] = [join(outside, 'backup'), join(outside, 'older'), join(outside, 'lake')]
  const lake = await temporaryLake(root)
  await store(lake, 0, 1)
  await backup(root, older, DEFAULTS)
  await store(lake, 1, 3)
  await backup(root, target, DEFAULTS)
  const before = await contentsOf(target)
  await lake.close()
  rmSync(root, { recursive: true })
  await restoreBackup(older, root, RESTORE)
  expect(await refusalOf(backup(root, target, DEFAULTS))).toMatchObject({ exitCode: 78 })
  const again = await temporaryLake(root)
  await store(again, 5, 9)
  const refused = (await refusalOf(backup(root, target, DEFAULTS))) as { message: string }
  expect(refused.message).toMatch(
    /has another version \d+, the backup is at version \d+, so it has rows that the lake lacks/,
  )
  expect(await contentsOf(target)).toBe(before)
})

test('a restore never overwrites a lake, and moves a damaged one aside only if it is told to', async () => {
  const outside = temporaryFolder()
  const [target, root] = [join(outside, 'backup'), join(outside, 'lake')]
  const lake = await temporaryLake(root)
  await store(lake, 0, 2)
  await backup(root, target, { ...DEFAULTS, copy: true })
  const before = await contentsOf(root)
  await lake.close()
  expect(await refusalOf(restoreBackup(target, root, RESTORE))).toMatchObject({ exitCode: 73 })
  expect(await refusalOf(restoreBackup(target, root, { ...RESTORE, replaceDamaged: true }))).toEqual({
    exitCode: 73,
    message: `${root} has a lake in which verify finds nothing: move it away yourself, or restore into another folder with --lake`,
  })
  rmSync(join(root, filesBelow(root).find((path) => path.includes('symbol=QQQ')) as string))
  expect(await refusalOf(restoreBackup(target, root, RESTORE))).toEqual({
    exitCode: 73,
    message: `${root} has a lake: restore into another folder with --lake, or, if it is damaged, add --replace-damaged`,
  })
  const { movedTo } = await restoreBackup(target, root, { ...RESTORE, replaceDamaged: true })
  expect(readdirSync(movedTo as string).sort()).toEqual(['daily_observations', 'option_snapshots'])
  expect(await contentsOf(root)).toBe(before)
  expect(await findingsOf(root)).toEqual([])

  const files = join(outside, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'notes.txt'), 'mine')
  expect(await refusalOf(restoreBackup(target, files, RESTORE))).toEqual({
    exitCode: 73,
    message: `${files} has other files: restore into an empty or a new folder`,
  })
  expect(await refusalOf(restoreBackup(join(outside, 'none'), root, RESTORE))).toMatchObject({ exitCode: 78 })
})

test('an unfinished restore keeps the lake closed, and is continued', async () => {
  const outside = temporaryFolder()
  const [target, root] = [join(outside, 'backup'), join(outside, 'lake')]
  const lake = await temporaryLake(root)
  await store(lake, 0, 3)
  await backup(root, target, DEFAULTS)
  const before = await contentsOf(root)
  await lake.close()
  rmSync(root, { recursive: true })
  const stopping = new AbortController()
  const onProgress = (done: number) => {
    if (done === 4) stopping.abort(new Error('stopped'))
  }
  await expect(
    restoreBackup(target, root, { ...RESTORE, signal: stopping.signal, onProgress }),
  ).rejects.toThrow('stopped')
  for (const mode of ['read', 'write'] as const) {
    expect(await refusalOf(openLake(root, { mode, source: 'simulated', clock: systemClock }))).toMatchObject({
      exitCode: 75,
    })
  }
  const { unchanged } = await restoreBackup(target, root, RESTORE)
  expect(unchanged.files).toBe(5)
  expect(await contentsOf(root)).toBe(before)
  expect(filesBelow(root).filter((path) => path.includes('restoring'))).toEqual([])
})

test('a backup made before an upgrade gives back, byte by byte, the lake that the older program wrote', async () => {
  const outside = temporaryFolder()
  const [root, target, old] = [join(outside, 'lake'), join(outside, 'backup'), join(outside, 'old')]
  cpSync(WRITTEN_BY_0_1, root, { recursive: true })
  const tablesOf = (folder: string) =>
    filesBelow(folder)
      .filter((path) => !path.startsWith('.'))
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex'),
      ])
  const before = tablesOf(root)
  const { unproven } = await backup(root, target, { ...DEFAULTS, verify: true })
  expect([unproven, tablesOf(root)]).toEqual([0, before])
  // The newer program writes: a slot, a compacted day, a checkpoint.
  const lake = await temporaryLake(root)
  await append(lake, slotOf({ SPY: chain(20) }, after(100)))
  await compact(lake, { scope: { kind: 'all' } })
  await checkpointNow(lake)
  expect(tablesOf(root)).not.toEqual(before)
  await restoreBackup(target, old, RESTORE)
  expect(tablesOf(old)).toEqual(before)
})

test('a log of which only the checkpoint is left is backed up', async () => {
  const outside = temporaryFolder()
  const [root, target] = [join(outside, 'lake'), join(outside, 'backup')]
  const lake = await temporaryLake(root)
  await store(lake, 0, 2)
  await checkpointNow(lake)
  const before = await contentsOf(root)
  for (const path of filesBelow(root)) {
    if (/option_snapshots.*\d{20}\.json$/.test(path)) rmSync(join(root, path))
  }
  expect((await backup(root, target, DEFAULTS)).versions.option_snapshots).toBe(2)
  expect(await contentsOf(target)).toBe(before)
})

test('a file that the lake deletes during the backup makes it continue with a newer version', async () => {
  const outside = temporaryFolder()
  const [root, later, target] = [join(outside, 'lake'), join(outside, 'later'), join(outside, 'backup')]
  const lake = await temporaryLake(root)
  await store(lake, 0, 3)
  await lake.close()
  cpSync(root, later, { recursive: true, preserveTimestamps: true })
  const writer = await temporaryLake(later)
  await compact(writer, { scope: { kind: 'all' } })
  await vacuum(writer, { retentionMs: -1 })
  let attempts = 0
  const onProgress = (done: number) => {
    if (done !== 1 || ++attempts > 1) return
    cpSync(later, root, { recursive: true, preserveTimestamps: true })
    const left = new Set(filesBelow(later))
    for (const path of filesBelow(root)) if (!left.has(path)) rmSync(join(root, path))
  }
  const { versions } = await backup(root, target, { ...DEFAULTS, onProgress })
  expect([attempts, versions.option_snapshots]).toEqual([2, writer.snapshots.state.version])
  expect(await contentsOf(target)).toBe(await contentsOf(later))
  expect(await findingsOf(target)).toEqual([])
})

test('across file systems files are copied, with their times', async () => {
  const outside = temporaryFolder()
  const root = join(outside, 'lake')
  const lake = await temporaryLake(root)
  await store(lake, 0, 1)
  const target = join(outside, 'backup')
  const { copied } = await backup(root, target, { ...DEFAULTS, copy: true })
  expect(copied.files).toBe(3)
  const file = filesBelow(root).find((path) => path.includes('symbol=SPY')) as string
  const [ours, theirs] = [statSync(join(root, file)), statSync(join(target, file))]
  expect(theirs.ino).not.toBe(ours.ino)
  expect(Math.abs(theirs.mtimeMs - ours.mtimeMs)).toBeLessThan(1)
  const moved = join(outside, 'moved')
  cpSync(target, moved, { recursive: true, verbatimSymlinks: true })
  expect(await contentsOf(moved)).toBe(await contentsOf(root))
})
