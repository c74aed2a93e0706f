import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointRows, firstDifference } from '../../src/delta/checkpoint/checkpoint-rows.ts'
import { checkpointParquet } from '../../src/delta/checkpoint/encode-checkpoint.ts'
import type { Action } from '../../src/delta/index.ts'

const HEAD: readonly Action[] = [
  { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
  {
    metaData: {
      id: 'm',
      format: { provider: 'parquet', options: {} },
      schemaString: '{"type":"struct","fields":[]}',
      partitionColumns: ['symbol', 'date'],
      configuration: { 'delta.appendOnly': 'false' },
      createdTime: 5,
    },
  },
]

/** Which optional parts a table has, and how alike its files are. */
interface Shape {
  readonly hasStats: boolean
  readonly hasTags: boolean
  readonly transactions: number
  readonly removes: number
  /** Number of different values of a field. */
  readonly distinct: number
}

function actionsOf(adds: number, { hasStats, hasTags, transactions, removes, distinct }: Shape): Action[] {
  const count = (length: number, make: (n: number) => Action) => Array.from({ length }, (_, n) => make(n))
  return [
    ...HEAD,
    ...count(transactions, (n) => ({ txn: { appId: `application ${n}`, version: n } })),
    ...count(adds, (n) => ({
      add: {
        path: `symbol=SPY/date=2026-11-20/${n}.parquet`,
        partitionValues: { symbol: n % 3 === 0 ? null : `S${n % distinct}`, date: '2026-11-20' },
        size: n % distinct,
        modificationTime: 1_795_000_000_000 + (n % distinct),
        dataChange: false,
        ...(hasStats && n % 7 > 0 ? { stats: `{"numRecords":${n % distinct}}` } : {}),
        ...(hasTags && n % 5 > 0 ? { tags: { rows: String(n % distinct), none: null } } : {}),
      },
    })),
    ...count(removes, (n) => ({
      remove: { path: `${n}.parquet`, deletionTimestamp: n % distinct, dataChange: false },
    })),
  ]
}

async function differenceAfterReading(actions: readonly Action[]): Promise<number | string | null> {
  const content = await checkpointRows(await checkpointParquet(actions, [], 'trades.sha256'), null)
  return content.kind === 'read' ? firstDifference(content.rows, actions) : content.why
}

const PLAIN = { hasStats: false, hasTags: false, transactions: 0, removes: 0, distinct: 1 }
const FULL = { hasStats: true, hasTags: true, transactions: 9, removes: 1001, distinct: 300 }

// A row group has at most 2,000 rows. 1,000 values are sampled to choose an encoding; runs and groups have 8.
test.each([0, 1, 7, 8, 9, 999, 1000, 1001, 1999, 2000, 2001, 4096])(
  'a checkpoint of %i files is read as it was written',
  async (adds) => {
    for (const shape of [PLAIN, FULL, { ...FULL, removes: 0 }]) {
      expect(await differenceAfterReading(actionsOf(adds, shape))).toBeNull()
    }
  },
)

test('a checkpoint of any shape is read as it was written', async () => {
  const shapes = fc.record({
    hasStats: fc.boolean(),
    hasTags: fc.boolean(),
    transactions: fc.nat(20),
    removes: fc.nat(40),
    distinct: fc.integer({ min: 1, max: 600 }),
  })
  const property = fc.asyncProperty(fc.nat(300), shapes, async (adds, shape) => {
    expect(await differenceAfterReading(actionsOf(adds, shape))).toBeNull()
  })
  await fc.assert(property, { numRuns: 40 })
})
