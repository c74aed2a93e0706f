import { createFigure } from '../../charts/figure.js'
import { createLineChart } from '../../charts/line-chart.js'
import { dateX } from '../../charts/scale.js'
import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT, count, decimals, short } from '../../text/number.js'
import { createViewBody } from '../view-body.js'
import { growthSummary, runningTotal } from './lake-text.js'

/**
 * What the lake holds and how fast it grows.
 *
 * @import { Page, ViewState } from '../../view.ts'
 * @import { LakeAnswer } from './lake-text.js'
 */

const PATH = '/api/views/lake'
const DAY_MS = 86_400_000

/** @param {Page} page */
export function createLakeSection(page) {
  const made = element('section', {}, [element('h2', { text: 'Lake' })])
  const body = createViewBody(made)
  const rows = createFigure({ label: 'rows of options' })
  const files = createFigure({ label: 'files' })
  const bytes = createFigure({ label: 'bytes' })
  const perRow = createFigure({ label: 'bytes a row' })
  const perDay = createFigure({ label: 'growth a session' })
  const untilFull = createFigure({ label: 'sessions until the disk is full' })
  const chart = createLineChart({
    ...{ theme: page.theme, x: 'date', height: 200 },
    title: 'Growth',
    left: { unit: 'bytes', format: (value) => short(value, 'B') },
    right: { unit: 'rows', format: (value) => short(value) },
    series: [
      { key: 'bytes', label: 'bytes of options', color: 0, draw: 'steps' },
      { key: 'rows', label: 'rows', color: 1, dash: [6, 3], axis: 'right', draw: 'steps' },
    ],
  })
  const tables = createTable({
    caption: 'Tables of the lake',
    columns: [
      { key: 'name', title: 'table', isHeading: true },
      { key: 'rows', title: 'rows', kind: 'number' },
      { key: 'files', title: 'files', kind: 'number' },
      { key: 'bytes', title: 'bytes', kind: 'number' },
      { key: 'perRow', title: 'bytes a row', kind: 'number' },
      { key: 'version', title: 'version', kind: 'number' },
    ],
  })
  body.content.append(
    element(
      'div',
      { className: 'figures' },
      [rows, files, bytes, perRow, perDay, untilFull].map((figure) => figure.element),
    ),
    element('div', { className: 'columns' }, [
      chart.element,
      element('div', { className: 'panel' }, [tables.element]),
    ]),
  )
  /** @type {LakeAnswer | null} */
  let shown = null
  /** @type {string | null} */
  let marked = null

  /** @param {LakeAnswer} answer @param {string | null} date */
  function fill(answer, date) {
    if (answer === shown && date === marked) return
    shown = answer
    marked = date
    const { days, growth, at } = answer
    const options = answer.tables[0]
    const all = answer.tables.reduce((sum, table) => sum + table.bytes, 0)
    const from = { as_of: at, source: 'logs of the tables', basis: 'without replaced files' }
    rows.set({ text: count(options?.rows ?? null), from })
    files.set({ text: count(answer.tables.reduce((sum, table) => sum + table.files, 0)), from })
    bytes.set({ text: short(all, 'B'), from: { ...from, note: `${count(all)} bytes in all tables` } })
    const hasRows = options !== undefined && options.rows > 0
    perRow.set({
      text: hasRows ? decimals(options.bytes / options.rows, 1) : ABSENT,
      from: { ...from, ...(!hasRows && { reason: 'no rows are stored yet' }) },
    })
    const measured = growth.symbols.map(
      ({ symbol, days: number, basis }) => `${symbol}: ${number} ${words(basis)}`,
    )
    const rate = {
      ...from,
      basis: measured.join('; '),
      ...(growth.reason !== null && { reason: growth.reason }),
    }
    perDay.set({ text: short(growth.bytes_per_day, 'B'), from: rate })
    untilFull.set({
      text: count(growth.sessions_until_full),
      from: { ...rate, note: `${short(growth.free_bytes, 'B')} free` },
      state: growth.sessions_until_full !== null && growth.sessions_until_full < 20 ? 'warn' : null,
    })
    const noRows = { reason: 'nothing is stored in this table yet' }
    tables.setRows(
      answer.tables.map(({ name, rows: number, files: own, bytes: size, version, unreadable }) => ({
        name,
        rows: { text: count(number), ...(unreadable > 0 && { className: 'fail' }) },
        files: count(own),
        bytes: short(size, 'B'),
        perRow: { text: number > 0 ? decimals(size / number, 1) : ABSENT, from: number > 0 ? null : noRows },
        version: {
          text: version === null ? ABSENT : String(version),
          from: version === null ? noRows : null,
        },
      })),
    )
    if (days.date.length === 0) return chart.setAbsent('no rows are stored yet')
    chart.setData({
      x: days.date.map(dateX),
      columns: { bytes: runningTotal(days.bytes), rows: runningTotal(days.rows) },
      xRange: [dateX(days.date[0] ?? '') - DAY_MS, dateX(days.date.at(-1) ?? '') + DAY_MS],
      marker: date === null ? null : dateX(date),
      summary: growthSummary(answer),
    })
  }

  return {
    element: made,
    /** @param {ViewState} state */
    show: ({ date }) =>
      body.load(
        (signal) => page.read(PATH, { signal }),
        (/** @type {LakeAnswer} */ answer) => fill(answer, date),
      ),
    destroy: () => {
      body.destroy()
      chart.destroy()
    },
  }
}

/** @param {string} basis */
function words(basis) {
  return basis === 'compacted_days' ? 'compacted days' : 'days in single slots, which become smaller'
}
