import { open } from 'node:fs/promises'
import type { AsyncBuffer, ColumnMetaData, FileMetaData } from 'hyparquet'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { timestampBounds } from '../engines/polars.ts'

export interface Bounds {
  readonly low: number
  readonly high: number
}

/** What a data file says about itself, for files whose entry in the log has no statistics. */
export interface Footer {
  readonly rows: number
  /** Names of the columns. */
  readonly columns: ReadonlySet<string>
}

/** The same for a file of `option_snapshots`. */
export interface SnapshotFooter extends Footer {
  /** First and last slot; null if the file has no rows. */
  readonly slots: { readonly first: EpochMs; readonly last: EpochMs } | null
  readonly prices: Bounds | null
}

/** Enough for the footer of a day of one symbol, so that one read suffices. */
const FIRST_READ_BYTES = 1 << 16

/** @throws Error when the file is missing or is not a complete Parquet file. */
export async function readFooter(path: string): Promise<Footer> {
  return footerIn(await metadataOf(path))
}

/**
 * Reads the timestamps too if the footer has no bounds for them. Spark writes none, because it stores timestamps as
 * INT96.
 * @throws Error as `readFooter`
 */
export async function readSnapshotFooter(path: string): Promise<SnapshotFooter> {
  const metadata = await metadataOf(path)
  const footer = footerIn(metadata)
  if (footer.rows === 0) return { ...footer, slots: null, prices: null }
  const times = boundsIn(metadata, 'timestamp', timeOf) ?? timestampBounds(path)
  if (times === null) throw new Error('it has no timestamps')
  const slots = { first: epochMs(times.low), last: epochMs(times.high) }
  return { ...footer, slots, prices: boundsIn(metadata, 'underlying_price', numberOf) }
}

async function metadataOf(path: string): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const file: AsyncBuffer = {
      byteLength: size,
      slice: async (from, to = size) => {
        const bytes = new Uint8Array(to - from)
        await handle.read(bytes, 0, bytes.length, from)
        return bytes.buffer
      },
    }
    return await parquetMetadataAsync(file, { initialFetchSize: FIRST_READ_BYTES, geoparquet: false })
  } finally {
    await handle.close()
  }
}

function footerIn({ num_rows, schema }: FileMetaData): Footer {
  return { rows: Number(num_rows), columns: new Set(schema.slice(1).map((element) => element.name)) }
}

/** The bounds of a column over all row groups; null if one of them has none. */
function boundsIn(
  { row_groups }: FileMetaData,
  name: string,
  toNumber: (value: unknown) => number | null,
): Bounds | null {
  let bounds: Bounds | null = null
  for (const group of row_groups) {
    if (group.num_rows === 0n) continue
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === name)
    const own = chunkBounds(chunk?.meta_data, toNumber)
    if (own === null) return null
    bounds = bounds ? { low: Math.min(bounds.low, own.low), high: Math.max(bounds.high, own.high) } : own
  }
  return bounds
}

function chunkBounds(
  chunk: ColumnMetaData | undefined,
  toNumber: (value: unknown) => number | null,
): Bounds | null {
  const statistics = chunk?.statistics
  const low = toNumber(statistics?.min_value)
  const high = toNumber(statistics?.max_value)
  return low === null || high === null ? null : { low, high }
}

function timeOf(value: unknown): number | null {
  return value instanceof Date ? numberOf(value.getTime()) : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
