import { element, setText } from '../dom.js'
import { createTable } from './table.js'

/**
 * What every chart has around its drawing: a title, one sentence that says what is to be seen, and the data as a table.
 *
 * @typedef {object} ChartFrame
 * @property {HTMLElement} element
 * @property {HTMLElement} drawing where the chart draws
 * @property {(text: string) => void} setSummary
 * @property {(table: () => ChartData) => void} setTable read only while the table is open
 *
 * @typedef {{ readonly columns: readonly { title: string, kind?: 'number' | 'text' }[], readonly rows: readonly (readonly string[])[] }} ChartData
 */

/** Rows of the table of a chart; more are left out, and said to be. */
const MAX_ROWS = 1_000

/**
 * @param {object} options
 * @param {string} options.title
 * @param {string} [options.note] small print, such as an assumption
 * @returns {ChartFrame}
 */
export function createChartFrame({ title, note }) {
  const drawing = element('div', { className: 'drawing', attributes: { role: 'img', 'aria-label': title } })
  const caption = element('figcaption', {}, [element('h2', { text: title })])
  if (note !== undefined) caption.append(element('p', { text: note, className: 'soft' }))
  const inside = element('div')
  const details = element('details', { className: 'data' }, [
    element('summary', { text: 'Data as a table' }),
    inside,
  ])
  const made = element('figure', { className: 'chart' }, [caption, drawing, details])
  /** @type {(() => ChartData) | null} */
  let read = null

  function showTable() {
    if (!details.open || read === null) return
    const { columns, rows } = read()
    const table = createTable({
      caption: title,
      columns: columns.map(({ title, kind = 'number' }, at) => ({ key: `c${at}`, title, kind })),
    })
    const shown = rows.slice(0, MAX_ROWS)
    table.setRows(shown.map((row) => Object.fromEntries(row.map((text, at) => [`c${at}`, text]))))
    const rest = rows.length - shown.length
    inside.replaceChildren(table.element)
    if (rest > 0) inside.append(element('p', { text: `and ${rest} more rows`, className: 'soft' }))
  }

  details.addEventListener('toggle', showTable)
  return {
    element: made,
    drawing,
    setSummary: (text) => {
      const label = `${title}. ${text}`
      if (drawing.getAttribute('aria-label') !== label) drawing.setAttribute('aria-label', label)
    },
    setTable: (table) => {
      read = table
      showTable()
    },
  }
}

/**
 * One line in place of a drawing.
 *
 * @param {HTMLElement} drawing
 */
export function createAbsence(drawing) {
  const line = element('p', { className: 'absence' })
  line.hidden = true
  drawing.append(line)
  return (/** @type {string | null} */ reason) => {
    setText(line, reason ?? '')
    line.hidden = reason === null
  }
}
