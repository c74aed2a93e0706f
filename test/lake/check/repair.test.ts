import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pl from 'nodejs-polars'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Action, type Add, type MetaData, pathFromLog } from '../../../src/delta/index.ts'
import type { Repair } from '../../../src/lake/check/findings.ts'
import { repair } from '../../../src/lake/check/repair/repair.ts'
import { verifyTableLog } from '../../../src/lake/check/verify/table-log.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { commit, commitText, parseCommit } from '../../../src/lake/delta.ts'
import { frameOf, writeParquet } from '../../../src/lake/engines/polars.ts'
import { currentState, openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { checkpointNow, ledger } from '../../../src/lake/tables/ledger.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { restoreVersion } from '../../../src/lake/write/restore-version.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { epochMs } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { filesBelow, readingLake, temporaryFolder } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

const clock = systemClock
const DAY_MS = 24 * 3_600_000
const partition = `option_snapshots/symbol=SPY/date=${DAY}`

let template = ''

/**
 * Versions 1 to 3: three slots. 4: slot 1 again, with two more contracts and new values. 5: the day compacted, and the
 * replaced files still on disk. Then two versions of `daily_observations`.
 */
beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'optionlake-lake-'))
  const lake = await openLake(template, { mode: 'write', source: 'simulated', clock })
  for (let n = 0; n < 3; n++) await append(lake, slotOf({ SPY: chain(10, { bid: n }) }, after(n)))
  await append(lake, slotOf({ SPY: chain(12, { bid: 9 }) }, after(1)))
  await compact(lake, { scope: { kind: 'all' } })
  await upsert(lake, DAILY_OBSERVATIONS, [observation('2026-11-18'), observation('2026-11-19')])
  await upsert(lake, DAILY_OBSERVATIONS, [observation('2026-11-20')])
  await lake.close()
})
afterAll(() => rmSync(template, { recursive: true, force: true }))

function observation(date: string): ObservationRow {
  const values = { iv30: 0.2, close: 600, vix: 17, cycles: 6 }
  return {
    symbol: 'SPY',
    date,
    source: 'chain',
    ...values,
    recorded_at: epochMs(0),
    definition_version: null,
    ...NO_DAILY_PRICES,
  }
}

/** A copy of that lake. */
function copyOfLake(): string {
  const folder = temporaryFolder()
  cpSync(template, folder, { recursive: true, preserveTimestamps: true })
  return folder
}

function commitOf(folder: string, version: number, table = 'option_snapshots'): string {
  return join(folder, table, '_delta_log', `${String(version).padStart(20, '0')}.json`)
}

function actionsOf(folder: string, version: number, table?: string): Action[] {
  const path = commitOf(folder, version, table)
  return parseCommit(readFileSync(path, 'utf8'), path)
}

/** The absolute path of the data file that a commit added. */
function fileAddedBy(folder: string, version: number, table = 'option_snapshots'): string {
  const [add] = actionsOf(folder, version, table).flatMap((action) => ('add' in action ? [action.add] : []))
  return join(folder, table, pathFromLog((add as Add).path) as string)
}

/** Bids of a slot and the number of its rows. */
async function slots(folder: string): Promise<unknown> {
  const lake = await readingLake(folder)
  const query =
    'SELECT count(*)::INT, max(bid)::INT FROM option_snapshots GROUP BY timestamp ORDER BY timestamp'
  return (await sql(lake, query)).rows
}

async function repaired(folder: string): Promise<Repair[]> {
  const { repairs, findings } = await repair(folder, { clock, dryRun: false })
  expect(findings).toEqual([])
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [] })
  return [...repairs]
}

const ALL = [
  [10, 0],
  [12, 9],
  [10, 2],
]

test('a broken remove line does not double rows: the file that was removed stays out', async () => {
  const folder = copyOfLake()
  rmSync(commitOf(folder, 5))
  const path = commitOf(folder, 4)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('{"remove":', '{"rXmove":'))
  await repaired(folder)
  expect(await slots(folder)).toEqual(ALL)
})

test('a lost newest commit is found by the file that it added, and committed again', async () => {
  const folder = copyOfLake()
  const compacted = fileAddedBy(folder, 5)
  rmSync(commitOf(folder, 5))
  const { findings } = await verify(folder, { clock })
  expect(findings).toEqual([
    {
      kind: 'unknown_file',
      path: compacted,
      detail: expect.stringMatching(/its commit is lost.*optionlake repair/),
    },
  ])
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind }) => kind)).toEqual(['adopted', 'replaced', 'replaced', 'replaced'])
  expect(await slots(folder)).toEqual(ALL)
})

test('a lost newest commit without files is found by the ledger, and its version is not used again', async () => {
  const folder = copyOfLake()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await append(lake, slotOf({ SPY: [] }, after(5)))
  await checkpointNow(lake)
  await lake.close()
  const log = join(folder, 'option_snapshots/_delta_log')
  for (const name of readdirSync(log)) if (name.includes('checkpoint')) rmSync(join(log, name))
  rmSync(commitOf(folder, 6))
  const { findings } = await verify(folder, { clock })
  expect(findings).toEqual([
    {
      kind: 'broken_log',
      path: commitOf(folder, 6),
      detail: expect.stringMatching(/^the commit of version 6 is missing/),
    },
  ])
  await repaired(folder)
  expect((await ledger(await readingLake(folder))).map(({ rows }) => rows)).toEqual([10, 12, 10, 0])
  expect(existsSync(commitOf(folder, 6))).toBe(true)
})

test('a damaged compacted file is replaced with the files that it was made from', async () => {
  const folder = copyOfLake()
  truncateSync(fileAddedBy(folder, 5), 100)
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind }) => kind)).toEqual(['quarantined', 'restored', 'restored', 'restored'])
  expect(await slots(folder)).toEqual(ALL)
})

test('a damaged file of a slot that was collected again falls back to the rows of the first time', async () => {
  const folder = copyOfLake()
  truncateSync(fileAddedBy(folder, 5), 100)
  truncateSync(fileAddedBy(folder, 4), 100)
  await repaired(folder)
  expect(await slots(folder)).toEqual([
    [10, 0],
    [10, 1],
    [10, 2],
  ])
  const rows = await ledger(await readingLake(folder))
  expect(rows.map(({ detail }) => detail)).toEqual([null, '12 rows were stored, 10 are left', null])
})

test('keys that another program has doubled keep their newest row, with the columns that it has added', async () => {
  const folder = copyOfLake()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const news = chain(3, { timestamp: after(7), bid: 6 })
  const rows = [...chain(10, { timestamp: after(2), bid: 5 }), ...news, ...news]
  const path = join(folder, partition, 'part-0.parquet')
  writeParquet(frameOf(rows).withColumn(pl.lit('calm').alias('mood')), path)
  const add: Add = {
    path: `symbol=SPY/date=${DAY}/part-0.parquet`,
    partitionValues: { symbol: 'SPY', date: DAY },
    size: statSync(path).size,
    modificationTime: Date.now(),
    dataChange: true,
  }
  const metaData = lake.snapshots.state.metaData as MetaData
  const { fields } = JSON.parse(metaData.schemaString) as { fields: object[] }
  const mood = { name: 'mood', type: 'string', nullable: true, metadata: {} }
  const schemaString = JSON.stringify({ type: 'struct', fields: [...fields, mood] })
  await commit(lake.snapshots, lake.snapshots.state.version, [
    { metaData: { ...metaData, schemaString } },
    { add },
  ])
  await lake.close()
  // The column and the missing statistics are no finding.
  const kinds = (await verify(folder, { clock })).findings.map(({ kind }) => kind)
  expect([...new Set(kinds)].sort()).toEqual(['duplicate_rows', 'ledger_differs', 'slot_without_report'])
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind }) => kind)).toContain('merged')
  expect(await slots(folder)).toEqual([...ALL.slice(0, 2), [10, 5], [3, 6]])
  const { files } = await currentState(await readingLake(folder))
  const moods = [...files.keys()].map((file) => {
    const stored = pl.readParquet(join(folder, 'option_snapshots', file))
    return stored.columns.includes('mood') ? stored.height - stored.getColumn('mood').nullCount() : 0
  })
  expect(moods).toEqual([13])
})

test('of two equal files of another program one leaves the table', async () => {
  const folder = copyOfLake()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  for (const name of ['part-0.parquet', 'part-1.parquet']) {
    const path = join(folder, partition, name)
    writeParquet(frameOf(chain(3, { timestamp: after(7), bid: 6 })), path)
    const add: Add = {
      path: `symbol=SPY/date=${DAY}/${name}`,
      partitionValues: { symbol: 'SPY', date: DAY },
      size: statSync(path).size,
      modificationTime: Date.now(),
      dataChange: true,
    }
    await commit(lake.snapshots, lake.snapshots.state.version, [{ add }])
  }
  await lake.close()
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind }) => kind)).toEqual(['replaced', 'ledger_corrected'])
  expect(await slots(folder)).toEqual([...ALL, [3, 6]])
})

test('a small table falls back to its newest intact version, and the repair says which', async () => {
  const folder = copyOfLake()
  truncateSync(fileAddedBy(folder, 2, 'daily_observations'), 50)
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual([
    'quarantined: 3 rows',
    'restored: 2 rows of version 1; later changes are lost, and up to 1 rows',
  ])
  expect(await readRows(await readingLake(folder), DAILY_OBSERVATIONS)).toHaveLength(2)
})

test('a file of a small table is proven by its name, or by a line of its damaged commit', async () => {
  const folder = copyOfLake()
  const added = fileAddedBy(folder, 2, 'daily_observations')
  rmSync(commitOf(folder, 2, 'daily_observations'))
  expect((await repaired(folder)).map(({ kind }) => kind)).toEqual(['adopted', 'replaced'])
  expect(await readRows(await readingLake(folder), DAILY_OBSERVATIONS)).toHaveLength(3)

  // Older versions did not name files of small tables after their contents.
  const old = copyOfLake()
  const name = 'part-0b9d3c5e-6f0e-4c39-8a39-0f8f6f6f6f6f.parquet'
  renameSync(added.replace(folder, old), join(old, 'daily_observations', name))
  const actions = actionsOf(old, 2, 'daily_observations').map((action) =>
    'add' in action ? { add: { ...action.add, path: name } } : action,
  )
  const path = commitOf(old, 2, 'daily_observations')
  writeFileSync(path, commitText(actions).replace('"operation"', '"opXration"'))
  await repaired(old)
  expect(await readRows(await readingLake(old), DAILY_OBSERVATIONS)).toHaveLength(3)
})

test('damaged files of slots are written again from the reports in the log', async () => {
  const folder = copyOfLake()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await checkpointNow(lake)
  const before = await ledger(lake)
  await lake.close()
  const day = join(folder, `slots/date=${DAY}`)
  for (const name of readdirSync(day)) truncateSync(join(day, name), 10)
  const repairs = await repaired(folder)
  expect(repairs.map(({ kind }) => kind)).toEqual(['quarantined', 'ledger_rebuilt'])
  expect(await ledger(await readingLake(folder))).toEqual(before)
})

test('without any log, the data files give all rows back', async () => {
  const folder = copyOfLake()
  rmSync(join(folder, 'option_snapshots/_delta_log'), { recursive: true })
  const path = join(folder, 'option_snapshots/_delta_log')
  const lost = { kind: 'broken_log', path, detail: expect.stringMatching(/^the log is missing/) }
  expect((await verify(folder, { clock })).findings).toEqual([lost])
  await repaired(folder)
  expect(await slots(folder)).toEqual(ALL)
})

test('the description of a small table is known without its first commit', async () => {
  const folder = copyOfLake()
  rmSync(join(folder, 'daily_observations/_delta_log'), { recursive: true })
  expect((await verify(folder, { clock })).findings.map(({ kind }) => kind)).toEqual(['broken_log'])
  await repaired(folder)
  expect(await readRows(await readingLake(folder), DAILY_OBSERVATIONS)).toHaveLength(3)
})

test('files that a restore has taken back stay out when a restored file is damaged', async () => {
  const folder = copyOfLake()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  await restoreVersion(lake, { to: { version: 2 }, dryRun: false })
  await lake.close()
  expect(await slots(folder)).toEqual([
    [10, 0],
    [10, 1],
  ])
  truncateSync(fileAddedBy(folder, 2), 10)
  await repaired(folder)
  expect(await slots(folder)).toEqual([[10, 0]])
})

test('files of other programs that no commit names are left alone', async () => {
  const folder = copyOfLake()
  const [fresh, old] = [join(folder, partition, 'fresh.parquet'), join(folder, partition, 'old.parquet')]
  const compacted = fileAddedBy(folder, 5)
  for (const path of [fresh, old]) copyFileSync(compacted, path)
  const then = (Date.now() - 2 * DAY_MS) / 1_000
  utimesSync(old, then, then)
  const finding = {
    kind: 'unknown_file',
    path: old,
    detail: expect.stringMatching(/another program.*--unknown-files/),
  }
  expect((await verify(folder, { clock })).findings).toEqual([finding])
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [finding] })
  const moved = await repair(folder, { clock, dryRun: false, unknownFiles: true })
  expect(moved).toMatchObject({ repairs: [{ kind: 'quarantined', path: old }], findings: [] })
  expect([existsSync(fresh), existsSync(old)]).toEqual([true, false])
})

test('a dry run plans the repairs of data behind a broken log, and changes nothing', async () => {
  const folder = copyOfLake()
  truncateSync(commitOf(folder, 5), 100)
  const before = filesBelow(folder)
  const plan = await repair(folder, { clock, dryRun: true })
  expect(filesBelow(folder)).toEqual(before)
  const done = await repair(folder, { clock, dryRun: false })
  expect(done.repairs).toEqual(plan.repairs)
  expect(done.repairs.map(({ kind }) => kind)).toEqual([
    'commit_replaced',
    'adopted',
    'replaced',
    'replaced',
    'replaced',
  ])
})

test('the newest version counts: a compacted file keeps the values of the slot collected again', async () => {
  const folder = copyOfLake()
  for (const version of [4, 5]) truncateSync(commitOf(folder, version), 30)
  await repaired(folder)
  expect(await slots(folder)).toEqual(ALL)
  const lake = await readingLake(folder)
  expect((await currentState(lake)).files.size).toBe(1)
})

/** A commit as another program writes it. */
function commitForeign(
  folder: string,
  table: string,
  { version, action }: { version: number; action: Action },
) {
  writeFileSync(commitOf(folder, version, table), `${JSON.stringify(action)}\n`)
}

const DELETION_VECTORS: Action = {
  protocol: {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ['deletionVectors'],
    writerFeatures: ['deletionVectors'],
  },
}

test('a table that needs a feature that we lack is left alone, and the others are repaired', async () => {
  const folder = copyOfLake()
  commitForeign(folder, 'daily_observations', { version: 3, action: DELETION_VECTORS })
  truncateSync(fileAddedBy(folder, 2, 'daily_observations'), 50)
  truncateSync(fileAddedBy(folder, 5), 100)
  const detail = expect.stringMatching(
    /daily_observations at version 3 needs the table feature deletionVectors/,
  )
  const unsupported = { kind: 'unsupported_table', path: join(folder, 'daily_observations'), detail }
  const { findings } = await verify(folder, { clock })
  expect(findings.map(({ kind }) => kind)).toEqual(['unsupported_table', 'damaged_file'])
  expect(findings[0]).toEqual(unsupported)
  const report = await repair(folder, { clock, dryRun: false })
  expect(report.repairs.map(({ kind }) => kind)).toEqual(['quarantined', 'restored', 'restored', 'restored'])
  expect(report.findings).toEqual([unsupported])
})

test('option_snapshots with a feature that we lack is a finding, and nothing is repaired', async () => {
  const folder = copyOfLake()
  truncateSync(fileAddedBy(folder, 5), 100)
  commitForeign(folder, 'option_snapshots', { version: 6, action: DELETION_VECTORS })
  const before = filesBelow(folder)
  const found = {
    findings: [
      {
        kind: 'unsupported_table',
        path: join(folder, 'option_snapshots'),
        detail: expect.stringMatching(
          /option_snapshots at version 6 needs the table feature deletionVectors/,
        ),
      },
    ],
  }
  expect(await verify(folder, { clock })).toMatchObject(found)
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], ...found })
  expect(filesBelow(folder)).toEqual(before)
})

test('an append-only table is left alone, and the repair says so', async () => {
  const folder = copyOfLake()
  const metaData = actionsOf(folder, 0).flatMap((action) =>
    'metaData' in action ? [action.metaData] : [],
  )[0]
  const configuration = { ...metaData?.configuration, 'delta.appendOnly': 'true' }
  const action = { metaData: { ...metaData, configuration } } as Action
  commitForeign(folder, 'option_snapshots', { version: 6, action })
  expect(await repair(folder, { clock, dryRun: false })).toMatchObject({ repairs: [], findings: [] })
  truncateSync(fileAddedBy(folder, 5), 100)
  const before = filesBelow(folder)
  const { repairs, findings } = await repair(folder, { clock, dryRun: false })
  expect(repairs).toEqual([])
  expect(findings).toMatchObject([
    { kind: 'unsupported_table', detail: expect.stringMatching(/delta.appendOnly=true/) },
    { kind: 'damaged_file' },
  ])
  expect(filesBelow(folder)).toEqual(before)
})

test('a commit with a flipped byte anywhere is a finding with its table, version and remedy', async () => {
  const folder = copyOfLake()
  const path = commitOf(folder, 4)
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at += 97) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
    writeFileSync(path, flipped)
    const { findings } = await verifyTableLog(join(folder, 'option_snapshots/_delta_log'))
    expect(findings).toEqual([
      {
        kind: 'broken_log',
        path,
        detail: expect.stringMatching(/00000000000000000004\.json.*optionlake repair/),
      },
    ])
  }
})
