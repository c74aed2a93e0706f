import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { FileMetaData, RowGroup } from 'hyparquet'
import type { ChecksumKeys } from '../commit-file.ts'

type CheckpointRows =
  | {
      readonly kind: 'read'
      readonly rows: readonly unknown[]
      /** The checksum in the footer; null if the file has none, because another program wrote it. */
      readonly checksum: string | null
    }
  | { readonly kind: 'fault'; readonly why: string }

/** The columns of a checkpoint, each with a field that is never null in a row that has the column. */
const COLUMNS: readonly (readonly [column: string, field: string])[] = [
  ['txn', 'appId'],
  ['add', 'path'],
  ['remove', 'path'],
  ['metaData', 'id'],
  ['protocol', 'minReaderVersion'],
]

/** The rows of a checkpoint's Parquet file in the form of commit lines. */
export async function checkpointRows(bytes: Buffer, keys: ChecksumKeys | null): Promise<CheckpointRows> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const whole = new Uint8Array(bytes).buffer
  const file = { byteLength: whole.byteLength, slice: (from: number, to?: number) => whole.slice(from, to) }
  try {
    const metadata = parquetMetadata(whole, { geoparquet: false })
    const codec = unknownCodec(metadata)
    if (codec !== null)
      return { kind: 'fault', why: `it is compressed with ${codec}, which is not supported` }
    const rows: unknown[] = []
    for (const group of metadata.row_groups) {
      const rowEnd = rows.length + Number(group.num_rows)
      const columns = filledColumns(group)
      const part = await parquetReadObjects({ file, metadata, columns, rowStart: rows.length, rowEnd })
      for (const row of part) rows.push(plain(row))
      // A large table takes a second or more, so other tasks may run in between.
      await setImmediate()
    }
    return { kind: 'read', rows, checksum: keys === null ? null : checksumIn(metadata, keys) }
  } catch {
    // The Parquet reader's message for a damaged file would not help a person.
    return { kind: 'fault', why: 'it is truncated or damaged' }
  }
}

/** The first row that differs, also in the null values of a map; null if all are the same. */
export function firstDifference(rows: readonly unknown[], expected: readonly unknown[]): number | null {
  const length = Math.max(rows.length, expected.length)
  for (let row = 0; row < length; row++) if (!isSame(rows[row], expected[row], false)) return row
  return null
}

/** The SHA-256 of a checkpoint's version and rows. Does not depend on the order of fields. */
export function checksumOfRows(version: number, rows: readonly unknown[]): string {
  const hash = createHash('sha256').update(String(version))
  for (const row of rows) hash.update(sortedJson(row))
  return hash.digest('hex')
}

/** The columns that have values in a row group. Most rows are files, so most columns are empty and need no decoding. */
function filledColumns(group: RowGroup): string[] {
  return COLUMNS.filter(([column, field]) => {
    const chunk = group.columns.find(
      ({ meta_data }) => meta_data?.path_in_schema.join('.') === `${column}.${field}`,
    )
    const nulls = chunk?.meta_data?.statistics?.null_count
    return chunk !== undefined && (nulls === undefined || nulls < group.num_rows)
  }).map(([column]) => column)
}

function checksumIn({ key_value_metadata }: FileMetaData, { content }: ChecksumKeys): string | null {
  return key_value_metadata?.find(({ key }) => key === content)?.value ?? null
}

/** What the Parquet reader can decompress without another package. */
const CODECS: ReadonlySet<string> = new Set(['UNCOMPRESSED', 'SNAPPY'])

function unknownCodec({ row_groups }: FileMetaData): string | null {
  for (const { columns } of row_groups) {
    for (const { meta_data } of columns) if (meta_data && !CODECS.has(meta_data.codec)) return meta_data.codec
  }
  return null
}

/** @param isMap whether a field with the value null is different from an absent one. */
function isSame(one: unknown, other: unknown, isMap: boolean): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return (one ?? null) === (other ?? null)
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names) {
    if (isMap && !(name in a && name in b)) return false
    if (!isSame(a[name], b[name], NULLABLE_MAPS.has(name))) return false
  }
  return true
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  let text = '{'
  const fields = value as Record<string, unknown>
  for (const name of Object.keys(fields).sort()) {
    const part = fields[name]
    if (part !== null && part !== undefined) text += `${name}:${sortedJson(part)},`
  }
  return `${text}}`
}

/** Maps whose values may be null. Elsewhere, null means that a field is absent. */
const NULLABLE_MAPS: ReadonlySet<string> = new Set(['partitionValues', 'tags'])

/** A Parquet value in the form used in commit files: numbers instead of BigInt, absent fields instead of null. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const known: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(value)) {
    if (part === null || part === undefined) continue
    known[name] = NULLABLE_MAPS.has(name) ? part : plain(part)
  }
  return known
}
