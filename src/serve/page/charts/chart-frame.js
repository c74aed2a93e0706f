import { element, setText } from '../dom.js'
import { createTable } from './table.js'

/**
 * What every chart has around its drawing: a title, one sentence that says what is to be seen, the data as a table, and one
 * line in place of all that where there is nothing to draw.
 *
 * @typedef {object} ChartFrame
 * @property {HTMLElement} element
 * @property {HTMLElement} drawing where the chart draws
 * @property {(content: { readonly summary: string, readonly table: () => ChartData }) => void} setData the table is read only
 *   while it is open
 * @property {(reason: string) => void} setAbsent hides what is drawn until there are data again
 * @property {(listener: (width: number) => void) => () => void} onWidth calls back at each new width of the drawing, whole px;
 *   returns what ends it
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
  const absence = element('p', { className: 'absence' })
  const drawing = element('div', { className: 'drawing', attributes: { role: 'img', 'aria-label': title } }, [
    absence,
  ])
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

  /** @param {string} text */
  function setSummary(text) {
    const label = `${title}. ${text}`
    if (drawing.getAttribute('aria-label') !== label) drawing.setAttribute('aria-label', label)
  }

  details.addEventListener('toggle', showTable)
  return {
    element: made,
    drawing,
    setData: ({ summary, table }) => {
      made.classList.remove('absent')
      setText(absence, '')
      setSummary(summary)
      read = table
      showTable()
    },
    setAbsent: (reason) => {
      made.classList.add('absent')
      setText(absence, reason)
      setSummary(reason)
      read = null
    },
    onWidth: (listener) => {
      let width = 0
      const observer = new ResizeObserver(([entry]) => {
        const next = Math.floor(entry?.contentRect.width ?? 0)
        if (next === 0 || next === width) return
        width = next
        listener(width)
      })
      observer.observe(drawing)
      return () => observer.disconnect()
    },
  }
}
