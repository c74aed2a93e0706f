import { EXIT, Failure } from '../../../process/failure.ts'

/** One data line: its number in the file, counted from 1, and its cells by column. */
export interface CsvLine {
  readonly number: number
  cell(column: string): string
}

/**
 * Splits a comma-separated text into header and lines. The first line names the columns, every line has as many cells, and
 * quotation marks are not allowed. Throws a Failure (78) that names the file and line.
 */
export function readCsv(text: string, name: string): { columns: readonly string[]; lines: CsvLine[] } {
  const raw = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  while (raw.at(-1) === '') raw.pop()
  const quoted = raw.findIndex((line) => line.includes('"'))
  if (quoted >= 0) {
    throw badFile(
      name,
      `line ${quoted + 1} has a quotation mark; quoted cells are not supported: remove the quotation marks`,
    )
  }
  const columns = (raw[0] ?? '').split(',').map((column) => column.trim())
  const twice = columns.find((column, at) => columns.indexOf(column) !== at)
  if (twice !== undefined) throw badFile(name, `column "${twice}" is in the header twice`)
  const indexOf = new Map(columns.map((column, at) => [column, at]))

  const lines = raw.slice(1).map((line, at) => {
    const cells = line.split(',')
    const number = at + 2
    if (cells.length !== columns.length) {
      const counts = `${cells.length} cells where the header has ${columns.length}`
      throw badFile(name, `line ${number} has ${counts}; write one cell per column, empty where unknown`)
    }
    return { number, cell: (column: string) => cells[indexOf.get(column) ?? -1]?.trim() ?? '' }
  })
  return { columns, lines }
}

export function badFile(name: string, message: string): Failure {
  return new Failure(EXIT.configuration, `${name}: ${message}`)
}
