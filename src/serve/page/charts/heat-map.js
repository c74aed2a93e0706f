import { element, setText } from '../dom.js'
import { createChartFrame } from './chart-frame.js'
import { describeOnHover } from './provenance.js'

/**
 * A grid of cells, such as days × slots, changed in place. One cell is in the order of the Tab key; the arrow keys move
 * it, and each cell says its reason on hover and on focus.
 *
 * @typedef {object} HeatCell
 * @property {string} className its look: `stored`, `partial`, `missing`, `absent`, `pending`, `closed`, or a class of the view
 * @property {string} label what it says, such as `SPY Fri 20 Nov 10:05: missing, connection_lost`
 * @property {string} [mark] a letter inside it, so that colour is not the only sign
 * @property {boolean} [isCurrent] it is the slot, or day, that is looked at
 *
 * @typedef {object} HeatRow
 * @property {string} name
 * @property {readonly HeatCell[]} cells
 *
 * @typedef {object} HeatMap
 * @property {HTMLElement} element
 * @property {(data: { columns: readonly string[], rows: readonly HeatRow[], summary: string }) => void} setData
 *   `columns`: a name over each column; '' leaves it unnamed
 */

/** With more columns the gaps between cells would be wider than the cells on a phone. */
const MANY_COLUMNS = 120

/**
 * @param {object} options
 * @param {string} options.title
 * @param {(row: number, column: number) => void} [options.onPick] a cell was clicked, or Enter pressed on it
 * @returns {HeatMap}
 */
export function createHeatMap({ title, onPick }) {
  const frame = createChartFrame({ title })
  frame.drawing.removeAttribute('role')
  const head = element('tr', {}, [element('td')])
  const body = element('tbody')
  const grid = element(
    'table',
    { className: 'heat-map', attributes: { role: 'grid', 'aria-label': title } },
    [element('thead', {}, [head]), body],
  )
  frame.drawing.append(grid)
  /** @type {{ columns: readonly string[], rows: readonly HeatRow[], summary: string }} */
  let shown = { columns: [], rows: [], summary: '' }
  let active = { row: 0, column: 0 }

  const cellAt = (/** @type {number} */ row, /** @type {number} */ column) =>
    /** @type {HTMLTableCellElement | undefined} */ (body.rows[row]?.cells[column + 1])

  /** @param {number} row @param {number} column */
  function activate(row, column, takesFocus = true) {
    const next = cellAt(row, column)
    if (!next) return
    const last = cellAt(active.row, active.column)
    if (last) last.tabIndex = -1
    active = { row, column }
    next.tabIndex = 0
    if (takesFocus) next.focus()
  }

  grid.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
    if (move && !event.shiftKey) {
      activate(active.row + (move[0] ?? 0), active.column + (move[1] ?? 0))
    } else if (event.key === 'Enter') onPick?.(active.row, active.column)
    else return
    event.preventDefault()
    event.stopPropagation()
  })
  grid.addEventListener('click', ({ target }) => {
    const cell = target instanceof Element ? target.closest('td[role=gridcell]') : null
    if (!(cell instanceof HTMLTableCellElement)) return
    const row = /** @type {HTMLTableRowElement} */ (cell.parentElement).sectionRowIndex
    activate(row, cell.cellIndex - 1)
    onPick?.(row, cell.cellIndex - 1)
  })

  /**
   * A heading without words is none.
   *
   * @param {number} at
   * @param {string} name
   */
  function headingAt(at, name) {
    const tag = name === '' ? 'td' : 'th'
    const cell = head.cells[at]
    if (cell?.localName === tag) return cell
    const made = element(tag, tag === 'th' ? { attributes: { scope: 'col' } } : {})
    if (cell) cell.replaceWith(made)
    else head.append(made)
    return made
  }

  function createCell() {
    const cell = element('td', { attributes: { role: 'gridcell', tabindex: '-1' } })
    describeOnHover(cell, () => cell.getAttribute('aria-label'))
    return cell
  }

  return {
    element: frame.element,
    setData: (data) => {
      shown = data
      const { columns, rows, summary } = shown
      grid.classList.toggle('dense', columns.length > MANY_COLUMNS)
      while (head.cells.length > columns.length + 1) head.deleteCell(-1)
      for (const [at, name] of columns.entries()) setText(headingAt(at + 1, name), name)
      while (body.rows.length > rows.length) body.deleteRow(-1)
      while (body.rows.length < rows.length) {
        body.append(element('tr', {}, [element('th', { attributes: { scope: 'row' } })]))
      }
      for (const [at, { name, cells }] of rows.entries()) {
        const line = /** @type {HTMLTableRowElement} */ (body.rows[at])
        setText(/** @type {Node} */ (line.cells[0]), name)
        while (line.cells.length > cells.length + 1) line.deleteCell(-1)
        while (line.cells.length < cells.length + 1) line.append(createCell())
        for (const [column, { className, label, mark = '', isCurrent = false }] of cells.entries()) {
          const cell = /** @type {HTMLTableCellElement} */ (line.cells[column + 1])
          if (cell.className !== className) cell.className = className
          if (cell.getAttribute('aria-label') !== label) cell.setAttribute('aria-label', label)
          setText(cell, mark)
          if (isCurrent) cell.setAttribute('aria-current', 'true')
          else cell.removeAttribute('aria-current')
        }
      }
      if (!cellAt(active.row, active.column)) active = { row: 0, column: 0 }
      activate(active.row, active.column, false)
      frame.setData({
        summary,
        table: () => ({
          columns: [
            { title: '', kind: 'text' },
            ...columns.map((name) => ({ title: name, kind: /** @type {const} */ ('text') })),
          ],
          rows: rows.map(({ name, cells }) => [name, ...cells.map(({ className }) => className)]),
        }),
      })
    },
  }
}
