import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  type Action,
  append,
  cleanUpLog,
  commit,
  commitName,
  createTable,
  type DeltaTable,
  loadTable,
  refresh,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const COLUMNS = [{ name: 'price', type: 'double', nullable: true }]

async function makeTable(): Promise<DeltaTable> {
  const table = await createTable(temporaryFolder(), { columns: COLUMNS })
  await append(table, [{ path: 'x.parquet', size: 1 }])
  return table
}

/** Another program commits the next version. */
function commitByOther({ logFolder }: DeltaTable, version: number, ...lines: readonly object[]): void {
  writeFileSync(join(logFolder, commitName(version)), lines.map((line) => JSON.stringify(line)).join('\n'))
}

function metaDataOf({ state }: DeltaTable, changes: object): object {
  return { metaData: { ...state.metaData, ...changes } }
}

const schemaOf = (metadata: object) =>
  JSON.stringify({ type: 'struct', fields: [{ name: 'price', type: 'double', nullable: true, metadata }] })

/** Everything that writes. */
const WRITES: readonly ((table: DeltaTable) => Promise<unknown>)[] = [
  (table) => append(table, [{ path: 'y.parquet', size: 1 }]),
  (table) => commit(table, table.state.version, []),
  (table) => writeCheckpoint(table),
  (table) => cleanUpLog(table, { before: Number.POSITIVE_INFINITY }),
]

const protocolOf = (minReaderVersion: number, minWriterVersion: number, features: object = {}) => ({
  protocol: { minReaderVersion, minWriterVersion, ...features },
})

test.each([
  ['writer version 3', protocolOf(1, 3), 'Delta writer version 3 (checkConstraints)'],
  ['writer version 4', protocolOf(1, 4), 'Delta writer version 4 (changeDataFeed, generatedColumns)'],
  ['writer version 7 without a list', protocolOf(1, 7), 'Delta writer version 7'],
  [
    'two writer features',
    protocolOf(1, 7, { writerFeatures: ['appendOnly', 'rowTracking', 'domainMetadata'] }),
    'the table features rowTracking, domainMetadata (writer version 7)',
  ],
])('a table that another program raises to %s is read, and left as it is', async (_what, line, needed) => {
  const table = await makeTable()
  commitByOther(table, 2, line)
  const before = readdirSync(table.logFolder)
  for (const write of WRITES) {
    await expect(write(table)).rejects.toMatchObject({
      code: 'protocol_unsupported',
      message: `${table.folder} at version 2 needs ${needed}, which this program does not have, so it writes nothing to it: remove it with the program that added it`,
    })
  }
  expect(readdirSync(table.logFolder)).toEqual(before)
  expect((await refresh(table)).files.size).toBe(1)
})

test.each([
  ['reader version 2', protocolOf(2, 5), 'Delta reader version 2 (columnMapping)'],
  [
    'a reader feature',
    protocolOf(3, 7, { readerFeatures: ['deletionVectors'], writerFeatures: ['deletionVectors'] }),
    'the table feature deletionVectors (reader version 3)',
  ],
])('a table that another program raises to %s is neither read nor written', async (_what, line, needed) => {
  const table = await makeTable()
  commitByOther(table, 2, line)
  const message = `${table.folder} at version 2 needs ${needed}, which this program does not have, so it cannot read it: remove it with the program that added it`
  for (const work of [refresh, ...WRITES]) {
    await expect(work(table)).rejects.toMatchObject({ code: 'protocol_unsupported', message })
  }
  await expect(loadTable(table.folder)).rejects.toMatchObject({ code: 'protocol_unsupported', message })
  expect(readdirSync(table.logFolder)).toHaveLength(3)
})

test('a change prepared before the table was raised is not committed after it', async () => {
  const table = await makeTable()
  commitByOther(table, 2, protocolOf(1, 7, { writerFeatures: ['rowTracking'] }))
  expect(await commit(table, 1, [])).toMatchObject({ kind: 'conflict', state: { version: 2 } })
  await expect(commit(table, 2, [])).rejects.toMatchObject({ code: 'protocol_unsupported' })
})

test('features that commits follow are written, and survive our checkpoints', async () => {
  const table = await makeTable()
  const features = { readerFeatures: [], writerFeatures: ['appendOnly', 'invariants'] }
  commitByOther(table, 2, protocolOf(3, 7, features))
  await append(table, [{ path: 'y.parquet', size: 1 }])
  const { version } = await writeCheckpoint(table)
  for (let deleted = 0; deleted <= version; deleted++) rmSync(join(table.logFolder, commitName(deleted)))
  const loaded = await loadTable(table.folder)
  expect(loaded.state.protocol).toEqual({ minReaderVersion: 3, minWriterVersion: 7, ...features })
  expect(loaded.state.files.size).toBe(2)
})

test('an append-only table takes new files and rearranged ones, but no removal of data', async () => {
  const table = await makeTable()
  commitByOther(table, 2, metaDataOf(table, { configuration: { 'delta.appendOnly': 'true' } }))
  await append(table, [{ path: 'y.parquet', size: 1 }])
  const removal = (dataChange: boolean): Action => ({ remove: { path: 'x.parquet', dataChange } })
  await expect(commit(table, 3, [removal(true)])).rejects.toMatchObject({
    code: 'refused',
    message: `${table.folder} at version 3 has the property delta.appendOnly=true, so x.parquet and its rows cannot be removed: set the property to false to allow it`,
  })
  expect(await commit(table, 3, [removal(false)])).toMatchObject({ kind: 'committed' })
})

test.each([
  [
    'a column invariant',
    { schemaString: schemaOf({ 'delta.invariants': '{}' }) },
    'the invariant of column price',
  ],
  [
    'a generated column',
    { schemaString: schemaOf({ 'delta.generationExpression': '1' }) },
    'the generation expression of column price',
  ],
  [
    'an identity column',
    { schemaString: schemaOf({ 'delta.identity.start': 1 }) },
    'the identity values of column price',
  ],
  [
    'a check constraint',
    { configuration: { 'delta.constraints.positive': 'price > 0' } },
    'the check constraint positive',
  ],
  ['column mapping', { configuration: { 'delta.columnMapping.mode': 'name' } }, 'column mapping by name'],
  ['a change data feed', { configuration: { 'delta.enableChangeDataFeed': 'true' } }, 'the change data feed'],
])('a table to which another program adds %s is left as it is', async (_what, changes, needed) => {
  const table = await makeTable()
  commitByOther(table, 2, metaDataOf(table, changes))
  for (const write of WRITES) {
    await expect(write(table)).rejects.toMatchObject({
      code: 'protocol_unsupported',
      message: expect.stringContaining(`at version 2 needs ${needed}, which`),
    })
  }
})

test('a deletion vector is refused, because the deleted rows would be read', async () => {
  const table = await makeTable()
  const deletionVector = {
    storageType: 'u',
    pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
    sizeInBytes: 1,
    cardinality: 1,
  }
  const add = { path: 'z.parquet', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true }
  commitByOther(table, 2, { add: { ...add, deletionVector } })
  await expect(refresh(table)).rejects.toMatchObject({
    code: 'protocol_unsupported',
    message: expect.stringContaining('has a deletion vector for z.parquet'),
  })
})

test('actions of other programs are read whatever is in their free-form and unknown fields', async () => {
  const table = await makeTable()
  const infos = [
    { timestamp: '2026-11-20T10:00:00Z', operation: null, engineInfo: 7 },
    {
      timestamp: 1.5,
      operation: ['x'],
      operationParameters: { a: { b: [null, 1, 'c'] } },
      userMetadata: true,
    },
    {},
    null,
    'text',
  ]
  infos.forEach((commitInfo, n) => {
    commitByOther(table, 2 + n, { commitInfo })
  })
  const add = {
    path: 'z.parquet',
    partitionValues: {},
    size: 1,
    modificationTime: 1,
    dataChange: true,
    baseRowId: 5,
    defaultRowCommitVersion: 2,
    clusteringProvider: 'liquid',
    deletionVector: null,
    tags: null,
  }
  const { schemaString } = table.state.metaData!
  const metaData = { id: 'm', format: { provider: 'parquet' }, schemaString, partitionColumns: [] }
  commitByOther(table, 7, { add }, { remove: { path: 'x.parquet', dataChange: true, deletionTimestamp: 3 } })
  commitByOther(
    table,
    8,
    { metaData },
    { domainMetadata: { domain: 'd', configuration: '', removed: false } },
  )
  const state = await refresh(table)
  expect(state).toMatchObject({ version: 8, removed: new Map([['x.parquet', 3]]) })
  expect([...state.files.keys()]).toEqual(['z.parquet'])
  expect(state.metaData).toMatchObject({ format: { options: {} }, configuration: {} })
  const { version } = await writeCheckpoint(table)
  const loaded = await loadTable(table.folder)
  expect(loaded).toMatchObject({ checkpoint: version, faults: [] })
  expect([...loaded.state.files.keys()]).toEqual(['z.parquet'])
})
