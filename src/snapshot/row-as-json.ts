import type { Column, RowOf } from './column.ts'
import { LEDGER_COLUMNS } from './ledger.ts'
import { flagNames, type QualityFlag } from './quality-flags.ts'
import { SNAPSHOT_COLUMNS } from './row.ts'
import { UNDERLYING_BARS_COLUMNS } from './underlying-bars.ts'

/** A row as JSON answers have it: times are ISO 8601 text in UTC, and `flags` are the names of those that are set. */
export type JsonRowOf<Columns extends readonly Column[]> = {
  readonly [C in Columns[number] as C['name']]: C['name'] extends 'flags'
    ? readonly QualityFlag[]
    : C['type'] extends 'timestamp'
      ? string | (C['nullable'] extends true ? null : never)
      : RowOf<readonly [C]>[C['name']]
}

export type RowAsJson = JsonRowOf<typeof SNAPSHOT_COLUMNS>
export type BarAsJson = JsonRowOf<typeof UNDERLYING_BARS_COLUMNS>
export type LedgerRowAsJson = JsonRowOf<typeof LEDGER_COLUMNS>

export const rowAsJson = asJson(SNAPSHOT_COLUMNS)
export const barAsJson = asJson(UNDERLYING_BARS_COLUMNS)
export const ledgerRowAsJson = asJson(LEDGER_COLUMNS)

/** Rows have the same columns, so the columns that change are looked up once. */
function asJson<const Columns extends readonly Column[]>(
  columns: Columns,
): (row: RowOf<Columns>) => JsonRowOf<Columns> {
  const times = columns.filter(({ type }) => type === 'timestamp').map(({ name }) => name)
  const hasFlags = columns.some(({ name }) => name === 'flags')
  return (row) => {
    const answer: Record<string, unknown> = { ...row }
    for (const name of times) {
      const at = answer[name]
      answer[name] = typeof at === 'number' ? new Date(at).toISOString() : null
    }
    if (hasFlags) answer.flags = flagNames(answer.flags as number)
    return answer as JsonRowOf<Columns>
  }
}
