import * as z from 'zod'
import type { MetaData } from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { parseJson } from '../delta.ts'
import { fieldOf, SCHEMA_VERSION_PROPERTY, schemaVersion, type TableSchema } from './schema.ts'

const field = z.looseObject({ name: z.string(), type: z.unknown() })
const struct = z.object({ fields: z.array(field) })
type Field = z.infer<typeof field>

/** How the schema of a stored table compares with the columns this program knows. */
type SchemaComparison =
  | { readonly kind: 'same' }
  /** The table lacks some of our columns. They must be added before the first write; reading needs no change. */
  | { readonly kind: 'older'; readonly metaData: MetaData }
  /** A newer program has added columns. All of ours exist, so the table can be read, but it must not be written. */
  | { readonly kind: 'newer'; readonly version: number }
  /** Not our table, or a column has another type. The table can be neither read nor written. */
  | { readonly kind: 'foreign'; readonly why: string }

/**
 * Compares a table's metadata with the columns we know. Columns are only ever added, and added columns are nullable.
 * Columns of other programs are kept.
 */
export function compareSchema(stored: MetaData, ours: TableSchema, name: string): SchemaComparison {
  const version = Number(stored.configuration[SCHEMA_VERSION_PROPERTY])
  if (!Number.isSafeInteger(version) || version < 1) {
    const given = stored.configuration[SCHEMA_VERSION_PROPERTY] ?? ''
    return { kind: 'foreign', why: `its ${SCHEMA_VERSION_PROPERTY} is "${given}"` }
  }
  const fields = fieldsOf(stored, name)
  if (stored.partitionColumns.join() !== ours.partitionColumns.join()) {
    return { kind: 'foreign', why: `it is partitioned by "${stored.partitionColumns.join(', ')}"` }
  }
  const known = new Map(fields.map((one) => [one.name, one.type]))
  const changed = ours.columns.find((one) => known.has(one.name) && known.get(one.name) !== one.type)
  if (changed) {
    return { kind: 'foreign', why: `its column ${changed.name} is of type ${known.get(changed.name)}` }
  }
  const lacking = ours.columns.filter((column) => !known.has(column.name))
  const mine = schemaVersion(ours.columns)
  if (version > mine) {
    return lacking[0] ? { kind: 'foreign', why: `it has no ${lacking[0].name}` } : { kind: 'newer', version }
  }
  const needed = lacking.find((column) => !column.nullable)
  if (needed) return { kind: 'foreign', why: `it has no ${needed.name}` }
  if (lacking.length === 0 && version === mine) return { kind: 'same' }
  return { kind: 'older', metaData: evolved(stored, { ours, fields, version: mine }) }
}

/** @throws Failure EXIT.configuration when the table cannot be used in this mode. The message names the remedy. */
export function checkSchema(comparison: SchemaComparison, mode: 'write' | 'read', table: string): void {
  if (comparison.kind === 'foreign') {
    throw new Failure(
      EXIT.configuration,
      `${table} cannot be used, ${comparison.why}: update optionlake, or use another lake folder`,
    )
  }
  if (comparison.kind === 'newer' && mode === 'write') {
    throw new Failure(
      EXIT.configuration,
      `${table} has schema version ${comparison.version}, newer than this program's, which may read it but not write it: update optionlake`,
    )
  }
}

/** A column that another program has added to a table. */
export interface AddedColumn {
  readonly name: string
  /** As Delta writes it: a name, or an object for a nested type. */
  readonly type: unknown
}

/** The columns that another program has added to a table. Its data files need not have them. */
export function addedColumns(stored: MetaData | null, ours: TableSchema, name: string): AddedColumn[] {
  return stored === null ? [] : unknownOf(fieldsOf(stored, name), ours)
}

function unknownOf(fields: readonly Field[], ours: TableSchema): Field[] {
  const known = new Set<string>(ours.columns.map((column) => column.name))
  return fields.filter((one) => !known.has(one.name))
}

function evolved(
  stored: MetaData,
  { ours, fields, version }: { ours: TableSchema; fields: readonly Field[]; version: number },
): MetaData {
  const all = [...ours.columns.map(fieldOf), ...unknownOf(fields, ours)]
  return {
    ...stored,
    schemaString: JSON.stringify({ type: 'struct', fields: all }),
    configuration: { ...stored.configuration, [SCHEMA_VERSION_PROPERTY]: String(version) },
  }
}

function fieldsOf(stored: MetaData, name: string): readonly Field[] {
  const parsed = struct.safeParse(parseJson(stored.schemaString, name))
  return parsed.success ? parsed.data.fields : []
}
