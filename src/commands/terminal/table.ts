/** A column of a printed table; `value` gives the cell's text. */
export interface PrintedColumn<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  value(row: Row): string
}

/** Lays rows out under their titles, columns two spaces apart. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly PrintedColumn<Row>[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => column.value(row))),
  ]
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] as string).length)))
  return cells
    .map((line) =>
      line
        .map((cell, at) => {
          const width = widths[at] as number
          return columns[at]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** 1234567 → "1,234,567"; null → "–". */
export function count(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en-US')
}

/** A number with so many decimals; null → "–". */
export function fixed(value: number | null, decimals: number): string {
  return value === null ? '–' : value.toFixed(decimals)
}

/** 1536 → "1.5 kB". */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = value === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return step === 0 ? `${value} B` : `${(value / 1_000 ** step).toFixed(1)} ${units[step]}`
}

/** 75 → "1:15". */
export function clockSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
