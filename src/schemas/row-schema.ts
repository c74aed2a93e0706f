import { z } from 'zod'
import type { Column } from '../snapshot/column.ts'
import { QUALITY_FLAGS, type QualityFlag } from '../snapshot/quality-flags.ts'
import type { JsonRowOf } from '../snapshot/row-as-json.ts'
import { calendarDate, expiry, instant } from './times.ts'

/** The quality flags of a row by name. */
export const flagName = z
  .enum(Object.keys(QUALITY_FLAGS) as [QualityFlag, ...QualityFlag[]])
  .describe('Name of a quality flag; docs/lake.md explains each.')
  .meta({ id: 'flag' })

type RowShape<Columns extends readonly Column[]> = {
  -readonly [Name in keyof JsonRowOf<Columns>]: z.ZodType<JsonRowOf<Columns>[Name], JsonRowOf<Columns>[Name]>
}

/** The schema of a stored row in an answer, from the column table that also writes and documents the lake. */
export function rowSchema<const Columns extends readonly Column[]>(
  columns: Columns,
): z.ZodObject<RowShape<Columns>, z.core.$strict> {
  const fields = columns.map((column) => [column.name, fieldOf(column)])
  return z.strictObject(Object.fromEntries(fields) as RowShape<Columns>)
}

function fieldOf(column: Column): z.ZodType {
  const type = typeOf(column)
  const unit = column.unit === '' || isOwnFormat(column) ? '' : ` Unit: ${column.unit}.`
  return (column.nullable ? type.nullable() : type).describe(`${column.doc}${unit}`)
}

/** Times, dates and flags are not written as the lake stores them, so its unit does not apply. */
function isOwnFormat({ name, type }: Column): boolean {
  return type === 'timestamp' || type === 'date' || name === 'flags'
}

function typeOf({ name, type, values }: Column): z.ZodType {
  if (name === 'flags') return z.array(flagName)
  if (name === 'expiry') return expiry
  if (values) return z.enum(values as [string, ...string[]])
  if (type === 'timestamp') return instant
  if (type === 'date') return calendarDate
  if (type === 'string') return z.string()
  return type === 'double' ? z.number() : z.int()
}
