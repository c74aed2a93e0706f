import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitName, pathToLog } from '../../../src/delta/index.ts'
import { commit, commitText, commitWithRetry, putIfAbsent, refresh } from '../../../src/lake/delta.ts'
import { currentState, openLake } from '../../../src/lake/open.ts'
import { loadSnapshotTable } from '../../../src/lake/tables/snapshot-table.ts'
import { append } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { filesBelow, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, slotOf } from '../slots.ts'

const note = (operation: string) => [{ commitInfo: { timestamp: 1, operation } }]
const names = () => {
  let n = 0
  return () => `${process.pid}-${n++}`
}

test('of several that put the same file, exactly one writes it', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'one')
  const put = (text: string) => putIfAbsent({ path, bytes: Buffer.from(text), unique: text, below: folder })
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(put))
  expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1)
  const winner = 'abcd'[outcomes.indexOf('written')]
  expect(readFileSync(path, 'utf8')).toBe(winner)
  expect(filesBelow(folder)).toEqual(['one'])
})

test('of two writers of the same version one commits it, the other the next one', async () => {
  const lake = await temporaryLake()
  const other = await loadSnapshotTable(lake.layout.table, names())
  const outcomes = await Promise.all([commit(lake.snapshots, 0, note('A')), commit(other, 0, note('B'))])
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['committed', 'committed'])
  expect((await refresh(lake.snapshots)).version).toBe(2)
  expect((await refresh(other)).version).toBe(2)
})

test('two appends of different slots at once are both stored', async () => {
  const lake = await temporaryLake()
  const slots = [0, 1, 2].map((n) => slotOf({ SPY: chain(30) }, after(n)))
  const done = await Promise.all(slots.map((slot) => append(lake, slot)))
  expect(done.map((report) => report.version).sort()).toEqual([1, 2, 3])
  expect((await currentState(lake)).files.size).toBe(3)
})

test('two appends of the same slot at once leave one row of each key', async () => {
  const lake = await temporaryLake()
  const done = await Promise.all([1, 2].map(() => append(lake, slotOf({ SPY: chain(30) }))))
  expect(done.map((report) => report.reports[0]?.rows)).toEqual([30, 30])
  const files = [...(await currentState(lake)).files.values()]
  expect(files.map((file) => file.rows)).toEqual([30])
})

test('a change of the table by another writer stops a commit that was prepared before it', async () => {
  const lake = await temporaryLake()
  const { metaData } = await currentState(lake)
  const other = await loadSnapshotTable(lake.layout.table, names())
  await commit(other, 0, [{ metaData: metaData! }])
  const outcome = await commit(lake.snapshots, 0, note('late'))
  expect(outcome).toMatchObject({ kind: 'conflict', reason: 'another writer changed the table itself' })
})

test('a change overtaken by another writer is prepared again, and its first files are deleted', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  const other = await loadSnapshotTable(lake.layout.table, names())
  const [file] = [...(await currentState(lake)).files.values()]
  const takeAway = { remove: { path: pathToLog(file!.path), dataChange: false } }
  const seen: number[] = []
  const withdrawn: number[] = []
  const done = await commitWithRetry(lake.snapshots, async ({ version, files }) => {
    seen.push(version)
    if (files.size === 0) return null
    if (seen.length === 1) await commit(other, version, [takeAway])
    return { actions: [takeAway], withdraw: async () => void withdrawn.push(version) }
  })
  expect(seen).toEqual([1, 2])
  expect(withdrawn).toEqual([1])
  expect(done).toMatchObject({ change: null, state: { version: 2 } })
})

test.each([
  ['cut in the middle of a line', (path: string) => truncateSync(path, 900)],
  ['cut at the end of a line', (path: string) => cutLastLine(path)],
  ['emptied', (path: string) => truncateSync(path, 0)],
  ['changed in one digit', (path: string) => replaceIn(path, '"numRecords\\":20', '"numRecords\\":21')],
  ['followed by noise', (path: string) => appendFileSync(path, '{"add":')],
  ['missing', (path: string) => rmSync(path)],
])('a commit that was %s is an error that names the file', async (_what, spoil) => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await append(lake, slotOf({ SPY: chain(20) }))
  await append(lake, slotOf({ SPY: chain(20) }, after(1)))
  spoil(join(lake.layout.log, commitName(1)))
  const opening = openLake(folder, { mode: 'read', clock: systemClock })
  await expect(opening).rejects.toMatchObject({ exitCode: 74 })
  await expect(opening).rejects.toThrow(/_delta_log\/00000000000000000001\.json/)
})

test.each(['../../../etc/passwd', '/etc/passwd', 's3://bucket/x.parquet', 'a/%2e%2e/%2e%2e/b.parquet'])(
  'a path in the log that leaves the table is refused: %s',
  async (path) => {
    const lake = await temporaryLake()
    const stats = JSON.stringify({
      numRecords: 1,
      minValues: { timestamp: '2026-11-20T15:30:00.000Z' },
      maxValues: { timestamp: '2026-11-20T15:30:00.000Z' },
    })
    const add = {
      path,
      partitionValues: { symbol: 'SPY', date: '2026-11-20' },
      size: 1,
      modificationTime: 1,
      dataChange: true,
      stats,
    }
    writeFileSync(join(lake.layout.log, commitName(1)), commitText([{ add }]))
    await expect(currentState(lake)).rejects.toThrow(/is not inside the table/)
  },
)

test('actions and fields of later Delta features that a reader may skip are skipped', async () => {
  const lake = await temporaryLake()
  const text = '{"txn":{"appId":"x","version":1}}\n{"commitInfo":{"timestamp":2,"whatever":{"a":1}}}\n'
  writeFileSync(join(lake.layout.log, commitName(1)), text)
  expect((await currentState(lake)).version).toBe(1)
})

function cutLastLine(path: string): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`)
}

function replaceIn(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  writeFileSync(path, text.replace(from, to))
}
