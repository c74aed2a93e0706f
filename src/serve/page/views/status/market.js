import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT, decimals, percent } from '../../text/number.js'
import { createViewBody } from '../view-body.js'

/**
 * The main figures of each symbol at the slot, each with where it comes from.
 *
 * @import { SlotFigure, SlotFigureName, SlotFigures } from '../../../../analytics/answers/slot-figures.ts'
 * @import { FiguresAnswer } from '../../../views/status-api.ts'
 * @import { Provenance } from '../../charts/provenance.js'
 * @import { Column, Row } from '../../charts/table.js'
 * @import { Page, ViewState } from '../../view.ts'
 *
 * @typedef {(value: number) => string} Format
 */

const points = (/** @type {number} */ digits) => (/** @type {number} */ value) => decimals(value, digits)

/** @type {readonly { key: SlotFigureName, title: string, format: Format }[]} */
const FIGURES = [
  { key: 'underlying_price', title: 'underlying', format: points(2) },
  { key: 'iv30', title: 'iv30', format: percent },
  { key: 'iv_rank', title: 'rank', format: points(0) },
  { key: 'iv_percentile', title: 'percentile', format: points(0) },
  { key: 'mfiv30', title: 'mfiv30', format: points(2) },
  { key: 'vix', title: 'VIX', format: points(2) },
  { key: 'skew_25d', title: '25-delta skew', format: percent },
  { key: 'term_slope', title: 'term slope', format: percent },
  { key: 'expected_move', title: 'expected move', format: points(2) },
  { key: 'trend_daily', title: 'trend', format: points(0) },
  { key: 'trend_intraday', title: 'intraday', format: points(0) },
]

/** @type {readonly Column[]} */
const COLUMNS = [
  { key: 'symbol', title: 'symbol', isHeading: true },
  ...FIGURES.map(({ key, title }) => ({ key, title, kind: /** @type {const} */ ('number') })),
]

/** @param {ViewState} state */
export const figuresPath = ({ at }) => (at === null ? null : `/api/views/figures?at=${at}`)

/** @param {Page} page */
export function createMarketTable(page) {
  const table = createTable({
    caption: 'Figures of each symbol at the slot',
    columns: COLUMNS,
    empty: 'no figures are stored at this time',
  })
  const root = element('div')
  const body = createViewBody(root)
  body.content.append(table.element)
  return {
    element: root,
    /**
     * Reads and shows the figures of a slot.
     *
     * @param {ViewState} state
     */
    show(state) {
      const path = figuresPath(state)
      if (path === null) return body.absent('no slot is stored')
      body.load(
        (signal) => page.read(path, { signal }),
        (/** @type {FiguresAnswer} */ { symbols }) => table.setRows(symbols.map((one) => marketRow(one))),
      )
    },
    destroy: body.destroy,
  }
}

/**
 * @param {SlotFigures} answer
 * @returns {Row}
 */
function marketRow({ symbol, slot, figures, iv_observations, definition_version }) {
  /** @param {SlotFigureName} key */
  const of = (key) => figures?.[key] ?? NONE
  return {
    symbol,
    ...Object.fromEntries(
      FIGURES.map(({ key, format }) => {
        const isRank = key === 'iv_rank' || key === 'iv_percentile'
        const more = { slot, definition_version, ...(isRank && { observations: iv_observations }) }
        return [key, figureCell(key, of(key), { format, more })]
      }),
    ),
  }
}

const NONE = {
  value: null,
  reason: 'no figures are stored at this time',
  source: null,
  unit: '',
  window: null,
}

/**
 * @param {SlotFigureName} key
 * @param {SlotFigure} figure
 * @param {{ format: Format, more: Provenance }} shown
 */
function figureCell(key, { value, reason, source, unit, window }, { format, more }) {
  const text = typeof value === 'number' ? format(value) : (value ?? ABSENT)
  const basis = [key, unit, window === null ? '' : `window of ${window} sessions`].filter(Boolean).join(', ')
  return { text, from: { ...more, reason: value === null ? (reason ?? 'not known') : null, source, basis } }
}
