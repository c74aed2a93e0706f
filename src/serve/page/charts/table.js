import { element, setText } from '../dom.js'
import { describeOnHover } from './provenance.js'

/**
 * A dense table whose rows are changed in place.
 *
 * @import { Provenance } from './provenance.js'
 *
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {'number' | 'text'} [kind] numbers stand to the right; text is the default
 * @property {boolean} [isHeading] the cell names its row
 *
 * @typedef {object} Cell
 * @property {string} text
 * @property {string} [className]
 * @property {Provenance | string | null} [from] shown on hover
 *
 * @typedef {Readonly<Record<string, string | Cell>> & { readonly rowClass?: string }} Row
 *
 * @typedef {object} Table
 * @property {HTMLElement} element
 * @property {(rows: readonly Row[]) => void} setRows
 */

/**
 * @param {object} options
 * @param {string} options.caption what the table shows, for those who cannot see it
 * @param {readonly Column[]} options.columns
 * @param {string} [options.empty] said where there are no rows
 * @returns {Table}
 */
export function createTable({ caption, columns, empty = 'nothing to show' }) {
  const head = element(
    'tr',
    {},
    // A heading without words is none.
    columns.map(({ title, kind = 'text', isHeading = false }) =>
      title === ''
        ? element('td', { className: kind })
        : element('th', {
            ...{ text: title, className: isHeading ? `${kind} heading` : kind },
            attributes: { scope: 'col' },
          }),
    ),
  )
  const body = element('tbody')
  const table = element('table', {}, [
    element('caption', { text: caption, className: 'visually-hidden' }),
    element('thead', {}, [head]),
    body,
  ])
  const none = element('p', { text: empty, className: 'soft' })
  const made = element(
    'div',
    { className: 'table', attributes: { tabindex: '0', role: 'region', 'aria-label': caption } },
    [table, none],
  )
  /** Provenance by cell: what is hovered is read when it is hovered. @type {WeakMap<Element, Provenance | string>} */
  const sources = new WeakMap()

  function createRow() {
    const cells = columns.map(({ kind = 'text', isHeading }) => {
      const cell = isHeading
        ? element('th', { className: kind, attributes: { scope: 'row' } })
        : element('td', { className: kind })
      describeOnHover(cell, () => sources.get(cell) ?? null)
      return cell
    })
    return element('tr', {}, cells)
  }

  return {
    element: made,
    setRows: (rows) => {
      none.hidden = rows.length > 0
      table.hidden = rows.length === 0
      while (body.rows.length > rows.length) body.deleteRow(-1)
      while (body.rows.length < rows.length) body.append(createRow())
      for (const [at, row] of rows.entries()) {
        const line = /** @type {HTMLTableRowElement} */ (body.rows[at])
        const rowClass = typeof row.rowClass === 'string' ? row.rowClass : ''
        if (line.className !== rowClass) line.className = rowClass
        for (const [index, { key, kind = 'text' }] of columns.entries()) {
          const cell = /** @type {HTMLTableCellElement} */ (line.cells[index])
          const given = row[key] ?? ''
          const { text, className = '', from = null } = typeof given === 'string' ? { text: given } : given
          setText(cell, text)
          const classes = className === '' ? kind : `${kind} ${className}`
          if (cell.className !== classes) cell.className = classes
          if (from === null) sources.delete(cell)
          else sources.set(cell, from)
        }
      }
    },
  }
}
