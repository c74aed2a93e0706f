import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  append,
  availableVersions,
  commitName,
  createTable,
  type DeltaTable,
  loadProjectedTable,
  readVersion,
  versionAsOf,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

/** A table with a version at each time; version 0 creates it, each other adds the file `<version>.parquet`. */
async function tableWith(times: readonly number[]): Promise<DeltaTable> {
  const [created = 0, ...later] = times
  const columns = [{ name: 'price', type: 'double', nullable: false }]
  const table = await createTable(join(temporaryFolder(), 'prices'), { columns }, { now: created })
  for (const [n, now] of later.entries()) {
    await append(table, [{ path: `${n + 1}.parquet`, size: 10 }], { now })
  }
  return table
}

function commitPath({ logFolder }: DeltaTable, version: number): string {
  return join(logFolder, commitName(version))
}

/** As another engine may write it: without a time in `commitInfo`. */
function removeTime(table: DeltaTable, version: number, modifiedAt: number): void {
  const path = commitPath(table, version)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"timestamp":\d+,/, ''))
  utimesSync(path, modifiedAt / 1_000, modifiedAt / 1_000)
}

test('every version is read as it was, through the projection of the table', async () => {
  const table = await tableWith([100, 200, 300])
  const projected = await loadProjectedTable(table.folder, {
    fileOf: ({ path }) => ({ path }),
    begin: (checkpoint) => [`from ${checkpoint}`],
    fold: (facts: readonly string[], commits) => [...facts, ...commits.map(({ version }) => `${version}`)],
  })
  const one = await readVersion(projected, 1)
  expect(one).toMatchObject({ version: 1, facts: ['from -1', '0', '1'] })
  expect([...one.files]).toEqual([['1.parquet', { path: '1.parquet' }]])
  expect(projected.state.version).toBe(2)
  expect((await readVersion(table, 0)).files.size).toBe(0)
  await writeCheckpoint(table)
  for (const version of [0, 1]) rmSync(commitPath(table, version))
  expect((await readVersion(projected, 2)).facts).toEqual(['from 2', '2'])
})

test('the version at a time is the newest committed by then', async () => {
  const table = await tableWith([100, 200, 300])
  expect(await versionAsOf(table, 200)).toEqual({ version: 1, time: 200 })
  expect(await versionAsOf(table, 299)).toEqual({ version: 1, time: 200 })
  expect(await versionAsOf(table, 1e15)).toEqual({ version: 2, time: 300 })
})

test('a commit without a time has that of its file', async () => {
  const table = await tableWith([100, 200, 300])
  removeTime(table, 1, 250)
  expect(await availableVersions(table)).toEqual([
    { version: 0, time: 100 },
    { version: 1, time: 250 },
    { version: 2, time: 300 },
  ])
})

test('a clock that was set back does not make a later version earlier', async () => {
  const table = await tableWith([100, 500, 200, 600])
  expect((await availableVersions(table)).map(({ time }) => time)).toEqual([100, 500, 500, 600])
  expect(await versionAsOf(table, 300)).toEqual({ version: 0, time: 100 })
  expect(await versionAsOf(table, 500)).toEqual({ version: 2, time: 500 })
})

test('a version that does not exist, or a time before the first, is refused with what there is', async () => {
  const table = await tableWith([1_000, 2_000, 3_000])
  const range = 'the oldest is 0 (1970-01-01T00:00:01.000Z), the newest 2 (1970-01-01T00:00:03.000Z)'
  await expect(readVersion(table, 3)).rejects.toMatchObject({
    code: 'no_such_version',
    message: `${table.folder} has no version 3: ${range}`,
  })
  await expect(versionAsOf(table, 999)).rejects.toMatchObject({
    code: 'no_such_version',
    message: `${table.folder} has no version as of 1970-01-01T00:00:00.999Z: ${range}`,
  })
  await expect(readVersion(table, -1)).rejects.toThrow(RangeError)
})

test('once commits are deleted, versions before the oldest checkpoint are gone', async () => {
  const table = await tableWith([1_000, 2_000])
  await writeCheckpoint(table)
  await append(table, [{ path: '2.parquet', size: 10 }], { now: 3_000 })
  rmSync(commitPath(table, 0))
  expect(await availableVersions(table)).toEqual([
    { version: 1, time: 2_000 },
    { version: 2, time: 3_000 },
  ])
  await expect(readVersion(table, 0)).rejects.toThrow(
    /has no version 0: the oldest is 1 \(1970-01-01T00:00:02.000Z\), the newest 2 /,
  )
  expect((await readVersion(table, 1)).files.size).toBe(1)
})

test('a missing or damaged commit is named, and not taken for a version that never was', async () => {
  const table = await tableWith([1_000, 2_000, 3_000])
  appendFileSync(commitPath(table, 1), '{"add":')
  await expect(readVersion(table, 1)).rejects.toMatchObject({ code: 'damaged' })
  rmSync(commitPath(table, 1))
  await expect(readVersion(table, 2)).rejects.toMatchObject({
    code: 'damaged',
    message: `cannot read ${commitPath(table, 1)}: it is missing; restore the file from a copy`,
  })
})
