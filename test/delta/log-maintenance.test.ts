import {
  cpSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  append,
  checkpointName,
  checkpointVersionOf,
  cleanUpLog,
  commitName,
  commitVersionOf,
  createTable,
  type DeltaTable,
  LAST_CHECKPOINT,
  loadTable,
  lockForWriting,
  readVersion,
  refresh,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

/** A table of one file a version, the commit of version n last modified n minutes after the epoch. */
async function makeTable(
  { newest, checkpoints }: { newest: number; checkpoints: readonly number[] },
  folder = temporaryFolder(),
): Promise<DeltaTable> {
  const table = await createTable(folder, {
    columns: [{ name: 'price', type: 'double', nullable: false }],
  })
  for (let version = 1; version <= newest; version++) {
    await append(table, [{ path: `${version}.parquet`, size: 1 }])
    if (!checkpoints.includes(version)) continue
    await writeCheckpoint(table)
    utimesSync(join(table.logFolder, checkpointName(version)), version * 60, version * 60)
  }
  for (let version = 0; version <= newest; version++) {
    utimesSync(join(table.logFolder, commitName(version)), version * 60, version * 60)
  }
  return table
}

let fifteen: string
beforeAll(async () => {
  fifteen = mkdtempSync(join(tmpdir(), 'optionlake-log-'))
  await makeTable({ newest: 14, checkpoints: [3, 6, 10, 12, 13] }, fifteen)
  return () => rmSync(fifteen, { recursive: true })
})

/** A copy of a table of fifteen versions, which takes a while to write. */
function fifteenVersions(): Promise<DeltaTable> {
  const folder = temporaryFolder()
  cpSync(fifteen, folder, { recursive: true, preserveTimestamps: true })
  return loadTable(folder)
}

const minutes = (count: number) => count * 60_000
const sorted = (versions: readonly (number | null)[]) =>
  versions.filter((version) => version !== null).sort((a, b) => a - b)
const commitsOf = ({ logFolder }: DeltaTable) => sorted(readdirSync(logFolder).map(commitVersionOf))
const checkpointsOf = ({ logFolder }: DeltaTable) => sorted(readdirSync(logFolder).map(checkpointVersionOf))

test.each([0.5, 3, 6.5, 7, 9.5, 10, 10.5, 12.5, 14, 17, 40])(
  'after a clean-up, every version since minute %d can be loaded',
  async (cut) => {
    const table = await fifteenVersions()
    await cleanUpLog(table, { before: minutes(cut) })
    // The version that was current at that time, and all later ones.
    for (let version = Math.min(Math.ceil(cut) - 1, 14); version <= 14; version++) {
      expect((await readVersion(table, version)).files.size).toBe(version)
    }
    expect(checkpointsOf(table).slice(-2)).toEqual([12, 13])
    expect(commitsOf(table)).toContain(12)
  },
)

test('clean-up deletes what is older than the newest checkpoint before the cut', async () => {
  const table = await fifteenVersions()
  expect(await cleanUpLog(table, { before: minutes(9) })).toEqual({
    commits: [0, 1, 2, 3, 4, 5],
    checkpoints: [3],
  })
  expect(await cleanUpLog(table, { before: minutes(40) })).toEqual({
    commits: [6, 7, 8, 9, 10, 11],
    checkpoints: [6, 10],
  })
})

test.each([
  ['without a hint', (path: string) => rmSync(path)],
  ['with a damaged hint', (path: string) => writeFileSync(path, '{"version":')],
  ['with the hint of an older checkpoint', (path: string) => writeFileSync(path, '{"version":2,"size":4}')],
])('a reader left behind by a clean-up catches up %s', async (_what, spoil) => {
  const table = await makeTable({ newest: 2, checkpoints: [2] })
  const reader = await loadTable(table.folder)
  for (const version of [3, 4, 5]) {
    await append(table, [{ path: `${version}.parquet`, size: 1 }])
    await writeCheckpoint(table)
  }
  expect((await cleanUpLog(table, { before: Date.now() + minutes(1) })).commits).toEqual([0, 1, 2, 3])
  spoil(join(table.logFolder, LAST_CHECKPOINT))
  expect(await refresh(reader)).toMatchObject({ version: 5 })
  expect(reader.state.files.size).toBe(5)
})

test('a table opened before its first commit notices a log that was cleaned since', async () => {
  const table = await makeTable({ newest: 3, checkpoints: [3] })
  const aside = temporaryFolder()
  const names = readdirSync(table.logFolder)
  for (const name of names) renameSync(join(table.logFolder, name), join(aside, name))
  const reader = await loadTable(table.folder)
  expect(reader.state.version).toBe(-1)
  for (const name of names.slice(3)) renameSync(join(aside, name), join(table.logFolder, name))
  expect(await refresh(reader)).toMatchObject({ version: 3 })
})

test('a reader is told when the newest commit that it read is gone', async () => {
  const table = await makeTable({ newest: 2, checkpoints: [] })
  rmSync(join(table.logFolder, commitName(2)))
  await expect(refresh(table)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringMatching(/00000000000000000002\.json: it is missing, and was there before/),
  })
})

test('the lock is the same under every path of a folder', async () => {
  const folder = temporaryFolder()
  const link = join(temporaryFolder(), 'link')
  symlinkSync(folder, link)
  const lock = await lockForWriting(folder, 'trades')
  await expect(lockForWriting(link, 'trades')).rejects.toMatchObject({ code: 'locked' })
  await lock.release()
  const other = await lockForWriting(link, 'trades')
  await expect(lockForWriting(folder, 'trades')).rejects.toMatchObject({ code: 'locked' })
  await other.release()
})
