import { createHeatMap } from '../../charts/heat-map.js'
import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { daySlots, namedHours } from '../../state/day.js'
import { ABSENT, count, decimals } from '../../text/number.js'
import { slotReasonText } from '../../text/reason.js'
import { clockTime, dayName } from '../../text/time.js'
import { createViewBody } from '../view-body.js'
import { createMarketTable, figuresPath } from './market.js'
import { createProblems } from './problems.js'
import { coverageOf, cycleRate } from './summary.js'
import { createTiles } from './tiles.js'

/**
 * What is wrong, what is collected now and next, and how much of the day is there.
 *
 * @import { HealthAnswer, SlotsAnswer } from '../../../api.ts'
 * @import { StatusAnswer } from '../../../views/status-api.ts'
 * @import { Row } from '../../charts/table.js'
 * @import { View, ViewState } from '../../view.ts'
 */

const STATUS_PATH = '/api/views/status'
const HEALTH_PATH = '/api/health'

const COLUMNS = /** @type {const} */ ([
  { key: 'symbol', title: 'symbol', isHeading: true },
  { key: 'outcome', title: 'outcome' },
  { key: 'reason', title: 'reason' },
  { key: 'requested', title: 'requested', kind: 'number' },
  { key: 'answered', title: 'answered', kind: 'number' },
  { key: 'complete', title: 'complete', kind: 'number' },
  { key: 'greeks', title: 'with greeks', kind: 'number' },
  { key: 'rows', title: 'rows', kind: 'number' },
  { key: 'rate', title: 'contracts/s', kind: 'number' },
  { key: 'skew', title: 's apart', kind: 'number' },
  { key: 'age', title: 'quote age, s', kind: 'number' },
  { key: 'price', title: 'underlying', kind: 'number' },
  { key: 'vix', title: 'VIX', kind: 'number' },
])

/**
 * @param {ViewState} state
 * @param {string | null} newest date: that of the answer without one
 */
const dayPath = ({ date }, newest) =>
  date === null || date === newest ? '/api/slots' : `/api/slots?date=${date}`

/** @type {View} */
export const view = {
  name: 'status',
  title: 'Status',
  needsSymbol: false,
  mount(root, page) {
    const body = createViewBody(root)
    const problems = createProblems()
    const tiles = createTiles(page)
    const slotTitle = element('h2', { text: 'Slot' })
    const entries = createTable({
      caption: 'The slot in the ledger',
      columns: COLUMNS,
      empty: 'the ledger has no entry of this slot',
    })
    const market = createMarketTable(page)
    /** @type {SlotsAnswer | null} */
    let shownDay = null
    /** The date of the newest session, once it is known. @type {string | null} */
    let newest = null
    const map = createHeatMap({
      title: 'Slots of the day',
      onPick: (row, column) => {
        const symbol = shownDay?.symbols[row]
        const slot = shownDay?.expected[column]?.slot
        if (symbol !== undefined && slot) page.setState({ symbol, at: slot })
      },
    })
    body.content.append(
      problems.element,
      tiles.element,
      map.element,
      element('section', { className: 'panel' }, [
        slotTitle,
        entries.element,
        element('h3', { text: 'Figures' }),
        market.element,
      ]),
    )
    const unsubscribe = page.onEvent('cycle', tiles.showCycle)

    /**
     * @param {ViewState} state
     * @param {SlotsAnswer} day
     */
    function showSlot({ at }, day) {
      const rows = day.symbols.flatMap((symbol) =>
        day.slots.filter((entry) => entry.timestamp === at && entry.symbol === symbol),
      )
      const time = day.expected.find(({ slot }) => slot === at)?.time
      slotTitle.textContent = at === null ? 'Slot' : `Slot ${time ?? clockTime(at)}, ${dayName(day.date)}`
      entries.setRows(rows.map(slotRow))
    }

    /**
     * @param {SlotsAnswer} day
     * @param {ViewState} state
     */
    function showDay(day, { symbol: current, at }) {
      shownDay = day
      const lines = day.symbols.map((symbol) => ({ symbol, slots: daySlots(day, symbol) }))
      const names = new Map(namedHours(day.expected).map(({ time, at: column }) => [column, time]))
      map.setData({
        columns: day.expected.map((_, column) => names.get(column) ?? ''),
        rows: lines.map(({ symbol, slots }) => ({
          name: symbol,
          cells: slots.map(({ slot, time, outcome, reason, rows }) => ({
            className: outcome,
            isCurrent: slot === at && symbol === current,
            label: [
              `${symbol} ${time}: ${outcome}`,
              ...(reason === null ? [] : [slotReasonText(reason)]),
              ...(rows === null ? [] : [`${count(rows)} rows`]),
            ].join(', '),
            mark: outcome === 'missing' ? '×' : outcome === 'partial' ? '·' : '',
          })),
        })),
        summary: lines
          .map(({ symbol, slots }) => {
            const { due, stored, partial } = coverageOf(slots)
            return `${symbol}: ${stored} stored and ${partial} partial of ${due} due`
          })
          .join('; '),
      })
    }

    return {
      show: (state) => {
        market.show(state)
        body.load(
          async (signal) => {
            // The page has it already: it says which day is the newest.
            const today = /** @type {SlotsAnswer} */ (await page.read('/api/slots', { signal }))
            newest = today.date
            const [status, health, day] = await Promise.all([
              /** @type {Promise<StatusAnswer>} */ (page.read(STATUS_PATH, { signal })),
              /** @type {Promise<HealthAnswer>} */ (page.read(HEALTH_PATH, { signal })),
              /** @type {Promise<SlotsAnswer>} */ (page.read(dayPath(state, newest), { signal })),
            ])
            return { status, health, today, day }
          },
          ({ status, health, today, day }) => {
            problems.show(health)
            tiles.show({ status, today })
            showDay(day, state)
            showSlot(state, day)
          },
        )
      },
      requests: (state) => [
        ...[STATUS_PATH, HEALTH_PATH, '/api/slots'],
        // Until the newest day is known, it may be the one that is shown.
        ...(newest === null ? [] : [dayPath(state, newest)]),
        ...[figuresPath(state)].flatMap((path) => path ?? []),
      ],
      destroy: () => {
        unsubscribe()
        tiles.destroy()
        market.destroy()
        body.destroy()
      },
    }
  },
}

/**
 * @param {SlotsAnswer['slots'][number]} entry
 * @returns {Row}
 */
function slotRow(entry) {
  const { symbol, outcome, reason, detail, started_at, finished_at } = entry
  const seconds = (/** @type {number | null} */ value) => decimals(value, 1)
  const collected =
    started_at && finished_at
      ? `collected ${clockTime(started_at)} to ${clockTime(finished_at)} New York`
      : null
  const from = {
    slot: entry.timestamp,
    source: 'ledger',
    reason: detail ?? slotReasonText(reason),
    note: collected,
  }
  const cell = (/** @type {string} */ text) => ({ text, from })
  return {
    symbol,
    outcome: {
      text: outcome,
      className: outcome === 'stored' ? 'ok' : outcome === 'partial' ? 'warn' : 'fail',
      from,
    },
    reason: detail ?? slotReasonText(reason),
    requested: cell(count(entry.requested)),
    answered: cell(count(entry.answered)),
    complete: cell(count(entry.complete)),
    greeks: cell(count(entry.with_greeks)),
    rows: cell(count(entry.rows)),
    rate: cell(decimals(cycleRate([entry])?.perSecond, 0)),
    skew: cell(seconds(entry.skew_seconds)),
    age: cell(seconds(entry.quote_age_seconds)),
    price: cell(decimals(entry.underlying_price, 2)),
    vix: cell(entry.vix === null ? ABSENT : decimals(entry.vix, 2)),
  }
}
