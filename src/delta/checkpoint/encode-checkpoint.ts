import { setImmediate } from 'node:timers/promises'
import type { SchemaElement } from 'hyparquet'
import type { Action } from '../actions.ts'
import { BLANK_CHECKSUM, fillChecksum } from './file-checksum.ts'

/** A field of the checkpoint's schema: a Parquet type, or the fields of a group. */
type Shape = 'string' | 'long' | 'int' | 'boolean' | 'map' | 'list' | Fields
interface Fields {
  readonly [name: string]: Shape
}

const FILE = { path: 'string', partitionValues: 'map', size: 'long', dataChange: 'boolean' } as const
/** Delta's checkpoint schema. */
const COLUMNS = {
  txn: { appId: 'string', version: 'long', lastUpdated: 'long' },
  add: { ...FILE, modificationTime: 'long', stats: 'string', tags: 'map' },
  remove: { ...FILE, deletionTimestamp: 'long', extendedFileMetadata: 'boolean' },
  metaData: {
    id: 'string',
    name: 'string',
    description: 'string',
    format: { provider: 'string', options: 'map' },
    schemaString: 'string',
    partitionColumns: 'list',
    configuration: 'map',
    createdTime: 'long',
  },
  protocol: { minReaderVersion: 'int', minWriterVersion: 'int' },
} as const satisfies Record<string, Fields>
const COLUMN_NAMES = Object.keys(COLUMNS) as readonly (keyof typeof COLUMNS)[]
/** Only for a table that lists features, so that the files of others stay as they are. */
const WITH_FEATURES = {
  ...COLUMNS,
  protocol: { ...COLUMNS.protocol, readerFeatures: 'list', writerFeatures: 'list' },
} as const satisfies Record<string, Fields>
/** Adds and removes are in separate row groups, in which the columns of other actions are empty and cheap to skip. */
const KINDS: readonly ((action: Action) => boolean)[] = [
  (action) => !('add' in action || 'remove' in action),
  (action) => 'add' in action,
  (action) => 'remove' in action,
]
const ROWS_PER_GROUP = 2_000

/**
 * Encodes a checkpoint as Parquet, with Snappy, which all readers support. `footer` is added to the file's metadata, and
 * the checksum of the file under `fileChecksumKey`.
 */
export async function checkpointParquet(
  actions: readonly Action[],
  footer: readonly { readonly key: string; readonly value: string }[],
  fileChecksumKey: string | null,
): Promise<Buffer> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  const writer = new ByteWriter()
  const hasFeatures = actions.some(
    (one) => 'protocol' in one && (one.protocol.readerFeatures ?? one.protocol.writerFeatures),
  )
  const columns: Readonly<Record<keyof typeof COLUMNS, Fields>> = hasFeatures ? WITH_FEATURES : COLUMNS
  const blank = fileChecksumKey === null ? [] : [{ key: fileChecksumKey, value: BLANK_CHECKSUM }]
  const file = new ParquetWriter({ writer, schema: schemaOf(columns), kvMetadata: [...footer, ...blank] })
  for (const isOfKind of KINDS) {
    const ofKind = actions.filter(isOfKind)
    for (let from = 0; from < ofKind.length; from += ROWS_PER_GROUP) {
      const rows = ofKind.slice(from, from + ROWS_PER_GROUP)
      const columnData = COLUMN_NAMES.map((name) => ({
        name,
        data: rows.map((row) => withBigInts((row as Partial<Record<string, object>>)[name], columns[name])),
      }))
      file.write({ columnData, rowGroupSize: ROWS_PER_GROUP })
      // A large table takes most of a second, so other tasks may run in between.
      await setImmediate()
    }
  }
  file.finish()
  const bytes = Buffer.from(writer.getBytes())
  if (fileChecksumKey !== null) fillChecksum(bytes)
  return bytes
}

/** The Parquet writer takes 64-bit numbers as BigInt only. */
function withBigInts(action: object | undefined, fields: Fields): object | undefined {
  if (action === undefined) return undefined
  const values = Object.entries(action).map(([name, value]: [string, unknown]) => [
    name,
    fields[name] === 'long' && typeof value === 'number' ? BigInt(value) : value,
  ])
  return Object.fromEntries(values)
}

function schemaOf(columns: Fields): SchemaElement[] {
  const parts = Object.entries(columns).flatMap(([name, shape]) => elementsOf(name, shape))
  return [{ name: 'checkpoint', num_children: Object.keys(columns).length }, ...parts]
}

function elementsOf(name: string, shape: Shape): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const
  switch (shape) {
    case 'string':
      return [{ ...optional, ...text }]
    case 'long':
      return [{ ...optional, type: 'INT64', converted_type: 'INT_64' }]
    case 'int':
      return [{ ...optional, type: 'INT32', converted_type: 'INT_32' }]
    case 'boolean':
      return [{ ...optional, type: 'BOOLEAN' }]
    case 'map':
      return [
        { ...optional, converted_type: 'MAP', num_children: 1 },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        { name: 'key', repetition_type: 'REQUIRED', ...text },
        { name: 'value', repetition_type: 'OPTIONAL', ...text },
      ]
    case 'list':
      return [
        { ...optional, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', ...text },
      ]
    default: {
      const fields = Object.entries(shape)
      return [
        { ...optional, num_children: fields.length },
        ...fields.flatMap(([field, inner]) => elementsOf(field, inner)),
      ]
    }
  }
}
