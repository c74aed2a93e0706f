import { outputScreen, type Screen } from './screen.ts'

/** The layout of a line plot. */
export interface PlotFrame {
  /** Width of the whole plot in characters, including labels. */
  readonly width: number
  /** Lines of the plot, without the axis. */
  readonly height: number
  /** Labels under the first and the last value. */
  readonly ends: readonly [first: string, last: string]
  /** Levels to draw across the plot, such as today's value. Of two that fall on one line the first is drawn. */
  readonly levels: readonly { readonly value: number; readonly label: string }[]
  label(value: number): string
}

/** A Braille cell has two columns of four dots; their bits by column and row. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const
const BRAILLE = 0x2800
/** Number of lines from one label to the next. */
const LABEL_EVERY = 3

/** Draws values as lines of Braille text; a null is a gap. Returns no lines if all values are null. */
export function plotLines(values: readonly (number | null)[], frame: PlotFrame): string[] {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return []
  const all = [...known, ...frame.levels.map(({ value }) => value)]
  const scale = scaleOf(Math.min(...all), Math.max(...all), frame.height)
  const labels = Array.from({ length: frame.height }, (_, line) => frame.label(scale.valueOf(line)))
  const margin = Math.max(...labels.map((label) => label.length))
  const tail = Math.max(0, ...frame.levels.map(({ label }) => label.length + 1))
  const columns = Math.max(10, frame.width - margin - 2 - tail)
  const cells = drawn(values, { columns, height: frame.height, rowOf: scale.rowOf })
  const levelOn = new Map(
    frame.levels.toReversed().map(({ value, label }) => [Math.floor(scale.rowOf(value) / 4), label]),
  )
  const lines = cells.map((line, at) => {
    const isLabelled = at % LABEL_EVERY === 0 || at === frame.height - 1
    const axis = `${(isLabelled ? (labels[at] as string) : '').padStart(margin)} ${isLabelled ? '┤' : '│'}`
    const level = levelOn.get(at)
    const blank = level === undefined ? ' ' : '╌'
    const text = line.map((bits) => (bits === 0 ? blank : String.fromCharCode(BRAILLE + bits))).join('')
    return `${axis}${text}${level === undefined ? '' : ` ${level}`}`.trimEnd()
  })
  return [...lines, `${' '.repeat(margin)} └${'─'.repeat(columns)}`, under(frame.ends, margin + 2, columns)]
}

interface Scale {
  /** Row of dots, from the top. */
  rowOf(value: number): number
  /** The value at the middle of a line of text. */
  valueOf(line: number): number
}

function scaleOf(low: number, high: number, height: number): Scale {
  // Values that are all equal are drawn in the middle.
  const room = high > low ? 0 : Math.abs(high) / 20 || 1
  const rows = height * 4 - 1
  const top = high + room
  const span = top - (low - room)
  return {
    rowOf: (value) => Math.round(((top - value) / span) * rows),
    valueOf: (line) => top - ((line * 4 + 1.5) / rows) * span,
  }
}

function drawn(
  values: readonly (number | null)[],
  { columns, height, rowOf }: { columns: number; height: number; rowOf: Scale['rowOf'] },
): number[][] {
  const cells = Array.from({ length: height }, () => new Array<number>(columns).fill(0))
  const dot = (x: number, y: number) => {
    const line = cells[y >> 2] as number[]
    line[x >> 1] = (line[x >> 1] as number) | ((DOTS[x & 1] as readonly number[])[y & 3] as number)
  }
  const last = Math.max(1, values.length - 1)
  let before: { x: number; y: number } | null = null
  for (const [at, value] of values.entries()) {
    const here = value === null ? null : { x: Math.round((at / last) * (columns * 2 - 1)), y: rowOf(value) }
    if (here) stroke(before ?? here, here, dot)
    before = here
  }
  return cells
}

/** Every dot between two points. */
function stroke(
  from: { x: number; y: number },
  to: { x: number; y: number },
  dot: (x: number, y: number) => void,
): void {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1)
  for (let step = 0; step <= steps; step++) {
    const share = step / steps
    dot(Math.round(from.x + share * (to.x - from.x)), Math.round(from.y + share * (to.y - from.y)))
  }
}

function under([first, last]: PlotFrame['ends'], margin: number, columns: number): string {
  return `${' '.repeat(margin)}${first}${last.padStart(Math.max(last.length + 1, columns - first.length))}`
}

/** The option of commands with a plot, and its opposite. */
export const PLOT_OPTION = ['--plot', 'draw the plot also without a terminal'] as const
export const NO_PLOT_OPTION = ['--no-plot', 'draw no plot'] as const

const LEAST_COLUMNS = 60
const USUAL_COLUMNS = 80
const MOST_COLUMNS = 160

/** Plots are drawn on terminals of 60 columns and more whose text is UTF-8; --plot and --no-plot decide otherwise. */
export function drawsPlot(asked: boolean | undefined, screen: Screen = outputScreen()): boolean {
  if (asked !== undefined) return asked
  return screen.isTerminal && screen.isUnicode && (screen.columns ?? LEAST_COLUMNS) >= LEAST_COLUMNS
}

export function plotWidth({ columns }: Pick<Screen, 'columns'> = outputScreen()): number {
  return Math.min(MOST_COLUMNS, columns ?? USUAL_COLUMNS)
}

const BLOCKS = '▁▂▃▄▅▆▇█'

/** Values as one line of blocks, from the least to the greatest; a null is a blank, "" without any value. */
export function sparkline(values: readonly (number | null)[], columns: number): string {
  // Of values that share a character the last counts.
  const shown =
    values.length <= columns
      ? values
      : Array.from(
          { length: columns },
          (_, at) => values[Math.ceil(((at + 1) * values.length) / columns) - 1] ?? null,
        )
  const known = shown.filter((value) => value !== null)
  if (known.length === 0) return ''
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const step = (value: number) =>
    high === low ? 3 : Math.round(((value - low) / (high - low)) * (BLOCKS.length - 1))
  return shown.map((value) => (value === null ? ' ' : BLOCKS[step(value)])).join('')
}
