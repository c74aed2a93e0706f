import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { EpochMs } from '../../market/units.ts'

// The Parquet files of a nautilus_trader catalog. Prices and sizes are integers of 128 bits, little-endian, in units of
// 10^-16: the layout of its builds with high precision, which are those on PyPI for Linux and macOS.

/** A file of the catalog. */
export interface CatalogFile {
  /** Below the catalog's folder. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** Only the times are searched. */
const BARE = { statistics: false, offsetIndex: false }

/** Decimals of the integers. */
const FIXED_DECIMALS = 16
const FIXED_BYTES = 16
/** By the decimals that a number has. */
const SCALES = Array.from(
  { length: FIXED_DECIMALS + 1 },
  (_, decimals) => 10n ** BigInt(FIXED_DECIMALS - decimals),
)

/** A number of `decimals` decimals (0 to 16), given in units of the last, as the catalog stores it. */
export function fixedBytes(digits: bigint, decimals: number): Uint8Array {
  const raw = digits * (SCALES[decimals] as bigint)
  // Every machine that the engines are built for is little-endian. The low half is cut to its 64 bits when it is stored.
  return new Uint8Array(BigInt64Array.of(raw, raw >> 64n).buffer)
}

export function nanoseconds(at: EpochMs | number): bigint {
  return BigInt(at) * 1_000_000n
}

/** The times of the first and last row as the name of a file has them: `2026-11-20T14-30-05-000000000Z_…`. */
export function fileTimes(first: EpochMs | number, last: EpochMs | number): string {
  return `${nameOf(first)}_${nameOf(last)}`
}

function nameOf(at: EpochMs | number): string {
  const [seconds, fraction = '000Z'] = new Date(at).toISOString().replaceAll(':', '-').split('.')
  return `${seconds}-${fraction.slice(0, 3)}000000Z`
}

/** Columns of a file of prices: numbers of the catalog's own kind, then the two times. */
interface NumberColumns {
  readonly numbers: Readonly<Record<string, readonly Uint8Array[]>>
  /** `ts_event` and `ts_init`, which are the same in all that is exported. */
  readonly times: readonly bigint[]
  readonly metadata: Readonly<Record<string, string>>
}

/** A file of quotes or bars. */
export function numbersFile(
  kind: string,
  id: string,
  times: string,
  { numbers, times: at, metadata }: NumberColumns,
): CatalogFile {
  const fixed = Object.keys(numbers).map(
    (name): SchemaElement => ({
      ...{ name, type: 'FIXED_LEN_BYTE_ARRAY', type_length: FIXED_BYTES, repetition_type: 'REQUIRED' },
    }),
  )
  const columns = [
    ...Object.entries(numbers).map(([name, data]) => ({ name, data: [...data], ...BARE })),
    ...['ts_event', 'ts_init'].map((name) => ({ name, data: [...at], ...BARE, statistics: true })),
  ]
  return {
    name: `data/${kind}/${folderName(id)}/${times}.parquet`,
    bytes: parquetOf([...fixed, ...['ts_event', 'ts_init'].map(uint64)], columns, metadata),
  }
}

function uint64(name: string): SchemaElement {
  return { name, type: 'INT64', converted_type: 'UINT_64', repetition_type: 'REQUIRED' }
}

/** Columns of an instrument with their types. */
export type TextSchema = readonly (readonly [name: string, type: 'text' | 'bytes' | 'uint8' | 'uint64'])[]

const ELEMENTS = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  bytes: { type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  uint8: { type: 'INT32', converted_type: 'UINT_8', repetition_type: 'OPTIONAL' },
  uint64: { type: 'INT64', converted_type: 'UINT_64', repetition_type: 'OPTIONAL' },
} as const

/** A file with one instrument. */
export function textRow(
  kind: string,
  className: string,
  id: string,
  times: string,
  schema: TextSchema,
  row: Readonly<Record<string, unknown>>,
): CatalogFile {
  const elements = schema.map(([name, type]): SchemaElement => ({ name, ...ELEMENTS[type] }))
  const columns = schema.map(([name]) => ({ name, data: [row[name] ?? null], ...BARE }))
  return {
    name: `data/${kind}/${folderName(id)}/${times}.parquet`,
    bytes: parquetOf(elements, columns, { class: className }),
  }
}

/** The catalog leaves slashes out of the names of folders. */
function folderName(id: string): string {
  return id.replaceAll('/', '')
}

function parquetOf(
  elements: readonly SchemaElement[],
  columnData: { name: string; data: unknown[]; statistics: boolean; offsetIndex: boolean }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const root: SchemaElement = { name: 'schema', num_children: elements.length }
  return new Uint8Array(
    parquetWriteBuffer({
      columnData,
      schema: [root, ...elements],
      rowGroupSize: 5_000,
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    }),
  )
}
