/**
 * Where the cells of the coverage map lie, and what each says. Pure.
 *
 * @import { CoverageAnswer } from '../../../views/coverage-answer.ts'
 * @import { CoverageState } from '../../../views/coverage-lines.ts'
 */
import { count } from '../../text/number.js'
import { slotReasonText } from '../../text/reason.js'
import { dayName } from '../../text/time.js'

/** In words, and in the order of the legend. @type {Readonly<Record<CoverageState, string>>} */
export const STATE_WORDS = {
  s: 'stored',
  p: 'partial',
  m: 'missing',
  u: 'not in the ledger',
  o: 'not over yet',
  '-': 'no slot',
}

/** States that are drawn; the height of each as a share of its line, so that colour is not the only sign. */
export const DRAWN = /** @type {const} */ ([
  ['s', 1],
  ['p', 0.5],
  ['m', 1],
  ['u', 1],
  ['o', 0.25],
])

const LABEL_WIDTH = 74
/** Room for the outline of the last cell, px. */
const EDGE = 3
const HEAD_HEIGHT = 18
/** Height of a line by the number of lines, px: a year is as high as a screen. */
const HEIGHTS = /** @type {const} */ ([
  [10, 26],
  [40, 16],
  [120, 8],
])
const LEAST_HEIGHT = 4
/** Half the width of the smallest cross, px. */
const LEAST_CROSS = 2

/**
 * @param {{ lines: number, columns: number, width: number }} size in cells, and px
 */
export function layoutOf({ lines, columns, width }) {
  const lineHeight = HEIGHTS.find(([most]) => lines <= most)?.[1] ?? LEAST_HEIGHT
  const cellWidth = Math.max(0, width - LABEL_WIDTH - EDGE) / Math.max(1, columns)
  const isDense = lineHeight === LEAST_HEIGHT
  const gap = { x: cellWidth > 5 && !isDense ? 1 : 0, y: isDense ? 0 : lineHeight > 10 ? 2 : 1 }
  return {
    ...{ width, height: HEAD_HEIGHT + lines * lineHeight, lineHeight, cellWidth, gap },
    left: (/** @type {number} */ column) => LABEL_WIDTH + column * cellWidth,
    top: (/** @type {number} */ line) => HEAD_HEIGHT + line * lineHeight,
    /**
     * The cell at a place; null outside.
     *
     * @param {number} x
     * @param {number} y
     */
    cellAt: (x, y) => {
      const [column, line] = [
        Math.floor((x - LABEL_WIDTH) / cellWidth),
        Math.floor((y - HEAD_HEIGHT) / lineHeight),
      ]
      const isInside = column >= 0 && column < columns && line >= 0 && line < lines
      return isInside ? { line, column } : null
    },
  }
}

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/**
 * One path of all cells in a state. Neighbours in a line are one rectangle where there is no gap between cells.
 *
 * @param {readonly { readonly states: string }[]} lines
 * @param {CoverageState} state
 * @param {Layout} layout
 * @param {number} share of the height of a line
 */
export function pathOf(lines, state, layout, share) {
  const { cellWidth, lineHeight, gap } = layout
  const height = Math.max(1, (lineHeight - gap.y) * share)
  const parts = []
  for (const [line, { states }] of lines.entries()) {
    const top = layout.top(line) + lineHeight - gap.y - height
    for (let column = states.indexOf(state); column >= 0; column = states.indexOf(state, column)) {
      let end = column + 1
      if (gap.x === 0) while (states[end] === state) end++
      const width = (end - column) * cellWidth - gap.x
      parts.push(
        `M${round(layout.left(column))} ${round(top)}h${round(width)}v${round(height)}h${round(-width)}z`,
      )
      column = end
    }
  }
  return parts.join('')
}

/**
 * A cross in each cell of a state, so that colour is not the only sign of it; '' where cells are too small for one.
 *
 * @param {readonly { readonly states: string }[]} lines
 * @param {CoverageState} state
 * @param {Layout} layout
 */
export function crossesOf(lines, state, { cellWidth, lineHeight, gap, left, top }) {
  const size = Math.min(cellWidth - gap.x, lineHeight - gap.y) / 2 - 1.5
  if (size < LEAST_CROSS) return ''
  const parts = []
  for (const [line, { states }] of lines.entries()) {
    for (let column = states.indexOf(state); column >= 0; column = states.indexOf(state, column + 1)) {
      const [x, y] = [left(column) + (cellWidth - gap.x) / 2, top(line) + (lineHeight - gap.y) / 2]
      const [west, north, length] = [round(x - size), round(y - size), round(2 * size)]
      parts.push(`M${west} ${north}l${length} ${length}m0 ${-length}l${-length} ${length}`)
    }
  }
  return parts.join('')
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10
}

/**
 * The names beside the lines: each date while there is room, else the first of each month.
 *
 * @param {readonly { readonly date: string, readonly days_before: number }[]} lines the newest first
 * @param {number} lineHeight
 */
export function lineNames(lines, lineHeight) {
  if (lineHeight >= 13) {
    return lines.map(({ date, days_before }, line) => ({ line, name: lineName(date, days_before) }))
  }
  return lines.flatMap(({ date }, line) => {
    const next = lines[line + 1]?.date
    const isFirst = next === undefined || next.slice(0, 7) !== date.slice(0, 7)
    return isFirst && next !== undefined ? [{ line, name: dayName(date).slice(4) }] : []
  })
}

/**
 * @param {string} date
 * @param {number} daysBefore
 */
function lineName(date, daysBefore) {
  return daysBefore === 0 ? dayName(date) : `… ${dayName(date).slice(4)}`
}

/**
 * The names over the columns: whole hours, as many as there is room for.
 *
 * @param {readonly string[]} columns
 * @param {number} cellWidth
 */
export function columnNames(columns, cellWidth) {
  const hours = columns.flatMap((time, column) => (time.endsWith(':00') ? [{ column, name: time }] : []))
  const apart = hours.length > 1 ? ((hours[1]?.column ?? 0) - (hours[0]?.column ?? 0)) * cellWidth : 0
  const every = Math.max(1, Math.ceil(38 / Math.max(1, apart)))
  return hours.filter((_, at) => at % every === 0)
}

/**
 * The time of a cell, as answers write it.
 *
 * @param {CoverageAnswer} answer
 * @param {{ line: number, column: number }} cell
 */
export function slotOfCell({ lines, columns }, { line, column }) {
  const own = lines[line]
  if (!own) return null
  const minutes = (minuteOf(columns[column]) - minuteOf(columns[own.first_column]) + 1_440) % 1_440
  return new Date(Date.parse(own.first_slot) + minutes * 60_000).toISOString()
}

/** @param {string | undefined} time HH:MM */
function minuteOf(time = '00:00') {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

/**
 * The cell of a slot; null if it is on no line.
 *
 * @param {CoverageAnswer} answer
 * @param {string | null} slot
 */
export function cellOfSlot({ lines, columns }, slot) {
  if (slot === null) return null
  const at = Date.parse(slot)
  for (const [line, { first_slot, first_column, states }] of lines.entries()) {
    const minutes = (at - Date.parse(first_slot)) / 60_000
    if (minutes < 0 || minutes >= 1_440) continue
    const wanted = (minuteOf(columns[first_column]) + minutes) % 1_440
    const column = columns.findIndex((time) => minuteOf(time) === wanted)
    if (column >= 0 && states[column] !== '-') return { line, column }
  }
  return null
}

/**
 * What a cell says: its slot, its outcome and the reason.
 *
 * @param {CoverageAnswer} answer
 * @param {{ line: number, column: number }} cell
 */
export function cellText(answer, { line, column }) {
  const { lines, columns, gaps, reasons, details, symbol } = answer
  const own = lines[line]
  if (!own) return ''
  const state = /** @type {CoverageState} */ (own.states[column] ?? '-')
  const head = `${symbol} ${dayName(own.date, answer.to)} ${columns[column]}: ${STATE_WORDS[state]}`
  const gap = gaps.line.findIndex((one, at) => {
    const beyond = column - (gaps.column[at] ?? 0)
    return one === line && beyond >= 0 && beyond < (gaps.columns[at] ?? 1)
  })
  if (gap < 0) return state === 'u' ? `${head}: nothing was recorded for it` : head
  const { reason, advice = null } = reasons[gaps.reason[gap] ?? -1] ?? {}
  const [requested = 0, answered = 0, skipped = 0] = [
    gaps.requested[gap],
    gaps.answered[gap],
    gaps.skipped[gap],
  ]
  const counts = requested > 0 ? `${count(answered)} of ${count(requested)} contracts answered` : null
  const left = skipped > 0 ? `${count(skipped)} left out by the plan` : null
  const detail = details[gaps.detail[gap] ?? -1] ?? null
  const parts = [reason ? slotReasonText(reason) : null, counts, left, detail].filter((part) => part !== null)
  return `${[head, ...parts].join(', ')}${advice === null ? '' : `. ${advice}`}`
}

/**
 * One sentence for the whole map.
 *
 * @param {CoverageAnswer} answer
 */
export function summaryOf({ symbol, from, to, totals }) {
  const { expected, stored, partial, missing, unknown } = totals
  const range = `${dayName(from, to)} to ${dayName(to)}`
  if (expected === 0) return `${symbol}, ${range}: no slot is over yet`
  const parts = [
    `${count(stored)} of ${count(expected)} slots stored whole`,
    ...(partial > 0 ? [`${count(partial)} partial`] : []),
    ...(missing > 0 ? [`${count(missing)} missing`] : []),
    ...(unknown > 0 ? [`${count(unknown)} not in the ledger`] : []),
  ]
  return `${symbol}, ${range}: ${parts.join(', ')}`
}
