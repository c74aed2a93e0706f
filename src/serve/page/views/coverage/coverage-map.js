import { createChartFrame } from '../../charts/chart-frame.js'
import { hideProvenance, showProvenance } from '../../charts/provenance.js'
import { element, setText, svg } from '../../dom.js'
import { slotReasonText } from '../../text/reason.js'
import { dayName } from '../../text/time.js'
import {
  cellOfSlot,
  cellText,
  columnNames,
  crossesOf,
  DRAWN,
  layoutOf,
  lineNames,
  pathOf,
  STATE_WORDS,
  slotOfCell,
  summaryOf,
} from './map-layout.js'

/**
 * Days × slots in SVG: one path for each state, because a year has twenty thousand cells. The arrow keys move a cursor; the
 * cell under it, or under the pointer, says what became of its slot. Marks are elements of their own over it, so that a
 * played slot moves them and paints no cell anew.
 *
 * @import { CoverageAnswer } from '../../../views/coverage-answer.ts'
 */

/** Times of a table; the newest first. */
const MAX_TABLE_GAPS = 1_000

/** @param {{ onPick: (slot: string) => void }} options */
export function createCoverageMap({ onPick }) {
  const frame = createChartFrame({ title: 'Slots by day' })
  frame.drawing.setAttribute('role', 'group')
  const paths = DRAWN.map(([state]) => svg('path', { class: `state-${state === 's' ? 'stored' : state}` }))
  const crosses = svg('path', { class: 'crosses' })
  const names = svg('g', { class: 'names' })
  const [row, mark, cursor] = [createMark('day-mark'), createMark('slot-mark'), createMark('cursor')]
  const drawing = svg('svg', { class: 'coverage-map', 'aria-hidden': 'true' }, [...paths, crosses, names])
  const surface = element(
    'div',
    {
      className: 'map-surface',
      attributes: {
        tabindex: '0',
        role: 'application',
        'aria-label': 'Slots: arrow keys, Enter to look at one',
      },
    },
    [row.element, drawing, mark.element, cursor.element],
  )
  const said = element('p', { className: 'map-said soft', attributes: { 'aria-live': 'polite' } })
  frame.drawing.append(surface, said)

  /** @type {CoverageAnswer | null} */
  let shown = null
  /** @type {string | null} */
  let slot = null
  /** @type {{ line: number, column: number } | null} */
  let active = null
  let width = 600
  let layout = layoutOf({ lines: 0, columns: 0, width })

  function draw() {
    if (!shown) return
    const { lines, columns } = shown
    layout = layoutOf({ lines: lines.length, columns: columns.length, width })
    drawing.setAttribute('width', String(width))
    drawing.setAttribute('height', String(layout.height))
    for (const [at, [state, share]] of DRAWN.entries())
      paths[at]?.setAttribute('d', pathOf(lines, state, layout, share))
    crosses.setAttribute('d', crossesOf(lines, 'm', layout))
    names.replaceChildren(
      ...columnNames(columns, layout.cellWidth).map(({ column, name }) =>
        text(layout.left(column), 11, name),
      ),
      ...lineNames(lines, layout.lineHeight).map(({ line, name }) =>
        text(0, layout.top(line) + Math.max(layout.lineHeight / 2 + 3, 6), name),
      ),
    )
    drawMarks()
  }

  function drawMarks() {
    const at = shown && cellOfSlot(shown, slot)
    mark.place(at && around(at, 2))
    row.place(at && { left: 0, top: layout.top(at.line) - 1, width, height: layout.lineHeight })
    cursor.place(active && around(active, 1))
  }

  /**
   * @param {{ line: number, column: number }} cell
   * @param {number} by px beyond the cell
   */
  function around({ line, column }, by) {
    return {
      left: layout.left(column) - by,
      top: layout.top(line) - by,
      width: Math.max(1, layout.cellWidth - layout.gap.x) + 2 * by,
      height: Math.max(1, layout.lineHeight - layout.gap.y) + 2 * by,
    }
  }

  /** @param {{ line: number, column: number } | null} cell */
  function point(cell, isKey = false) {
    active = cell && shown?.lines[cell.line]?.states[cell.column] !== '-' ? cell : null
    drawMarks()
    if (!shown || !active) return hideProvenance(cursor.element)
    const words = cellText(shown, active)
    showProvenance(cursor.element, words)
    if (isKey) setText(said, words)
  }

  surface.addEventListener('pointermove', ({ offsetX, offsetY }) => point(layout.cellAt(offsetX, offsetY)))
  surface.addEventListener('pointerleave', () => point(null))
  surface.addEventListener('blur', () => point(null))
  surface.addEventListener('click', ({ offsetX, offsetY }) => pick(layout.cellAt(offsetX, offsetY)))
  surface.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
    if (move && !event.shiftKey && shown) {
      const from = active ?? cellOfSlot(shown, slot) ?? { line: 0, column: 0 }
      const to = { line: from.line + (move[0] ?? 0), column: from.column + (move[1] ?? 0) }
      const isInside = shown.lines[to.line]?.states[to.column] !== undefined
      point(isInside ? to : from, true)
    } else if (event.key === 'Enter') pick(active)
    else return
    event.preventDefault()
    event.stopPropagation()
  })

  /** @param {{ line: number, column: number } | null} cell */
  function pick(cell) {
    const state = cell && shown?.lines[cell.line]?.states[cell.column]
    const at = cell && shown && state !== '-' && state !== 'o' ? slotOfCell(shown, cell) : null
    if (at !== null) onPick(at)
  }

  const stopWidth = frame.onWidth((next) => {
    width = next
    draw()
  })

  return {
    element: frame.element,
    /** @param {CoverageAnswer} answer */
    setData: (answer) => {
      if (answer === shown) return
      shown = answer
      active = null
      draw()
      frame.setData({ summary: summaryOf(answer), table: () => tableOf(answer) })
    },
    /** @param {string | null} at the slot that is looked at */
    setSlot: (at) => {
      if (at === slot) return
      slot = at
      drawMarks()
    },
    destroy: () => {
      stopWidth()
      hideProvenance(cursor.element)
    },
  }
}

/**
 * @param {readonly string[]} columns
 * @param {number} first
 * @param {number} count of columns
 */
function timesText(columns, first, count) {
  const time = columns[first] ?? ''
  return count === 1 ? time : `${time} to ${columns[first + count - 1] ?? ''}`
}

/** Every slot that is not stored whole. @param {CoverageAnswer} answer */
function tableOf({ lines, columns, gaps, reasons, to }) {
  const rows = gaps.line.slice(0, MAX_TABLE_GAPS).map((line, at) => {
    const own = lines[line]
    const column = gaps.column[at] ?? 0
    const state = /** @type {keyof typeof STATE_WORDS} */ (own?.states[column] ?? '-')
    return [
      own ? dayName(own.date, to) : '',
      timesText(columns, column, gaps.columns[at] ?? 1),
      STATE_WORDS[state],
      slotReasonText(reasons[gaps.reason[at] ?? -1]?.reason) || '–',
      `${gaps.answered[at]} of ${gaps.requested[at]}`,
    ]
  })
  const unknown = lines.flatMap(({ date, states }) =>
    [...states].flatMap((state, column) =>
      state === 'u' ? [[dayName(date, to), columns[column] ?? '', STATE_WORDS.u, '–', '–']] : [],
    ),
  )
  const titles = ['date', 'slot', 'outcome', 'reason', 'answered']
  return {
    columns: titles.map((title) => ({ title, kind: /** @type {const} */ ('text') })),
    rows: [...rows, ...unknown.slice(0, MAX_TABLE_GAPS - rows.length)],
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} name
 */
function text(x, y, name) {
  const made = svg('text', { x: x.toFixed(1), y: y.toFixed(1) })
  made.textContent = name
  return made
}

/**
 * A mark over the map. Moving it lays out nothing and paints nothing.
 *
 * @param {string} className
 */
function createMark(className) {
  const made = element('div', { className, attributes: { 'aria-hidden': 'true' } })
  made.hidden = true
  return {
    element: made,
    /** @param {{ left: number, top: number, width: number, height: number } | null} box px; null hides it */
    place: (box) => {
      made.hidden = box === null
      if (box === null) return
      made.style.width = `${box.width.toFixed(1)}px`
      made.style.height = `${box.height.toFixed(1)}px`
      made.style.transform = `translate(${box.left.toFixed(1)}px, ${box.top.toFixed(1)}px)`
    },
  }
}
