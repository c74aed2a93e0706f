import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { commitName } from '../../src/delta/index.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { checkpointNow } from '../../src/lake/tables/ledger.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import { filesBelow, temporaryFolder } from './lakes.ts'
import { chain, DAY, slotOf } from './slots.ts'

const HOUR_MS = 3_600_000
const PARTITION = `symbol=SPY/date=${DAY}`
const open = (folder: string) => openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })

/** A file that a writer left behind. */
function leave(path: string, hoursAgo: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x')
  const then = new Date(Date.now() - hoursAgo * HOUR_MS)
  utimesSync(path, then, then)
}

test('old unfinished files are deleted at opening, even in a table that is not read', async () => {
  const folder = temporaryFolder()
  await (await open(folder)).close()
  const log = join(folder, 'daily_observations', '_delta_log')
  leave(join(log, '.tmp-1'), 25)
  leave(join(log, '.tmp-2'), 23)
  leave(join(folder, 'option_snapshots', PARTITION, '.tmp-3.part0'), 25)
  leave(join(log, 'notes'), 25)
  leave(join(folder, 'mine', '.tmp-1'), 25)
  const lake = await open(folder)
  await lake.close()
  expect(lake.cleared.deleted).toEqual([
    `${PARTITION}/.tmp-3.part0`,
    '../daily_observations/_delta_log/.tmp-1',
  ])
  expect(filesBelow(join(folder, 'daily_observations'))).toEqual(['_delta_log/.tmp-2', '_delta_log/notes'])
  expect(filesBelow(join(folder, 'mine'))).toEqual(['.tmp-1'])
})

const OURS = `${PARTITION}/1530Z-2564f42e0df8d2365a5a4b658f62ad7a-00000000-0000-4000-8000-000000000026.parquet`
const FOREIGN = [
  `${PARTITION}/part-00000-2564f42e-0df8-4236-8a5a-4b658f62ad7a.c000.snappy.parquet`,
  `${PARTITION}/part-00001-2564f42e-0df8-4236-8a5a-4b658f62ad7a-c000.zstd.parquet`,
  `${PARTITION}/1530Z-mine.parquet`,
  `${PARTITION}/notes.parquet`,
  `${PARTITION}/.part-00000.c000.snappy.parquet.crc`,
  'symbol=SPY/1530Z-2564f42e0df8d2365a5a4b658f62ad7a-1.parquet',
  '_delta_log/.tmp',
  '_delta_log/_commit_2564f42e-0df8-4236-8a5a-4b658f62ad7a.json.tmp',
  '_delta_log/.00000000000000000001.json.2564f42e-0df8-4236-8a5a-4b658f62ad7a.tmp',
  '_staging/part-00000.parquet',
]

test('files of other writers are left where they are, however old', async () => {
  const folder = temporaryFolder()
  const { layout, close } = await open(folder)
  await close()
  for (const path of FOREIGN) leave(join(layout.table, path), 1_000)
  const before = filesBelow(folder)
  const lake = await open(folder)
  await lake.close()
  expect(lake.cleared).toEqual({ deleted: [], quarantined: [] })
  expect(filesBelow(folder)).toEqual(before)
})

test('a data file that no commit names is set aside once it is a day old', async () => {
  const folder = temporaryFolder()
  const { layout, close } = await open(folder)
  await close()
  leave(join(layout.table, OURS), 23)
  const young = await open(folder)
  await young.close()
  expect(young.cleared).toEqual({ deleted: [], quarantined: [] })
  leave(join(layout.table, OURS), 25)
  const old = await open(folder)
  await old.close()
  expect(old.cleared).toEqual({ deleted: [], quarantined: [OURS] })
  expect(filesBelow(layout.quarantine)).toEqual([OURS])
})

/** A lake with a replaced file that its checkpoint no longer names, as another program's need not, but a commit does. */
async function forgottenFile(folder: string): Promise<{ lake: Lake; path: string }> {
  const tomorrow = {
    ...systemClock,
    now: () => (Date.now() + 48 * HOUR_MS) as ReturnType<typeof systemClock.now>,
  }
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: { removedRetentionDays: 1 },
  })
  await append(lake, slotOf({ SPY: chain(5) }))
  const [path] = [...lake.snapshots.state.files.keys()]
  await append(lake, slotOf({ SPY: chain(5) }))
  rmSync(join(lake.layout.table, path as string))
  await checkpointNow({ ...lake, clock: tomorrow })
  await lake.close()
  leave(join(lake.layout.table, path as string), 25)
  return { lake, path: path as string }
}

test('a file that a commit in the log still names is kept for readers of that version', async () => {
  const folder = temporaryFolder()
  const { path } = await forgottenFile(folder)
  const lake = await open(folder)
  await lake.close()
  expect(lake.snapshots.state.files.has(path) || lake.snapshots.state.removed.has(path)).toBe(false)
  expect(lake.cleared.quarantined).toEqual([])
})

test('nothing is set aside while a commit is damaged, which may have named the file', async () => {
  const folder = temporaryFolder()
  const { lake } = await forgottenFile(folder)
  leave(join(lake.layout.table, OURS), 25)
  const commit = join(lake.layout.log, commitName(1))
  renameSync(commit, `${commit}.aside`)
  writeFileSync(commit, '{"add":')
  const damaged = await open(folder)
  await damaged.close()
  expect(damaged.cleared.quarantined).toEqual([])
  renameSync(`${commit}.aside`, commit)
  const repaired = await open(folder)
  await repaired.close()
  expect(repaired.cleared.quarantined).toEqual([OURS])
})

test('files of Spark in a small table are left where they are', async () => {
  const folder = temporaryFolder()
  await (await open(folder)).close()
  const names = ['part-00000-2564f42e-0df8-4236-8a5a-4b658f62ad7a-c000.snappy.parquet', 'part-1-x.parquet']
  for (const name of names) leave(join(folder, 'daily_observations', name), 25)
  const lake = await open(folder)
  await upsert(lake, DAILY_OBSERVATIONS, [])
  await lake.close()
  expect(filesBelow(join(folder, 'daily_observations'))).toEqual(expect.arrayContaining([names[0]]))
  expect(filesBelow(lake.layout.quarantine)).toEqual([`daily_observations/${names[1]}`])
})
