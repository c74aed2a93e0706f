import {
  copyFileSync,
  cpSync,
  mkdirSync,
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
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repair } from '../../../src/lake/check/repair/repair.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { commit } from '../../../src/lake/delta.ts'
import { frameOf, writeParquet } from '../../../src/lake/engines/polars.ts'
import { currentState, type Lake, openLake } from '../../../src/lake/open.ts'
import { chainAsOf } from '../../../src/lake/query/chains.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { checkpointNow, ledger } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { filesBelow, readingLake, temporaryFolder } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

const clock = systemClock

let template = ''
let spyFiles: string[] = []

/** Five slots of two symbols, with a checkpoint after the third. */
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'optionlake-lake-'))
  const lake = await openLake(template, { mode: 'write', source: 'simulated', clock })
  for (let n = 0; n < 5; n++) {
    await append(lake, slotOf({ SPY: chain(50, { bid: n }), QQQ: chain(30) }, after(n)))
    if (n === 2) await checkpointNow(lake)
  }
  const files = [...(await currentState(lake)).files.values()]
  spyFiles = files.filter((file) => file.symbol === 'SPY').map((file) => file.path)
  await lake.close()
})
afterAll(() => rmSync(template, { recursive: true, force: true }))

/** A copy of that lake, not open, and its files of SPY, oldest first. */
async function fiveSlots(): Promise<{ folder: string; spy: string[] }> {
  const folder = temporaryFolder()
  cpSync(template, folder, { recursive: true })
  return { folder, spy: spyFiles.map((path) => join(folder, 'option_snapshots', path)) }
}

const logOf = (folder: string) => join(folder, 'option_snapshots/_delta_log')
const commitOf = (folder: string, version: number) =>
  join(logOf(folder), `${String(version).padStart(20, '0')}.json`)
const checkpointOf = (folder: string) =>
  join(logOf(folder), readdirSync(logOf(folder)).find((name) => name.endsWith('.checkpoint.parquet'))!)
const day = `option_snapshots/symbol=SPY/date=${DAY}`

function flip(path: string, at: (length: number) => number): void {
  const bytes = readFileSync(path)
  const index = at(bytes.length)
  bytes[index] = bytes[index]! ^ 0x10
  writeFileSync(path, bytes)
}

function fillWithOnes(path: string): void {
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0xff, bytes.length >> 2, bytes.length >> 1))
}

async function rowsLeft(folder: string): Promise<unknown> {
  const lake = await readingLake(folder)
  return Object.fromEntries(
    (await sql(lake, 'SELECT symbol, count(*) FROM option_snapshots GROUP BY symbol')).rows as [
      string,
      number,
    ][],
  )
}

test('a sound lake has no findings, whether compacted or not', async () => {
  const { folder } = await fiveSlots()
  const verified = await verify(folder, { clock })
  expect(verified).toMatchObject({ findings: [], files: 11, rows: 400, unproven: 0 })
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await compact(lake, { scope: { kind: 'all' } })
  expect(await verify(folder, { clock })).toMatchObject({ findings: [], rows: 400 })
  await lake.close()
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [] })
})

/** The damage, the finding of `verify`, and the number of SPY rows left. QQQ never loses any. */
// biome-ignore format: one corruption a line
const CORRUPTIONS: [string, string, number, (folder: string, spy: string[]) => void][] = [
  ['a deleted data file', 'missing_file', 200, (_, spy) => rmSync(spy[1]!)],
  ['a truncated data file', 'damaged_file', 200, (_, spy) => truncateSync(spy[1]!, 1_000)],
  ['an empty data file', 'damaged_file', 200, (_, spy) => truncateSync(spy[1]!, 0)],
  ['a flipped bit in a data page', 'damaged_file', 200, (_, spy) => flip(spy[1]!, () => 300)],
  ['a flipped bit in a footer', 'damaged_file', 200, (_, spy) => flip(spy[1]!, (length) => length - 40)],
  ['a data file overwritten with another', 'damaged_file', 200, (_, spy) => copyFileSync(spy[0]!, spy[1]!)],
  ['a data file of zeros', 'damaged_file', 200, (_, spy) => writeFileSync(spy[1]!, Buffer.alloc(readFileSync(spy[1]!).length))],
  ['a missing commit', 'broken_log', 250, (folder) => rmSync(commitOf(folder, 4))],
  ['a truncated commit', 'broken_log', 250, (folder) => truncateSync(commitOf(folder, 5), 900)],
  ['an empty commit', 'broken_log', 250, (folder) => truncateSync(commitOf(folder, 2), 0)],
  ['a flipped bit in a commit', 'broken_log', 250, (folder) => flip(commitOf(folder, 4), (length) => length - 400)],
  ['a checkpoint overwritten with another file', 'broken_checkpoint', 250, (folder, spy) => copyFileSync(spy[0]!, checkpointOf(folder))],
  ['damage in the middle of a checkpoint', 'broken_checkpoint', 250, (folder) => fillWithOnes(checkpointOf(folder))],
  ['a deleted checkpoint', 'broken_checkpoint', 250, (folder) => rmSync(checkpointOf(folder))],
  ['a pointer to another checkpoint', 'broken_checkpoint', 250, (folder) => writeFileSync(join(logOf(folder), '_last_checkpoint'), '{"version":1,"size":3}')],
]

test.each(CORRUPTIONS)(
  '%s is found; the repair keeps all sound rows and deletes no file',
  async (_what, kind, left, corrupt) => {
    const { folder, spy } = await fiveSlots()
    corrupt(folder, spy)
    const names = filesBelow(folder).map((path) => path.slice(path.lastIndexOf('/') + 1))
    const verified = await verify(folder, { clock })
    expect(verified.findings.map((finding) => finding.kind)).toContain(kind)
    const plan = await repair(folder, { clock, dryRun: true })
    expect(plan.repairs.length).toBeGreaterThan(0)
    expect(filesBelow(folder).map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual(names)
    const done = await repair(folder, { clock, dryRun: false })
    expect(done.findings).toEqual([])
    expect(await rowsLeft(folder)).toEqual({ QQQ: 150, SPY: left })
    const kept = new Set(filesBelow(folder).map((path) => path.slice(path.lastIndexOf('/') + 1)))
    expect(names.filter((name) => !kept.has(name))).toEqual([])
    expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [] })
  },
)

test('after a repair the ledger counts the rows that are left', async () => {
  const { folder, spy } = await fiveSlots()
  truncateSync(spy[1]!, 1_000)
  await repair(folder, { clock, dryRun: false })
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [] })
  const rows = await ledger(await readingLake(folder), { symbol: 'SPY' })
  expect(rows.map((row) => [row.outcome, row.reason, row.rows])).toEqual([
    ['stored', null, 50],
    ['missing', 'damaged', 0],
    ['stored', null, 50],
    ['stored', null, 50],
    ['stored', null, 50],
  ])
  expect(rows[1]?.detail).toBe('50 rows were stored, 0 are left')
})

test('files whose commit was lost are committed again, by the checksum in their names', async () => {
  const { folder } = await fiveSlots()
  rmSync(commitOf(folder, 5))
  rmSync(commitOf(folder, 4))
  writeFileSync(commitOf(folder, 5), 'no commit')
  const { repairs } = await repair(folder, { clock, dryRun: false })
  expect(
    repairs
      .filter((one) => one.kind === 'adopted')
      .map((one) => one.detail)
      .sort(),
  ).toEqual([
    `30 rows of QQQ, ${DAY}`,
    `30 rows of QQQ, ${DAY}`,
    `50 rows of SPY, ${DAY}`,
    `50 rows of SPY, ${DAY}`,
  ])
  const lake = await readingLake(folder)
  expect(await chainAsOf(lake, 'SPY', { at: after(4) })).toHaveLength(50)
  const [row] = (await ledger(lake, { symbol: 'SPY' })).slice(-1)
  expect(row).toMatchObject({ outcome: 'partial', reason: 'damaged', rows: 50, answered: 50 })
})

test('when the description of the table is lost, the repair refuses and changes nothing', async () => {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await append(lake, slotOf({ SPY: chain(5) }))
  await lake.close()
  truncateSync(commitOf(folder, 0), 10)
  const before = filesBelow(folder)
  await expect(repair(folder, { clock, dryRun: false })).rejects.toMatchObject({
    exitCode: 74,
    message: expect.stringMatching(/the commit that describes the table is lost.*restore it from a copy/),
  })
  expect(filesBelow(folder)).toEqual(before)
})

test('a lake that is being written can be verified but not repaired', async () => {
  const { folder } = await fiveSlots()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const writing = append(lake, slotOf({ SPY: chain(50) }, after(5)))
  expect((await verify(folder, { clock })).findings).toEqual([])
  await writing
  await expect(repair(folder, { clock, dryRun: false })).rejects.toMatchObject({ exitCode: 75 })
  await lake.close()
})

test('a file of another program counts as unproven, and is a finding only if it contradicts the log', async () => {
  const { folder } = await fiveSlots()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const rows = chain(10, { timestamp: after(9) })
  mkdirSync(join(folder, day), { recursive: true })
  writeParquet(frameOf(rows), join(folder, day, 'foreign.parquet'))
  const { size } = statSync(join(folder, day, 'foreign.parquet'))
  const at = new Date(after(9)).toISOString()
  const stats = (numRecords: number) =>
    JSON.stringify({ numRecords, minValues: { timestamp: at }, maxValues: { timestamp: at } })
  const add = {
    path: `symbol=SPY/date=${DAY}/foreign.parquet`,
    partitionValues: { symbol: 'SPY', date: DAY },
    size,
    modificationTime: 1,
    dataChange: true,
    stats: stats(10),
  }
  await commit(lake.snapshots, lake.snapshots.state.version, [{ add }])
  const verified = await verify(folder, { clock })
  expect(verified).toMatchObject({ unproven: 1, rows: 410 })
  expect(verified.findings.map(({ kind }) => kind)).toEqual(['slot_without_report'])
  await commit(lake.snapshots, lake.snapshots.state.version, [{ add: { ...add, stats: stats(11) } }])
  expect((await verify(folder, { clock })).findings.map(({ kind }) => kind)).toContain('wrong_rows')
  await lake.close()
})

test('rows that are stored twice are found', async () => {
  const { folder, spy } = await fiveSlots()
  const lake: Lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const [file] = [...(await currentState(lake)).files.values()].filter((one) => one.symbol === 'SPY')
  copyFileSync(spy[0]!, join(folder, day, 'again.parquet'))
  const at = new Date(file!.minSlot).toISOString()
  const add = {
    path: `symbol=SPY/date=${DAY}/again.parquet`,
    partitionValues: { symbol: 'SPY', date: DAY },
    size: file!.size,
    modificationTime: 1,
    dataChange: true,
    stats: JSON.stringify({ numRecords: 50, minValues: { timestamp: at }, maxValues: { timestamp: at } }),
  }
  await commit(lake.snapshots, lake.snapshots.state.version, [{ add }])
  const { findings } = await verify(folder, { clock })
  expect(findings.map(({ kind }) => kind)).toContain('duplicate_rows')
  await lake.close()
})
