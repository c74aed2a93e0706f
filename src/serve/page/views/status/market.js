import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT, decimals, percent } from '../../text/number.js'
import { createViewBody } from '../view-body.js'

/**
 * The main figures of each symbol at the slot, each with where it comes from.
 *
 * @import { FigureAnswer, MarketAnswer } from '../../../../analytics/answers/market-answer.ts'
 * @import { Column, Row } from '../../charts/table.js'
 * @import { Page, ViewState } from '../../view.ts'
 *
 * @typedef {(value: number) => string} Format
 */

const points = (/** @type {number} */ digits) => (/** @type {number} */ value) => decimals(value, digits)

/** @type {readonly { key: keyof MarketAnswer['figures'], title: string, format: Format }[]} */
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
     * Reads and shows the figures of a slot. They take the server longer than a played slot has, so that they wait for
     * the end of the play.
     *
     * @param {ViewState} state
     */
    show({ at, isPlaying }) {
      if (at === null) return body.absent('no slot is stored')
      if (isPlaying) return body.absent('shown when the play is paused')
      const paths = page.symbols().map((symbol) => `/api/market-data/${encodeURIComponent(symbol)}?at=${at}`)
      body.load(
        (signal) =>
          Promise.all(
            paths.map((path) => /** @type {Promise<MarketAnswer>} */ (page.read(path, { signal }))),
          ),
        (answers) => table.setRows(answers.map(marketRow)),
      )
    },
    destroy: body.destroy,
  }
}

/**
 * @param {MarketAnswer} answer
 * @returns {Row}
 */
function marketRow({ symbol, slot, figures }) {
  return {
    symbol,
    ...Object.fromEntries(FIGURES.map(({ key, format }) => [key, figureCell(figures[key], slot, format)])),
  }
}

/**
 * @param {FigureAnswer} figure
 * @param {string | null} slot
 * @param {Format} format
 */
function figureCell(figure, slot, format) {
  const { value, ...from } = figure
  const text = typeof value === 'number' ? format(value) : value === null ? ABSENT : String(value)
  return { text, from: { slot, ...from } }
}
