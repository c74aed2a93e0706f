import type { QueryValue } from './engine.ts'

/** Rows as CSV (RFC 4180, lines end with LF); null is an empty cell. */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, QueryValue>>[],
): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? null)).join(','))
  return [columns.join(','), ...lines, ''].join('\n')
}

function cell(value: QueryValue): string {
  if (value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
