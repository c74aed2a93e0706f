import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import {
  type Action,
  append,
  checkpointName,
  cleanUpLog,
  commit,
  commitName,
  commitWithRetry,
  createTable,
  type DeltaTable,
  loadTable,
  lockForWriting,
  type NewFile,
  putIfAbsent,
  readVersion,
  refresh,
  remove,
  type TableOptions,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const CHECKSUM = { checksum: { content: 'trades.checksum', file: 'trades.sha256' } }
const COLUMNS = [
  { name: 'price', type: 'double', nullable: false },
  { name: 'venue', type: 'string', nullable: true },
]

function makeTable(options: TableOptions = {}, folder = temporaryFolder()): Promise<DeltaTable> {
  return createTable(folder, { columns: COLUMNS, partitionColumns: ['venue'] }, options)
}

/** A data file as recorded in the log; no test reads its bytes. */
function file(name: string, venue: string | null = 'A'): NewFile {
  return { path: `venue=${venue}/${name}.parquet`, size: 10, partitionValues: { venue } }
}

function pathsOf({ state }: DeltaTable): string[] {
  return [...state.files.keys()]
}

test('a table is created once', async () => {
  const { folder, state } = await makeTable()
  expect(state).toMatchObject({ version: 0, metaData: { partitionColumns: ['venue'] } })
  await expect(makeTable({}, folder)).rejects.toMatchObject({ code: 'table_exists' })
})

test('a reader that refreshes sees appended and removed files', async () => {
  const writer = await makeTable()
  const reader = await loadTable(writer.folder)
  await append(writer, [file('one'), file('two', null)], { now: 5, info: { operator: 'me' } })
  await remove(writer, ['venue=A/one.parquet', 'venue=A/unknown.parquet'], { now: 7 })
  await refresh(reader)
  expect(pathsOf(reader)).toEqual(['venue=null/two.parquet'])
  expect(reader.state).toMatchObject({ version: 2, removed: new Map([['venue=A/one.parquet', 7]]) })
  expect(reader.state.files.get('venue=null/two.parquet')).toMatchObject({ partitionValues: { venue: null } })
  expect((await readVersion(reader, 1)).files.size).toBe(2)
  const info = readFileSync(join(writer.logFolder, commitName(1)), 'utf8')
  expect(info).toContain('"operator":"me"')
})

test('a file without its partition values is refused, and nothing is written', async () => {
  const table = await makeTable()
  await expect(append(table, [{ path: 'x.parquet', size: 1 }])).rejects.toThrow(/needs a partition value/)
  expect((await refresh(table)).version).toBe(0)
})

test('an append with an application version that is already committed is not repeated', async () => {
  const table = await makeTable()
  const transaction = { appId: 'loader', version: 3 }
  await append(table, [file('one')], { transaction })
  await append(await loadTable(table.folder), [file('again')], { transaction })
  expect((await refresh(table)).version).toBe(1)
  expect(pathsOf(table)).toEqual(['venue=A/one.parquet'])
})

test('of several that put the same file, exactly one writes it', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'one')
  const put = (text: string) => putIfAbsent({ path, bytes: Buffer.from(text), unique: text, below: folder })
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(put))
  expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1)
  expect(readFileSync(path, 'utf8')).toBe('abcd'[outcomes.indexOf('written')])
  expect(readdirSync(folder)).toEqual(['one'])
})

test('appends of several writers at once are all in the table, each in its own version', async () => {
  const { folder } = await makeTable()
  const writers = await Promise.all([1, 2, 3, 4].map(() => loadTable(folder)))
  await Promise.all(writers.map((writer, n) => append(writer, [file(`${n}`)])))
  const reader = await loadTable(folder)
  expect(reader.state.version).toBe(4)
  expect(pathsOf(reader).sort()).toEqual([0, 1, 2, 3].map((n) => `venue=A/${n}.parquet`))
})

test('when two writers remove the same file, the second finds it gone', async () => {
  const one = await makeTable()
  await append(one, [file('x')])
  const other = await loadTable(one.folder)
  const removal: Action = { remove: { path: 'venue=A/x.parquet', dataChange: true } }
  expect(await commit(one, 1, [removal])).toMatchObject({ kind: 'committed' })
  expect(await commit(other, 1, [removal])).toMatchObject({
    kind: 'conflict',
    reason: 'another writer removed venue=A/x.parquet',
    state: { version: 2 },
  })
})

test('a change overtaken by another writer is prepared again, and its first files are deleted', async () => {
  const ours = await makeTable()
  const other = await loadTable(ours.folder)
  const { metaData } = ours.state
  const withdrawn: number[] = []
  const done = await commitWithRetry(ours, async ({ version }) => {
    if (version === 0) await commit(other, 0, [{ metaData: metaData! }])
    return { actions: [{ txn: { appId: 'a', version } }], withdraw: async () => void withdrawn.push(version) }
  })
  expect(withdrawn).toEqual([0])
  expect(done.state).toMatchObject({ version: 2, transactions: new Map([['a', 1]]) })
})

test('a writer that loses every race gives up with a conflict', async () => {
  const ours = await makeTable()
  const other = await loadTable(ours.folder)
  const { metaData } = ours.state
  const attempt = commitWithRetry(
    ours,
    async ({ version }) => {
      await commit(other, version, [{ metaData: metaData! }])
      return { actions: [{ metaData: metaData! }] }
    },
    'the metadata',
  )
  await expect(attempt).rejects.toMatchObject({
    code: 'conflict',
    message: `${ours.folder}: another writer changed the metadata 5 times over: stop it`,
  })
})

test('a conflict rule of the caller can stop a commit that the protocol allows', async () => {
  const ours = await makeTable({
    conflict: (_, theirs) => (theirs.some((one) => 'add' in one) ? 'rows' : null),
  })
  await append(await loadTable(ours.folder), [file('x')])
  expect(await commit(ours, 0, [])).toMatchObject({ kind: 'conflict', reason: 'rows' })
})

test('a checkpoint holds the whole table, and loading needs no commit before it', async () => {
  const table = await makeTable(CHECKSUM)
  const stats = { numRecords: 3 }
  await append(table, [{ ...file('a b'), stats, tags: { by: 'me' } }, file('none', null), file('gone')])
  await append(table, [], { transaction: { appId: 'loader', version: 9 } })
  await remove(table, ['venue=A/gone.parquet'], { now: 11 })
  const before = (await loadTable(table.folder, CHECKSUM)).state
  const report = await writeCheckpoint(table)
  expect(report).toMatchObject({ version: 3, files: 2, removed: 1 })
  for (let version = 0; version <= 3; version++) rmSync(join(table.logFolder, commitName(version)))
  const loaded = await loadTable(table.folder, CHECKSUM)
  expect(loaded).toMatchObject({ checkpoint: 3, faults: [] })
  expect(loaded.state).toEqual(before)
})

test('a record of a removed file is left out of checkpoints once the file is gone', async () => {
  const table = await makeTable()
  mkdirSync(join(table.folder, 'venue=A'))
  writeFileSync(join(table.folder, 'venue=A/x.parquet'), 'rows')
  await append(table, [file('x')])
  await remove(table, ['venue=A/x.parquet'], { now: 11 })
  expect(await writeCheckpoint(table, { forgetBefore: 12 })).toMatchObject({ removed: 1 })
  rmSync(join(table.folder, 'venue=A/x.parquet'))
  expect(await writeCheckpoint(table, { forgetBefore: 12 })).toMatchObject({ removed: 0 })
})

test('DuckDB reads a checkpoint as it was written', async () => {
  const table = await makeTable(CHECKSUM)
  const many = Array.from({ length: 2_500 }, (_, n) => file(String(n), n % 2 ? 'A' : null))
  await append(table, many)
  await remove(table, ['venue=A/1.parquet'], { now: 11 })
  await writeCheckpoint(table)
  const path = join(table.logFolder, checkpointName(2))

  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const ask = async (select: string) =>
    (await connection.runAndReadAll(`SELECT ${select} FROM read_parquet('${path}')`)).getRowsJson()[0]
  const counts = 'count(*), count(add), count(remove), count(metaData), count(protocol), count(txn)'
  expect((await ask(counts))?.map(Number)).toEqual([2_502, 2_499, 1, 1, 1, 0])
  expect(await ask("count(*) FILTER (add.partitionValues['venue'] = 'A')")).toEqual(['1249'])
  expect(await ask('max(add.size), max(remove.deletionTimestamp), max(protocol.minWriterVersion)')).toEqual([
    '10',
    '11',
    2,
  ])
  expect(await ask('max(metaData.partitionColumns[1]), max(metaData.schemaString)')).toEqual([
    'venue',
    table.state.metaData?.schemaString,
  ])
  connection.closeSync()
})

test('clean-up deletes commits that two checkpoints cover, and a reader left behind catches up', async () => {
  const table = await makeTable()
  const reader = await loadTable(table.folder)
  const tomorrow = Date.now() + 86_400_000
  for (const name of ['a', 'b', 'c', 'd']) {
    await append(table, [file(name)])
    await writeCheckpoint(table)
  }
  expect(await cleanUpLog(table, { before: 0 })).toEqual({ commits: [], checkpoints: [] })
  expect(await cleanUpLog(table, { before: tomorrow, upTo: 1 })).toMatchObject({ commits: [0, 1] })
  expect(await cleanUpLog(table, { before: tomorrow })).toEqual({ commits: [2], checkpoints: [] })
  expect((await refresh(reader)).files.size).toBe(4)
  await expect(readVersion(table, 1)).rejects.toMatchObject({ code: 'no_such_version' })
  expect((await readVersion(table, 3)).files.size).toBe(3)
})

test('a changed commit is detected with checksums, without them only when it no longer parses', async () => {
  for (const [options, outcome] of [
    [CHECKSUM, 'damaged'],
    [{}, null],
  ] as const) {
    const table = await makeTable(options)
    await append(table, [file('x')])
    const path = join(table.logFolder, commitName(1))
    writeFileSync(path, readFileSync(path, 'utf8').replace('"size":10', '"size":11'))
    const loading = loadTable(table.folder, options).then(
      () => null,
      (error: { code: string }) => error.code,
    )
    expect(await loading).toBe(outcome)
  }
})

test('a commit that is missing in the middle is an error that names it', async () => {
  const table = await makeTable()
  for (const name of ['a', 'b']) await append(table, [file(name)])
  rmSync(join(table.logFolder, commitName(1)))
  const loading = loadTable(table.folder)
  await expect(loading).rejects.toMatchObject({ code: 'damaged' })
  await expect(loading).rejects.toThrow(/00000000000000000001\.json: it is missing/)
})

test('a table that needs a newer reader is not read, and one that needs a newer writer is not written', async () => {
  const table = await makeTable()
  const protocolOf = (minReaderVersion: number, minWriterVersion: number): Action[] => [
    { protocol: { minReaderVersion, minWriterVersion } },
  ]
  await commit(table, 0, protocolOf(1, 7))
  await expect(append(table, [file('x')])).rejects.toMatchObject({ code: 'protocol_unsupported' })
  writeFileSync(join(table.logFolder, commitName(2)), JSON.stringify(protocolOf(3, 7)[0]))
  await expect(loadTable(table.folder)).rejects.toMatchObject({ code: 'protocol_unsupported' })
})

test('a folder is locked for one writer at a time', async () => {
  const folder = temporaryFolder()
  const lock = await lockForWriting(folder, 'trades')
  await expect(lockForWriting(folder, 'trades')).rejects.toMatchObject({ code: 'locked' })
  await lock.release()
  await (await lockForWriting(folder, 'trades')).release()
})
