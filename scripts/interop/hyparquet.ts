import { join } from 'node:path'
import { asyncBufferFromFile, type Compressors, parquetReadObjects } from 'hyparquet'
import { currentTable, openLake } from '../../src/lake/open.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Engine, Skipped } from './engine.ts'

const COLUMNS = ['timestamp', 'expiry', 'strike', 'right', 'con_id', 'bid', 'volume', 'open_interest']
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
    close: async () => {},
  }
}

function totalOf({ con_id, bid, volume, open_interest }: Row): number {
  return (Number(con_id) % 100_003) + Math.round(bid * 100) * 31 + Number(volume) * 17 + Number(open_interest)
}
