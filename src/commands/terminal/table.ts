import { outputScreen, type Screen, type Tone, toned } from './screen.ts'
import { shortened, wordLines, wrapped } from './wrap.ts'

/** A column of a printed table; `value` gives the cell's text. */
export interface PrintedColumn<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** On a narrow terminal columns are left out in this order, 1 first, those of one number together; without one never. */
  readonly leaveOut?: number
  /** On a narrow terminal the column may be cut to this many characters, before any is left out. */
  readonly shortenTo?: number
  /** Only of the last column: prose that is too wide goes on in the next line, under itself. */
  readonly wraps?: true
  /** What the column is called where it is left out; by default its title. */
  readonly name?: string
  tone?(row: Row): Tone | null
  value(row: Row): string
}

const GAP = '  '

/**
 * Lays rows out under their titles, columns two spaces apart, within the width of the screen: long texts are cut, then
 * columns left out, which a last line says.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly PrintedColumn<Row>[],
  screen: Screen = outputScreen(),
): string {
  const whole = columns.map((column): LaidOut<Row> => {
    const cells = rows.map((row) => column.value(row))
    const width = cells.reduce((most, { length }) => Math.max(most, length), column.title.length)
    return { column, cells, width }
  })
  const { shown, leftOut } = fitted(whole, screen.columns)
  const title = lineOf(shown, ({ column, width }) => padded(column, column.title, width))
  const lines = rows.flatMap((row, at) => {
    const last = shown.at(-1)
    const prose = last?.column.wraps ? wordLines(last.cells[at] as string, last.width) : null
    const first = lineOf(shown, (one) => {
      const { column, cells, width } = one
      const text = prose && one === last ? (prose[0] as string) : shortened(cells[at] as string, width)
      const tone = column.tone?.(row) ?? null
      // Colours take no room, so that the cell is filled up as if it had none.
      return padded(column, text, width).replace(text, () => toned(text, tone, screen))
    })
    const before = totalWidth(shown.slice(0, -1).map(({ width }) => width)) + GAP.length
    return [first, ...(prose?.slice(1) ?? []).map((line) => `${' '.repeat(before)}${line}`)]
  })
  const note = leftOut.length === 0 ? [] : [toned(noteOf(leftOut, screen.columns), 'dim', screen)]
  return [cut(title, screen.columns, (text) => toned(text, 'dim', screen)), ...lines, ...note].join('\n')
}

interface LaidOut<Row> {
  readonly column: PrintedColumn<Row>
  readonly cells: readonly string[]
  readonly width: number
}

function lineOf<Row>(shown: readonly LaidOut<Row>[], cell: (one: LaidOut<Row>) => string): string {
  return shown.map(cell).join(GAP).trimEnd()
}

function padded<Row>({ align }: PrintedColumn<Row>, text: string, width: number): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}

function cut(text: string, columns: number | null, paint: (text: string) => string): string {
  return paint(columns === null ? text : shortened(text, columns))
}

function noteOf(leftOut: readonly string[], columns: number | null): string {
  const lines = wrapped(`left out: ${leftOut.join(', ')} (--wide)`, { columns }).split('\n')
  return lines.map((line) => shortened(line, columns ?? Number.POSITIVE_INFINITY)).join('\n')
}

/** Cuts the columns that may be cut as far as needed, else leaves columns out, one after another, until the rest fits. */
function fitted<Row>(
  all: readonly LaidOut<Row>[],
  columns: number | null,
): { readonly shown: readonly LaidOut<Row>[]; readonly leftOut: readonly string[] } {
  if (columns === null) return { shown: all, leftOut: [] }
  let shown = all
  const inOrder = all
    .filter(({ column }) => column.leaveOut !== undefined)
    .sort((a, b) => (a.column.leaveOut as number) - (b.column.leaveOut as number))
  while (leastWidth(shown) > columns && inOrder.length > 0) {
    const least = inOrder.shift()?.column.leaveOut
    shown = shown.filter(({ column }) => column.leaveOut !== least)
  }
  const leftOut = all.filter((one) => !shown.includes(one)).map(({ column }) => column.name ?? column.title)
  return { shown: shrunk(shown, columns), leftOut: [...new Set(leftOut)].filter((name) => name !== '') }
}

function leastWidth<Row>(shown: readonly LaidOut<Row>[]): number {
  return totalWidth(shown.map((one) => leastOf(one)))
}

/** Prose in lines of less is hard to read. */
const LEAST_PROSE = 24

function leastOf<Row>({ column: { wraps, shortenTo = wraps && LEAST_PROSE }, width }: LaidOut<Row>): number {
  return shortenTo === undefined ? width : Math.min(width, shortenTo)
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1)
}

/** Takes what is too wide from the columns that may be cut, the last first; where that is not enough, from every column. */
function shrunk<Row>(shown: readonly LaidOut<Row>[], columns: number): readonly LaidOut<Row>[] {
  let excess = totalWidth(shown.map(({ width }) => width)) - columns
  const widths = shown.map(({ width }) => width)
  for (const leastWidthOf of [(one: LaidOut<Row>) => leastOf(one), () => 3]) {
    for (let at = shown.length - 1; at >= 0 && excess > 0; at--) {
      const least = leastWidthOf(shown[at] as LaidOut<Row>)
      const taken = Math.min(excess, Math.max(0, (widths[at] as number) - least))
      widths[at] = (widths[at] as number) - taken
      excess -= taken
    }
  }
  return shown.map((one, at) => ({ ...one, width: widths[at] as number }))
}
