import { type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import type { Lake } from '../open.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { MARKET_METRICS, schemaOf } from '../tables/small-tables.ts'
import { readFailure } from './errors.ts'
import { parquetSource } from './parquet-source.ts'

/** The price of the underlying in one slot. */
export interface SlotPrice {
  readonly slot: EpochMs
  /** $ or points. */
  readonly price: number
}

/**
 * The prices of a symbol's underlying in the slots of some trade dates, both included, by slot; slots without a price are
 * left out. Reads only these columns of `market_metrics`, so that months take milliseconds.
 * @throws Failure EXIT.io when the log or a data file cannot be read.
 */
export async function slotPrices(
  lake: Lake,
  symbol: string,
  { from, to }: { readonly from: SessionDate; readonly to: SessionDate },
): Promise<SlotPrice[]> {
  const state = await smallState(lake, MARKET_METRICS)
  const files = [...(state?.files.values() ?? [])].filter(
    ({ partition }) => partition !== null && partition >= from && partition <= to,
  )
  if (files.length === 0) return []
  const folder = folderOf(lake, MARKET_METRICS)
  const source = parquetSource(
    { folder, ...schemaOf(MARKET_METRICS) },
    files.map(({ path, sha256, partition }) => ({
      ...{ path, sha256, partition: [partition], missingColumns: [] },
    })),
  )
  const query = `SELECT epoch_ms(timestamp)::DOUBLE, underlying_price FROM ${source}
    WHERE symbol = $symbol AND underlying_price IS NOT NULL ORDER BY 1`
  return lake.engine.use(async (connection) => {
    const result = await connection.run(query, { symbol }).catch(async (error: unknown) => {
      throw await readFailure(lake, { folder, files }, error)
    })
    return (await result.getRows()).map(([slot, price]) => ({
      slot: epochMs(slot as number),
      price: price as number,
    }))
  })
}
