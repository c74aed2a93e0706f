/* The view "Term structure": volatility by expiration, and at fixed tenors over sessions and over the day. */
import { createFigure } from '../../charts/figure.js'
import { createLineChart } from '../../charts/line-chart.js'
import { dateX } from '../../charts/scale.js'
import { createTable } from '../../charts/table.js'
import { element, setText } from '../../dom.js'
import { percent } from '../../text/number.js'
import { slotName } from '../../text/slot.js'
import { createChoice } from '../choice.js'
import { widened } from '../smile/smile-points.js'
import { createViewBody } from '../view-body.js'
import { POINTS, SPANS, termOptions, termPaths } from './term-options.js'
import {
  dayColumns,
  dayRange,
  extent,
  historyColumns,
  slotPlace,
  tenorKey,
  termColumns,
} from './term-points.js'
import {
  historySummary,
  TERM_COLUMNS,
  tenorFigure,
  termAbsence,
  termNotes,
  termRows,
  termSummary,
} from './term-text.js'

/**
 * @import { TermBody, TenorsBody } from '../../../views/smile-api.ts'
 * @import { ViewState } from '../../view.ts'
 */

const TENORS = [7, 14, 30, 60]
/** Dashes tell the tenors apart without colours. */
const DASHES = [[2, 2], [6, 3], [], [8, 3, 2, 3]]

const volatility = (/** @type {number} */ value) => percent(value, 2)
const axis = {
  unit: 'volatility a year',
  format: (/** @type {number} */ value) => percent(value, Math.abs(value) < 0.05 ? 2 : 1),
}
const TENOR_SERIES = TENORS.map((days, at) => ({
  ...{ key: tenorKey(days), label: `${days} days`, color: at, format: volatility },
  dash: DASHES[at] ?? [],
}))

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'term-structure',
  title: 'Term structure',
  needsSymbol: true,
  mount(root, page) {
    const body = createViewBody(root)
    const { theme } = page
    const against = createChoice(
      'Against',
      [
        ['close', 'Close before'],
        ['same_time', 'Same time before'],
        ['none', 'Nothing'],
      ],
      (value) => page.setOptions({ vs: value === 'close' ? null : value }),
    )
    const span = createChoice('History', SPANS, (days) =>
      page.setOptions({ days: days === '92' ? null : days }),
    )
    const point = element('select', { attributes: { 'aria-label': 'Point of the surface' } })
    point.append(...POINTS.map(([value, text]) => element('option', { text, attributes: { value } })))
    point.addEventListener('change', () =>
      page.setOptions({ point: point.value === 'atm' ? null : point.value }),
    )

    const term = createLineChart({
      ...{ theme, title: 'Volatility by expiration', x: 'number', height: 300, left: axis },
      xAxis: { unit: 'days to expiry', format: (value) => String(Number(value.toFixed(1))) },
      series: [
        {
          key: 'atm',
          label: 'at the money',
          color: 0,
          width: 2,
          hasPoints: true,
          spanGaps: true,
          format: volatility,
        },
        { key: 'atm_low', label: 'less error', draw: 'none', format: volatility },
        { key: 'atm_high', label: 'plus error', draw: 'none', format: volatility },
        { key: 'before', label: 'before', color: 0, dash: [4, 4], spanGaps: true, format: volatility },
        { key: 'put_25d', label: '25-delta put', color: 1, dash: [8, 3], spanGaps: true, format: volatility },
        {
          key: 'call_25d',
          label: '25-delta call',
          color: 2,
          dash: [2, 2],
          spanGaps: true,
          format: volatility,
        },
        {
          key: 'forward_iv',
          label: 'between expirations',
          color: 3,
          draw: 'steps',
          width: 1,
          spanGaps: true,
          format: volatility,
        },
      ],
      bands: [{ upper: 'atm_high', lower: 'atm_low', color: 0, draw: 'bars' }],
    })
    const notes = element('p', { className: 'term-notes soft' })
    const table = createTable({ caption: 'Surface by expiration', columns: TERM_COLUMNS })
    const figures = TENORS.map((days) => createFigure({ label: `${days} days` }))
    const places = TENORS.map(() => element('span', { className: 'soft' }))
    const history = createLineChart({
      theme,
      title: 'Fixed tenors by session',
      x: 'date',
      left: axis,
      series: TENOR_SERIES,
      note: 'The median of the slots before each close; last, the slot that is looked at. Tenors are in trading time: around holidays they differ from the volatility by expiration.',
    })
    const day = createLineChart({
      ...{ theme, title: 'Fixed tenors over the day', x: 'time', left: axis, series: TENOR_SERIES },
      onPick: (x) => page.setState({ at: new Date(x).toISOString() }),
    })
    const tenorRoot = element('section', { attributes: { 'aria-label': 'Fixed tenors' } })
    body.content.append(
      element('div', { className: 'term-choices' }, [against.element]),
      term.element,
      notes,
      table.element,
      element('h2', { text: 'Fixed tenors' }),
      element('div', { className: 'term-choices' }, [point, span.element]),
      tenorRoot,
    )
    // The history of a year may take longer than the slot, which does not wait for it.
    const tenors = createViewBody(tenorRoot)
    tenors.content.append(
      element(
        'div',
        { className: 'term-figures' },
        figures.map((figure, at) => element('div', {}, [figure.element, places[at] ?? ''])),
      ),
      element('div', { className: 'term-charts' }, [history.element, day.element]),
    )
    /** The axis of volatility while playing, and what it is of. @type {{ key: string, y: [number, number] } | null} */
    let held = null

    /** @param {TermBody} answer @param {ViewState} state */
    function showTerm(answer, state) {
      setText(notes, termNotes(answer, state).join(' '))
      table.setRows(termRows(answer))
      const { x, columns } = termColumns(answer)
      const range = extent(columns)
      if (range === null) return term.setAbsent(termAbsence(answer))
      const key = `${state.symbol} ${state.date}`
      held = { key, y: widened(state.isPlaying && held?.key === key ? held.y : null, range) }
      const { before, ...now } = columns
      term.setData({
        ...{ x, columns: answer.before ? columns : now, yRange: held.y },
        ...{ xRange: [0, Math.max(...x) * 1.02], summary: termSummary(answer) },
        ...(answer.before && { labels: { before: slotName(answer.before.slot) } }),
      })
    }

    /** @param {TenorsBody} answer @param {ViewState} state */
    function showTenors(answer, state) {
      const place = slotPlace(answer.slots, state.at ?? '')
      for (const [tenor, figure] of figures.entries()) {
        const shown = tenorFigure(answer, { tenor, place, at: state.at })
        figure.set(shown)
        setText(places[tenor] ?? root, shown.place)
      }
      const days = dayColumns(answer)
      const past = historyColumns(answer, place)
      const sessionsOnly = Object.fromEntries(answer.sessions.iv.map((column, at) => [String(at), column]))
      const yRange = extent({
        ...past.columns,
        ...Object.fromEntries(
          Object.entries(days.columns).map(([key, column]) => [`day ${key}`, column ?? []]),
        ),
      })
      const summary = historySummary(answer, place)
      if (extent(sessionsOnly) === null)
        history.setAbsent('No session has a value of this point: surfaces are stored from the first slot on.')
      else history.setData({ ...past, yRange, marker: dateX(answer.date), summary })
      if (extent(days.columns) === null) day.setAbsent('No slot of the day has a value of this point.')
      else
        day.setData({ ...days, xRange: dayRange(state.slots), marker: Date.parse(state.at ?? ''), summary })
    }

    /** @param {ViewState} state */
    function showOptions({ options }) {
      const chosen = termOptions(options)
      against.show(chosen.against)
      span.show(/** @type {typeof SPANS[number][0]} */ (chosen.days))
      if (point.value !== chosen.point) point.value = chosen.point
    }

    return {
      show: (state) => {
        const paths = termPaths(state)
        if (paths === null) return body.absent(`No slot of ${state.symbol} is stored yet.`)
        showOptions(state)
        body.load(
          (signal) => page.read(paths.term, { signal }),
          (answer) => showTerm(answer, state),
        )
        tenors.load(
          (signal) => page.read(paths.tenors, { signal }),
          (answer) => showTenors(answer, state),
        )
      },
      requests: (state) => Object.values(termPaths(state) ?? {}),
      destroy: () => {
        body.destroy()
        tenors.destroy()
        for (const chart of [term, history, day]) chart.destroy()
      },
    }
  },
}
