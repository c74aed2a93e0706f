/** Tables that can be sorted by a column and filtered by a text. */

/** Makes every table of class `sortable` sortable by the buttons of its head: rising first, then falling. */
export function makeTablesSortable() {
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.querySelectorAll('thead th')]
    heads.forEach((head, column) => {
      head.querySelector('button')?.addEventListener('click', () => {
        const isRising = head.getAttribute('aria-sort') !== 'ascending'
        for (const other of heads)
          if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none')
        head.setAttribute('aria-sort', isRising ? 'ascending' : 'descending')
        sortRows(table, column, isRising)
      })
    })
  }
}

/** Shows only the rows that contain every word of the text in the field. */
export function makeTablesFilterable() {
  for (const field of document.querySelectorAll('input[data-filters]')) {
    const table = document.getElementById(field.getAttribute('data-filters') ?? '')
    const rows = [...(table?.querySelectorAll('tbody tr') ?? [])]
    field.addEventListener('input', () => {
      const words = /** @type {HTMLInputElement} */ (field).value.toLowerCase().split(/\s+/)
      for (const row of rows) {
        const text = row.textContent.toLowerCase()
        row.toggleAttribute('hidden', !words.every((word) => text.includes(word)))
      }
    })
  }
}

/**
 * Rows without a value stay at the end.
 *
 * @param {Element} table
 * @param {number} column
 * @param {boolean} isRising
 */
function sortRows(table, column, isRising) {
  const body = table.querySelector('tbody')
  if (!body) return
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }))
  rows.sort((one, other) => {
    if (one.key === null || other.key === null) return Number(one.key === null) - Number(other.key === null)
    const order =
      typeof one.key === 'number' && typeof other.key === 'number'
        ? one.key - other.key
        : String(one.key).localeCompare(String(other.key), 'en', { numeric: true })
    return isRising ? order : -order
  })
  body.append(...rows.map(({ row }) => row))
}

/** @param {HTMLTableCellElement | undefined} cell */
function keyOf(cell) {
  const value = cell?.getAttribute('data-value')
  if (value != null) return value === '' ? null : Number(value)
  const text = cell?.textContent ?? ''
  return text === '–' ? null : text
}
