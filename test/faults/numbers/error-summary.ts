import { formatTable } from '../../../src/commands/terminal/table.ts'
import type { FigureError, JudgedFigure } from './slot-errors.ts'
import { JUDGED } from './slot-errors.ts'

/** The errors of one figure in one scenario. */
export interface ErrorSummary {
  readonly figure: JudgedFigure
  readonly count: number
  readonly absent: number
  /** Why the first was absent; null if none was. */
  readonly reason: string | null
  /** Mean of ours less true. */
  readonly bias: number
  /** Of the sizes of the errors. */
  readonly p50: number
  readonly p99: number
  readonly worst: number
}

/** By figure, in the order of `JUDGED`. */
export function summarise(errors: readonly FigureError[]): ErrorSummary[] {
  return (Object.keys(JUDGED) as JudgedFigure[]).flatMap((figure) => {
    const own = errors.filter((one) => one.figure === figure)
    if (own.length === 0) return []
    const known = own.flatMap(({ error }) => (error === null ? [] : [error]))
    const sizes = known.map(Math.abs).sort((a, b) => a - b)
    const at = (share: number) => sizes[Math.max(0, Math.ceil(share * sizes.length) - 1)] ?? Number.NaN
    return [
      {
        figure,
        count: known.length,
        absent: own.length - known.length,
        reason: own.find(({ error }) => error === null)?.reason ?? null,
        bias: known.reduce((sum, one) => sum + one, 0) / known.length,
        ...{ p50: at(0.5), p99: at(0.99), worst: at(1) },
      },
    ]
  })
}

export function summaryTable(rows: readonly ErrorSummary[]): string {
  const shown = (value: number) =>
    Number.isNaN(value) ? '–' : value.toFixed(Math.abs(value) < 0.0995 ? 4 : 3)
  return formatTable(rows, [
    { title: 'figure', value: ({ figure }) => figure },
    { title: 'unit', value: ({ figure }) => JUDGED[figure] },
    { title: 'n', align: 'right', value: ({ count }) => String(count) },
    { title: 'bias', align: 'right', value: ({ bias }) => shown(bias) },
    { title: 'p50', align: 'right', value: ({ p50 }) => shown(p50) },
    { title: 'p99', align: 'right', value: ({ p99 }) => shown(p99) },
    { title: 'worst', align: 'right', value: ({ worst }) => shown(worst) },
    { title: 'null', align: 'right', value: ({ absent }) => (absent === 0 ? '' : String(absent)) },
    { title: '', value: ({ reason }) => reason ?? '' },
  ])
}

/** One day of the plot. */
export interface PlottedDay {
  readonly label: string
  /** Ours less true, points; null without a value. */
  readonly error: number | null
  readonly note: string
}

/** Characters to each side of the axis, and the error that fills them, points. */
const HALF_WIDTH = 20
const FULL_SCALE = 0.5

/** The error of each day as a bar to the left or the right of its axis. */
export function errorPlot(days: readonly PlottedDay[]): string {
  const lines = days.map(({ label, error, note }) => {
    const length = Math.min(HALF_WIDTH, Math.round((Math.abs(error ?? 0) / FULL_SCALE) * HALF_WIDTH))
    const bar = '█'.repeat(length)
    const isBelow = (error ?? 0) < 0
    const left = (isBelow ? bar : '').padStart(HALF_WIDTH)
    const right = (isBelow ? '' : bar).padEnd(HALF_WIDTH)
    const value = error === null ? 'null' : error.toFixed(3)
    return `${label} ${value.padStart(7)} ${left}│${right} ${note}`.trimEnd()
  })
  return lines.join('\n')
}
