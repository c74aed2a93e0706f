import { basename, join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { refresh } from '../../src/lake/delta.ts'
import { currentState, openLake } from '../../src/lake/open.ts'
import { smallDeltaTable } from '../../src/lake/tables/loaded-small-tables.ts'
import { SMALL_TABLES, type SmallTable } from '../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { ColumnCounts, CountQuery, Engine, SnapshotTotals } from './engine.ts'
import { countsOf } from './small-tables.ts'

const COLUMNS = [
  'timestamp',
  'expiry',
  'strike',
  'right',
  'con_id',
  'bid',
  'volume',
  'open_interest',
  'iv',
  'gamma',
]

interface Row {
  readonly timestamp: Date
  readonly expiry: string
  readonly strike: number
  readonly right: string
  readonly con_id: bigint
  readonly bid: number
  readonly volume: bigint
  readonly open_interest: bigint
  readonly iv: number
  readonly gamma: number
}

/** hyparquet reads Parquet but not Delta, so it reads the files that our log names. */
export function openHyparquet(): Engine {
  return { name: 'hyparquet', read: readSnapshots, count: countColumns, close: async () => {} }
}

async function readSnapshots(table: string): Promise<SnapshotTotals> {
  const lake = await openLake(join(table, '..'), { mode: 'read', clock: systemClock })
  const { files } = await currentState(lake).finally(() => lake.close())
  const keys = new Set<string>()
  let rows = 0
  let sum = 0
  for (const { path, symbol } of files.values()) {
    const file = await asyncBufferFromFile(join(table, path))
    const read = await parquetReadObjects({ file, columns: COLUMNS, compressors })
    for (const row of read as unknown as Row[]) {
      rows++
      sum += totalOf(row)
      keys.add([row.timestamp.getTime(), symbol, row.expiry, row.strike, row.right].join(' '))
    }
  }
  return { rows, sum, keys: keys.size }
}

async function countColumns({ table, columns, doubles }: CountQuery): Promise<ColumnCounts> {
  const lake = await openLake(join(table, '..'), { mode: 'read', clock: systemClock })
  const small = SMALL_TABLES.find(({ name }) => name === basename(table)) as SmallTable
  const delta = await smallDeltaTable(lake, small)
  const { files } = await refresh(delta as NonNullable<typeof delta>).finally(() => lake.close())
  const parts = [...files.values()].map(async ({ path }) =>
    parquetReadObjects({ file: await asyncBufferFromFile(join(table, path)) }),
  )
  return countsOf((await Promise.all(parts)).flat(), columns, doubles)
}

function totalOf({ con_id, bid, volume, open_interest, iv, gamma }: Row): number {
  const quotes = (Number(con_id) % 100_003) + Math.round(bid * 100) * 31 + Number(volume) * 17
  return quotes + Number(open_interest) + Math.round(iv * 1e6) * 7 + Math.round(gamma * 1e8) * 3
}
