import { basename, join } from 'node:path'
import { asyncBufferFromFile, type Compressors, parquetReadObjects } from 'hyparquet'
import { refresh } from '../../src/lake/delta.ts'
import { currentTable, openLake } from '../../src/lake/open.ts'
import { smallDeltaTable } from '../../src/lake/tables/loaded-small-tables.ts'
import { SMALL_TABLES, type SmallTable } from '../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Counted, Engine, Skipped, SmallQuestion } from './engine.ts'
import { counted } from './small-tables.ts'

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
/** Kept apart from hyparquet: zstd, which compacted files use, is one of them. */
const COMPRESSORS: string = 'hyparquet-compressors'

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

/** hyparquet reads Parquet and knows no Delta: it is given the files that our log names. */
export async function startHyparquet(): Promise<Engine | Skipped> {
  const name = 'hyparquet'
  const module = await import(COMPRESSORS).catch(() => null)
  if (module === null) return { name, skipped: `no ${COMPRESSORS}: npm install --save-dev ${COMPRESSORS}` }
  const { compressors } = module as { compressors: Compressors }
  return {
    name,
    read: async (table) => {
      const lake = await openLake(join(table, '..'), { mode: 'read', clock: systemClock })
      const { files } = await currentTable(lake).finally(() => lake.close())
      const keys = new Set<string>()
      let rows = 0
      let sum = 0
      for (const { path, symbol } of files.values()) {
        const file = await asyncBufferFromFile(join(table, path))
        for (const row of (await parquetReadObjects({
          file,
          columns: COLUMNS,
          compressors,
        })) as unknown as Row[]) {
          rows++
          sum += totalOf(row)
          keys.add([row.timestamp.getTime(), symbol, row.expiry, row.strike, row.right].join(' '))
        }
      }
      return { rows, sum, keys: keys.size }
    },
    count: countIn,
    close: async () => {},
  }
}

/** The same of a small table, whose files are Snappy. */
async function countIn({ table, columns, doubles }: SmallQuestion): Promise<Counted> {
  const lake = await openLake(join(table, '..'), { mode: 'read', clock: systemClock })
  const small = SMALL_TABLES.find(({ name }) => name === basename(table)) as SmallTable
  const log = await smallDeltaTable(lake, small)
  const { files } = await refresh(log as NonNullable<typeof log>).finally(() => lake.close())
  const parts = [...files.values()].map(async ({ path }) =>
    parquetReadObjects({ file: await asyncBufferFromFile(join(table, path)) }),
  )
  return counted((await Promise.all(parts)).flat(), columns, doubles)
}

function totalOf({ con_id, bid, volume, open_interest, iv, gamma }: Row): number {
  const quotes = (Number(con_id) % 100_003) + Math.round(bid * 100) * 31 + Number(volume) * 17
  return quotes + Number(open_interest) + Math.round(iv * 1e6) * 7 + Math.round(gamma * 1e8) * 3
}
