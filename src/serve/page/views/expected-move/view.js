import { createFigure } from '../../charts/figure.js'
import { createLineChart } from '../../charts/line-chart.js'
import { rangeOf } from '../../charts/scale.js'
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { decimals } from '../../text/number.js'
import { earlierSlotLines } from '../../text/slot.js'
import { dayName, minuteTime, newYorkDay } from '../../text/time.js'
import { createSelect } from '../select.js'
import { createViewBody } from '../view-body.js'
import { coneOf, expirationsWithin, HORIZONS } from './cone.js'
import {
  expiryName,
  expiryValue,
  MOVE_COLUMNS,
  movePaths,
  moveRows,
  moveText,
  pathFigures,
  pathIndex,
  pathSummary,
  RECORD_COLUMNS,
  recordRows,
} from './move-text.js'
import { outcomeSummary, outcomesOf } from './outcomes.js'
import { placedPath } from './session-axis.js'

/**
 * @import { ExpectedMovesAnswer } from '../../../../analytics/answers/expected-moves.ts'
 * @import { MoveDayAnswer } from '../../../views/expected-move-api.ts'
 * @import { ViewState } from '../../view.ts'
 * @import { SessionAxis } from './session-axis.js'
 */

const dollars = (/** @type {number} */ value) => decimals(value, 2)
const onePoint = (/** @type {number} */ value) => decimals(value, 1)

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'expected-move',
  title: 'Expected move',
  needsSymbol: true,
  mount(root, page) {
    const { theme } = page
    const body = createViewBody(root)
    const figures = {
      price: createFigure({ label: 'Underlying', size: 'large' }),
      next: createFigure({ label: 'Nearest expected move', size: 'large' }),
      straddle: createFigure({ label: 'Straddle at the money' }),
      iv: createFigure({ label: 'Volatility at the money' }),
      strike: createFigure({ label: 'Strike' }),
    }
    const expiry = createSelect({
      label: 'At the money of',
      onChoose: (value) => page.setOptions({ expiry: value }),
    })
    const horizon = createSelect({
      label: 'Cone over',
      onChoose: (value) => page.setOptions({ horizon: value === 'month' ? null : value }),
    })
    const path = createLineChart({
      ...{ theme, title: 'The day at the money', x: 'time', height: 240 },
      left: { unit: '$', format: onePoint },
      right: { unit: 'points', format: dollars },
      series: [
        { key: 'straddle', label: 'straddle', color: 'accent', width: 2, format: dollars },
        { key: 'iv', label: 'volatility', color: 1, dash: [6, 3], axis: 'right', format: dollars },
      ],
    })
    const underlying = createLineChart({
      ...{ theme, title: 'The underlying and the strike nearest to it', x: 'time', height: 240 },
      left: { unit: '$', format: onePoint },
      series: [
        { key: 'underlying', label: 'underlying', color: 'accent', width: 2, format: dollars },
        { key: 'strike', label: 'strike', color: 1, draw: 'steps', format: dollars },
      ],
    })
    /** The axis of what is drawn: its labels are asked for while it is drawn. @type {SessionAxis | null} */
    let axis = null
    const timeOf = (/** @type {number} */ place) => {
      const at = axis?.time(place) ?? null
      if (at === null) return ''
      const date = dayName(newYorkDay(at))
      return Number.isInteger(place) ? date : `${date} ${minuteTime(at)}`
    }
    const cone = createLineChart({
      ...{ theme, title: 'Expected move, and what came of it', x: 'number', height: 320 },
      note: 'Areas: one standard deviation, by the volatility at the money of each expiration in this slot; dotted: two. Nights and weekends have no width.',
      xAxis: { format: timeOf },
      left: { unit: '$', format: onePoint },
      series: [
        { key: 'high', label: '+1 σ', color: 'soft', width: 1, format: dollars },
        { key: 'low', label: '−1 σ', color: 'soft', width: 1, format: dollars },
        { key: 'high2', label: '+2 σ', color: 'soft', width: 1, dash: [2, 4], format: dollars },
        { key: 'low2', label: '−2 σ', color: 'soft', width: 1, dash: [2, 4], format: dollars },
        { key: 'price', label: 'until the slot', color: 'text', spanGaps: true, format: dollars },
        // The ends of expirations are places without a price: no gap of the data.
        {
          key: 'later',
          label: 'what came of it',
          color: 'accent',
          width: 2,
          spanGaps: true,
          format: dollars,
        },
      ],
      bands: [{ upper: 'high', lower: 'low', color: 'accent' }],
    })
    const table = createTable({ caption: 'Expected move of each expiration', columns: MOVE_COLUMNS })
    const summary = element('p', { className: 'soft' })
    const record = createTable({
      caption: 'How good expected moves were',
      columns: RECORD_COLUMNS,
      empty: 'no session before this date has a volatility and a close',
    })
    const recordNote = element('p', { className: 'soft' })
    body.content.append(
      element(
        'div',
        { className: 'panel figures' },
        Object.values(figures).map((one) => one.element),
      ),
      element('div', { className: 'choices' }, [expiry.element, horizon.element]),
      element('div', { className: 'columns' }, [path.element, underlying.element]),
      element('div', { className: 'move-cone' }, [cone.element]),
      element('section', { className: 'panel' }, [
        element('h2', { text: 'Each expiration' }),
        summary,
        table.element,
      ]),
      element('section', { className: 'panel' }, [
        element('h2', { text: 'How good expected moves were before' }),
        recordNote,
        record.element,
      ]),
    )
    /** Of the cone while playing: it stands still. @type {{ key: string, y: [number, number] } | null} */
    let held = null
    /** What the record is of: the date, not the slot. @type {MoveDayAnswer | null} */
    let recorded = null

    /**
     * @param {{ moves: ExpectedMovesAnswer, day: MoveDayAnswer }} answers
     * @param {ViewState} state
     */
    function show({ moves, day }, state) {
      const chosen = state.options.horizon
      const over = HORIZONS.find(({ value }) => value === chosen)?.value ?? 'month'
      horizon.show(HORIZONS, over)
      expiry.show(
        day.expirations.map((one) => ({
          value: expiryValue(one),
          text: expiryName(one, day.expirations, day.date),
        })),
        day.expiry === null ? '' : expiryValue({ expiry: day.expiry, trading_class: day.trading_class }),
      )
      const index = pathIndex(day.path, state.at)
      showFigures(moves, day, state.at)
      showPath(day, index)
      const outcomes = outcomesOf(moves, day.prices, page.clock.now())
      showCone(moves, { day, over, state, summary: outcomeSummary(outcomes) })
      table.setRows(moveRows(moves, outcomes))
      const said = [...earlierSlotLines(moves.slot, state.at), outcomeSummary(outcomes)].join(' ')
      setText(summary, moves.slot === null ? 'No chain is stored for this slot.' : said)
      if (recorded === day) return
      recorded = day
      record.setRows(day.record.some(({ moves: count }) => count > 0) ? recordRows(day) : [])
      const source = day.record_source === 'chain' ? 'our own iv30' : "IB's 30-day volatility"
      setText(
        recordNote,
        `From ${source} and daily closes of the ${day.record_sessions} sessions before: the volatility of 30 days stands for every length.`,
      )
    }

    /**
     * @param {ExpectedMovesAnswer} moves
     * @param {MoveDayAnswer} day
     * @param {string | null} at
     */
    function showFigures(moves, { path: points }, at) {
      const { slot, price, expirations } = moves
      const [nearest] = expirationsWithin(expirations, 'week')
      figures.price.set({
        text: decimals(price, 2),
        from: { slot, source: 'median of the rows', reason: price === null ? 'no row has a price' : null },
      })
      figures.next.set({
        text: moveText(nearest?.move ?? null, price),
        from: {
          ...{ slot, source: 'chain', reason: nearest ? null : 'no expiration has a volatility' },
          note: nearest ? `until ${expiryName(nearest, expirations)}, one standard deviation` : null,
        },
      })
      const shown = pathFigures(points, at)
      figures.straddle.set(shown.straddle)
      figures.iv.set(shown.iv)
      figures.strike.set(shown.strike)
    }

    /**
     * @param {MoveDayAnswer} day
     * @param {number} index
     */
    function showPath(day, index) {
      const { path: points, prices, date } = day
      const session = prices.sessions.find((one) => one.date === date)
      if (index < 0) {
        const reason = day.expiry === null ? 'No such expiration is stored on this date.' : 'No slot yet.'
        underlying.setAbsent(reason)
        return path.setAbsent(reason)
      }
      const x = points.slots.map((slot) => Date.parse(slot))
      const until = (/** @type {readonly (number | null)[]} */ values, scale = 1) =>
        values.map((value, at) => (value === null || at > index ? null : scale * value))
      const xRange = session
        ? /** @type {const} */ ([Date.parse(session.open), Date.parse(session.close)])
        : null
      const common = { x, xRange, marker: x[index] ?? null, summary: pathSummary(day, index) }
      path.setData({
        ...common,
        columns: { straddle: until(points.straddle), iv: until(points.iv, 100) },
        yRange: rangeOf(points.straddle, { zero: true }),
      })
      underlying.setData({
        ...common,
        columns: { underlying: until(points.underlying), strike: until(points.strike) },
        yRange: rangeOf([...points.underlying, ...points.strike]),
      })
    }

    /**
     * @param {ExpectedMovesAnswer} moves
     * @param {{ day: MoveDayAnswer, over: import('./cone.js').Horizon, state: ViewState, summary: string }} shown
     */
    function showCone(moves, { day, over, state, summary: text }) {
      const drawn = coneOf(moves, day.prices, over)
      if (!drawn) return cone.setAbsent('No expiration of this slot has an expected move.')
      axis = placedPath(day.prices).axis
      const own = rangeOf(Object.values(drawn.columns).flat()) ?? [0, 1]
      const key = [state.symbol, state.date, over].join(' ')
      const before = state.isPlaying && held?.key === key ? held.y : own
      const y = /** @type {[number, number]} */ ([Math.min(own[0], before[0]), Math.max(own[1], before[1])])
      held = { key, y }
      cone.setData({
        ...{ x: drawn.x, columns: drawn.columns, xRange: drawn.xRange, yRange: y, marker: drawn.at },
        summary: text,
      })
    }

    return {
      show: (state) => {
        const paths = movePaths(state)
        if (paths === null) return body.absent(`No slot of ${state.symbol} is stored yet.`)
        body.load(
          async (signal) => {
            const [moves, day] = await Promise.all([
              /** @type {Promise<ExpectedMovesAnswer>} */ (page.read(paths.moves, { signal })),
              /** @type {Promise<MoveDayAnswer>} */ (page.read(paths.day, { signal })),
            ])
            return { moves, day }
          },
          (answers) => show(answers, state),
        )
      },
      requests: (state) => Object.values(movePaths(state) ?? {}),
      destroy: () => {
        body.destroy()
        for (const chart of [path, underlying, cone]) chart.destroy()
      },
    }
  },
}
