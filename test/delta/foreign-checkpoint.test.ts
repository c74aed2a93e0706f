import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { checksumOfRows } from '../../src/delta/checkpoint/checkpoint-rows.ts'
import { decodingEnds } from '../../src/delta/checkpoint/trial-decoding.ts'
import {
  type Action,
  append,
  availableVersions,
  checkpointName,
  commitName,
  createTable,
  type DeltaTable,
  LAST_CHECKPOINT,
  loadTable,
  readVersion,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const CHECKSUM = { checksum: { content: 'trades.checksum', file: 'trades.sha256' } }

/** A table of version 1 with this many files. */
async function makeTable(count: number): Promise<DeltaTable> {
  const columns = [{ name: 'price', type: 'double', nullable: false }]
  const table = await createTable(temporaryFolder(), { columns, partitionColumns: ['venue'] }, CHECKSUM)
  const files = Array.from({ length: count }, (_, n) => ({
    path: `venue=A/${n}.parquet`,
    size: n,
    partitionValues: { venue: n % 2 ? 'A' : null },
    stats: { numRecords: n },
  }))
  await append(table, files)
  return table
}

function actionsOf({ state }: DeltaTable): Action[] {
  const adds = [...state.files.values()].map((file) => ({ add: { ...file, dataChange: false } }))
  return [{ protocol: state.protocol! }, { metaData: state.metaData! }, ...adds]
}

const MAP = 'MAP(VARCHAR, VARCHAR)'
const STATS = { numRecords: 'BIGINT', minValues: { price: 'DOUBLE', day: 'DATE' } }
const SHAPE = {
  txn: { appId: 'VARCHAR', version: 'BIGINT' },
  add: {
    path: 'VARCHAR',
    partitionValues: MAP,
    size: 'BIGINT',
    modificationTime: 'BIGINT',
    dataChange: 'BOOLEAN',
    stats: 'VARCHAR',
    stats_parsed: STATS,
  },
  remove: { path: 'VARCHAR', deletionTimestamp: 'BIGINT', dataChange: 'BOOLEAN' },
  metaData: {
    id: 'VARCHAR',
    format: { provider: 'VARCHAR', options: MAP },
    schemaString: 'VARCHAR',
    partitionColumns: ['VARCHAR'],
    configuration: MAP,
    createdTime: 'BIGINT',
  },
  protocol: { minReaderVersion: 'INTEGER', minWriterVersion: 'INTEGER' },
}

/** Writes files as DuckDB does, which wrote the checkpoints of version 0.1. */
async function writeByDuckDB(
  actions: readonly object[],
  files: readonly { readonly path: string; readonly select: string; readonly options?: string }[],
): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const rows = `SELECT unnest(from_json($actions::JSON, '[${JSON.stringify(SHAPE)}]')) AS action`
  await connection.run(`CREATE TEMP TABLE actions AS SELECT action.* FROM (${rows})`, {
    actions: JSON.stringify(actions),
  })
  for (const { path, select, options = 'COMPRESSION snappy' } of files) {
    await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet, ${options})`)
  }
  connection.closeSync()
}

function deleteCommits({ logFolder }: DeltaTable): void {
  for (const version of [0, 1]) rmSync(join(logFolder, commitName(version)))
}

test('a checkpoint of version 0.1 with 1,000 files and none removed is read, in the order that it has', async () => {
  const table = await makeTable(1000)
  const actions = actionsOf(table)
  const parts = ['add IS NULL AND remove IS NULL', 'add IS NOT NULL', 'remove IS NOT NULL']
  const select = parts.map((part) => `SELECT * FROM actions WHERE ${part}`).join(' UNION ALL ')
  const footer = `KV_METADATA {'trades.checksum': '${checksumOfRows(1, actions)}'}`
  const options = `COMPRESSION snappy, ROW_GROUP_SIZE 2000, ${footer}`
  await writeByDuckDB(actions, [{ path: join(table.logFolder, checkpointName(1)), select, options }])
  deleteCommits(table)
  const loaded = await loadTable(table.folder, CHECKSUM)
  expect(loaded).toMatchObject({ checkpoint: 1, faults: [] })
  expect(loaded.state.files).toEqual(table.state.files)
})

test('a checkpoint in several parts is read, with its hint and without; one that lacks a part is not', async () => {
  const table = await makeTable(9)
  const partOf = (part: number) =>
    join(table.logFolder, `${commitName(1).slice(0, 20)}.checkpoint.000000000${part}.0000000002.parquet`)
  await writeByDuckDB(actionsOf(table), [
    { path: partOf(1), select: 'SELECT * FROM actions WHERE add IS NULL OR add.size < 4' },
    { path: partOf(2), select: 'SELECT * FROM actions WHERE add.size >= 4' },
  ])
  deleteCommits(table)
  const hint = join(table.logFolder, LAST_CHECKPOINT)
  for (const text of [null, '{"version":1,"size":11,"parts":2}']) {
    if (text) writeFileSync(hint, text)
    const loaded = await loadTable(table.folder, CHECKSUM)
    expect(loaded).toMatchObject({ checkpoint: 1, faults: [] })
    expect(loaded.state.files).toEqual(table.state.files)
  }
  expect(await availableVersions(table)).toMatchObject([{ version: 1 }])
  expect((await readVersion(table, 1)).files.size).toBe(9)
  rmSync(partOf(2))
  await expect(loadTable(table.folder, CHECKSUM)).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('0000000002.0000000002.parquet: it is missing'),
  })
})

test.each([
  ['zstd', 'it is compressed with ZSTD, which is not supported'],
  ['gzip', 'it is compressed with GZIP, which is not supported'],
])('a checkpoint compressed with %s is passed over with the reason', async (codec, why) => {
  const table = await makeTable(2)
  const path = join(table.logFolder, checkpointName(1))
  await writeByDuckDB(actionsOf(table), [
    { path, select: 'SELECT * FROM actions', options: `COMPRESSION ${codec}` },
  ])
  const loaded = await loadTable(table.folder, CHECKSUM)
  expect(loaded).toMatchObject({ checkpoint: -1, faults: [{ path, why }] })
  expect(loaded.state.files.size).toBe(2)
})

test('a checkpoint of version 2 is passed over with the reason', async () => {
  const table = await makeTable(2)
  const name = `${commitName(1).slice(0, 20)}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`
  writeFileSync(join(table.logFolder, name), '{}')
  const why = 'it is a checkpoint of version 2, which is not supported'
  expect(await loadTable(table.folder)).toMatchObject({
    faults: [{ path: join(table.logFolder, name), why }],
  })
})

test('statistics that a checkpoint has only in parsed form are passed over', async () => {
  const table = await makeTable(3)
  const adds = [...table.state.files.values()].map(({ stats: _, ...add }, n) => ({
    add: {
      ...add,
      dataChange: false,
      stats_parsed: { numRecords: n, minValues: { price: 1.5, day: '2026-11-20' } },
    },
  }))
  const path = join(table.logFolder, checkpointName(1))
  await writeByDuckDB([...actionsOf(table).slice(0, 2), ...adds], [{ path, select: 'SELECT * FROM actions' }])
  deleteCommits(table)
  const loaded = await loadTable(table.folder, CHECKSUM)
  expect(loaded).toMatchObject({ checkpoint: 1, faults: [] })
  expect([...loaded.state.files.values()]).toEqual(
    adds.map(({ add: { stats_parsed: _, dataChange: __, ...add } }) => add),
  )
})

test('a checkpoint whose damage would keep its reader busy is noticed by a process of its own', async () => {
  const table = await makeTable(2000)
  // Without a checksum, as another program writes it.
  const { version } = await writeCheckpoint(await loadTable(table.folder))
  const path = join(table.logFolder, checkpointName(version))
  const sound = readFileSync(path)
  expect(await decodingEnds(path, sound.length)).toBe(true)
  const damaged = Buffer.from(sound)
  // The definition levels of a column: a run of 2,000, and the level. The damaged length is a billion.
  damaged.set([0xfe, 0xff, 0xff, 0xff, 0x07], sound.indexOf(Buffer.from([0xa0, 0x1f, 0x02])))
  writeFileSync(path, damaged)
  expect(await decodingEnds(path, damaged.length, 1_000)).toBe(false)
})
