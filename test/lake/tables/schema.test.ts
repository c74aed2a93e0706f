import { expect, test } from 'vitest'
import { currentState, type Lake, openLake } from '../../../src/lake/open.ts'
import { chainAsOf, latestChain } from '../../../src/lake/query/chains.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { newMetaData, SCHEMA_VERSION_PROPERTY, type TableSchema } from '../../../src/lake/tables/schema.ts'
import { compareSchema } from '../../../src/lake/tables/schema-evolution.ts'
import { append } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import type { Column } from '../../../src/snapshot/column.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { type OtherSchema, rewriteAs } from '../older.ts'
import { after, chain, SLOT, slotOf } from '../slots.ts'

/** A closed lake of two slots, as another program would have written it. */
async function lakeOf(other: OtherSchema): Promise<string> {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  for (const n of [0, 1]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  await lake.close()
  await rewriteAs(folder, other)
  return folder
}

const fieldsOf = async (lake: Lake): Promise<string[]> => {
  const { metaData } = await currentState(lake)
  return (JSON.parse(metaData!.schemaString) as { fields: { name: string }[] }).fields.map(({ name }) => name)
}

test('columns that an older lake lacks read as null', async () => {
  const lake = await readingLake(await lakeOf({ without: ['vega', 'quoted_at'], version: 1 }))
  expect(await fieldsOf(lake)).not.toContain('vega')
  const rows = await latestChain(lake, 'SPY')
  expect(rows).toHaveLength(20)
  expect(rows.every((row) => row.vega === null && row.quoted_at === null && row.gamma !== null)).toBe(true)
  const counted = await sql(lake, 'SELECT count(*), count(vega), count(gamma) FROM option_snapshots')
  expect(counted.rows).toEqual([[40, 0, 40]])
})

test('opened for writing, it gets the new columns, and holds old and new rows', async () => {
  const folder = await lakeOf({ without: ['vega'], version: 1 })
  const lake = await temporaryLake(folder)
  expect(await fieldsOf(lake)).toContain('vega')
  expect((await currentState(lake)).version).toBe(3)
  await append(lake, slotOf({ SPY: chain(20) }, after(2)))
  const half = chain(20).slice(0, 8)
  expect((await append(lake, slotOf({ SPY: half }, after(1)))).reports[0]?.rows).toBe(20)
  const reader = await readingLake(folder)
  const { rows } = await sql(
    reader,
    'SELECT count(*), count(vega) FROM option_snapshots GROUP BY timestamp ORDER BY timestamp',
  )
  expect(rows).toEqual([
    [20, 0],
    [20, 8],
    [20, 20],
  ])
  expect((await chainAsOf(reader, 'SPY', { at: SLOT })).every((row) => row.vega === null)).toBe(true)
  const again = await readingLake(folder)
  expect((await currentState(again)).version).toBe(5)
})

test('a lake of a newer schema can be read as far as its columns are known, and is not written', async () => {
  const folder = await lakeOf({ extra: 'rho', version: 1_000 })
  const reader = await readingLake(folder)
  const rows = await chainAsOf(reader, 'SPY', { at: SLOT })
  expect(rows).toHaveLength(20)
  expect(rows[0]).not.toHaveProperty('rho')
  expect((await sql(reader, 'SELECT count(*), count(vega) FROM option_snapshots')).rows).toEqual([[40, 40]])
  const writing = openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await expect(writing).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringMatching(/schema version 1000, newer than this program's.*update optionlake/),
  })
})

test('a lake that lacks a column which may not be null is refused', async () => {
  const folder = await lakeOf({ without: ['con_id'], version: 1 })
  await expect(openLake(folder, { mode: 'read', clock: systemClock })).rejects.toMatchObject({
    exitCode: 78,
    message: expect.stringMatching(/option_snapshots cannot be used, it has no con_id/),
  })
})

const ONE: Column = { name: 'a', type: 'double', nullable: true, unit: '', doc: '' }
const TWO: Column = { name: 'b', type: 'string', nullable: true, unit: '', doc: '', since: 2 }
const oneColumn: TableSchema = { columns: [ONE], partitionColumns: [] }
const twoColumns: TableSchema = { columns: [ONE, TWO], partitionColumns: [] }
const described = (schema: TableSchema) => newMetaData(schema, { id: 'x', source: 'ib', now: 1 })

test('an added column raises the schema version, and keeps columns of other programs', () => {
  const stored = described(oneColumn)
  const theirs = {
    type: 'struct',
    fields: [...JSON.parse(stored.schemaString).fields, { name: 'c', type: 'long' }],
  }
  const standing = compareSchema({ ...stored, schemaString: JSON.stringify(theirs) }, twoColumns, 't')
  if (standing.kind !== 'older') throw new Error(standing.kind)
  expect(standing.metaData.configuration[SCHEMA_VERSION_PROPERTY]).toBe('2')
  const fields = JSON.parse(standing.metaData.schemaString).fields as { name: string }[]
  expect(fields.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(compareSchema(standing.metaData, twoColumns, 't')).toEqual({ kind: 'same' })
  expect(compareSchema(standing.metaData, oneColumn, 't')).toEqual({ kind: 'newer', version: 2 })
})

test.each<[string, Partial<ReturnType<typeof described>>, string]>([
  [
    'another type',
    { schemaString: '{"fields":[{"name":"a","type":"long"}]}' },
    'its column a is of type long',
  ],
  ['other partitions', { partitionColumns: ['a'] }, 'it is partitioned by "a"'],
  ['no version', { configuration: {} }, 'its optionlake.schemaVersion is ""'],
])('a table with %s is refused', (_what, change, why) => {
  expect(compareSchema({ ...described(oneColumn), ...change }, oneColumn, 't')).toEqual({
    kind: 'foreign',
    why,
  })
})
