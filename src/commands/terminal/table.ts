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
