import { createBars } from '../../charts/bars.js'
import { createFigure, figureOf } from '../../charts/figure.js'
import { createLineChart } from '../../charts/line-chart.js'
import { dateX, rangeOf } from '../../charts/scale.js'
import { element, setText } from '../../dom.js'
import { decimals, percent, signed } from '../../text/number.js'
import { dayName } from '../../text/time.js'
import { createSelect } from '../select.js'
import { createViewBody } from '../view-body.js'
import {
  COMPARED,
  dayColumns,
  dayRange,
  ESTIMATORS,
  figureAt,
  figuresTime,
  historyColumns,
  historySummary,
  premiumAt,
  premiumSummary,
  premiums,
  RANK_FIGURES,
  REALIZED_FIGURE,
  SESSIONS,
  slotIndex,
  volatilityOptions,
  volatilityPath,
} from './volatility-data.js'

/**
 * @import { VolatilityAnswer } from '../../../views/volatility-api.ts'
 * @import { ViewState } from '../../view.ts'
 */

const IV_NAMES = { chain: 'iv30', ib_index: "IB's 30-day volatility" }
const onePoint = (/** @type {number} */ value) => decimals(value, 1)

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'volatility',
  title: 'Volatility',
  needsSymbol: true,
  mount(root, page) {
    const { theme } = page
    const body = createViewBody(root)
    const figures = {
      iv30: createFigure({ label: 'iv30', size: 'large' }),
      rank: createFigure({ label: 'IV rank', size: 'large' }),
      percentile: createFigure({ label: 'IV percentile', size: 'large' }),
      vix: createFigure({ label: 'VIX' }),
      realized: createFigure({ label: 'Realized, 20 sessions' }),
      spread: createFigure({ label: 'iv30 less realized' }),
      premium: createFigure({ label: 'Variance risk premium' }),
      today: createFigure({ label: 'Realized today' }),
      modelFree: createFigure({ label: 'Model-free, 30 days' }),
      index: createFigure({ label: "IB's 30-day volatility" }),
    }
    const sessions = createSelect({
      label: 'History',
      onChoose: (value) => page.setOptions({ sessions: value === '252' ? null : value }),
    })
    const estimator = createSelect({
      label: 'Realized by',
      onChoose: (value) => page.setOptions({ estimator: value === 'yang_zhang' ? null : value }),
    })
    const compared = createSelect({
      label: 'Compared with',
      onChoose: (value) => page.setOptions({ compared: value === 'before' ? null : value }),
    })
    const history = createLineChart({
      ...{ theme, title: 'Implied and realized volatility', x: 'date', height: 300 },
      left: { unit: 'points', format: onePoint },
      series: [
        { key: 'high', label: 'highest', color: 'soft', draw: 'none', format: onePoint },
        { key: 'low', label: 'lowest', color: 'soft', draw: 'none', format: onePoint },
        { key: 'iv', label: 'iv30', color: 'accent', width: 2, format: onePoint },
        { key: 'vix', label: 'VIX', color: 1, dash: [6, 3], format: onePoint },
        { key: 'realized', label: 'realized before', color: 2, dash: [2, 2], format: onePoint },
      ],
      bands: [{ upper: 'high', lower: 'low', color: 'soft' }],
    })
    const premium = createBars({
      ...{ theme, title: 'Premium: implied less realized volatility', unit: 'points', category: 'session' },
      series: [{ key: 'premium', label: 'implied less realized', color: 'accent' }],
      ...{ format: onePoint, height: 180, shortName: (name) => name.split(' ').slice(1, 3).join(' ') },
    })
    const day = createLineChart({
      ...{ theme, title: 'The day', x: 'time', height: 220 },
      left: { unit: 'points', format: onePoint },
      series: [
        { key: 'iv', label: 'iv30', color: 'accent', width: 2, format: (value) => decimals(value, 2) },
        { key: 'vix', label: 'VIX', color: 1, dash: [6, 3], format: (value) => decimals(value, 2) },
        { key: 'realized', label: 'realized today', color: 2, dash: [2, 2], format: onePoint },
      ],
    })
    const notes = element('p', { className: 'soft' })
    body.content.append(
      element(
        'div',
        { className: 'panel figures' },
        Object.values(figures).map((one) => one.element),
      ),
      element('div', { className: 'choices' }, [sessions.element, estimator.element, compared.element]),
      history.element,
      notes,
      element('div', { className: 'columns' }, [premium.element, day.element]),
    )
    /** What the bars show: a date, not a slot. @type {{ answer: VolatilityAnswer, compared: string } | null} */
    let bars = null
    /** What the lines show: while playing, a slot often differs by nothing that can be seen. */
    let lines = ''

    /**
     * @param {VolatilityAnswer} answer
     * @param {ViewState} state
     */
    function showFigures(answer, { at }) {
      const { day: figuresOfDay, window, estimator: name } = answer
      const index = slotIndex(figuresOfDay, at)
      const of = (/** @type {Parameters<typeof figureAt>[1]} */ figure) =>
        figureAt(figuresOfDay, figure, index)
      const premium = (/** @type {Parameters<typeof premiumAt>[1]} */ figure) =>
        premiumAt(figuresOfDay, figure, { estimator: name, index })
      const [rank, percentile] = RANK_FIGURES[window]
      figures.iv30.set(figureOf(of('iv30'), (value) => percent(value, 2)))
      figures.rank.set(figureOf(of(rank), (value) => decimals(value, 0)))
      figures.percentile.set(figureOf(of(percentile), (value) => decimals(value, 0)))
      figures.vix.set(figureOf(of('vix'), (value) => decimals(value, 2)))
      figures.realized.set(figureOf(of(REALIZED_FIGURE[name]), (value) => percent(value, 2)))
      figures.spread.set(figureOf(premium('volatility_spread'), (value) => `${signed(value, 2)} points`))
      figures.premium.set(figureOf(premium('variance_risk_premium'), (value) => signed(value, 4)))
      figures.today.set(figureOf(of('realized_vol_today'), (value) => percent(value, 2)))
      figures.modelFree.set(figureOf(of('mfiv30'), (value) => `${decimals(value, 2)} points`))
      figures.index.set(figureOf(of('iv30_ib_index'), (value) => percent(value, 2)))
      return index
    }

    /**
     * @param {VolatilityAnswer} answer
     * @param {ViewState} state
     */
    function show(answer, state) {
      const options = volatilityOptions(state.options)
      sessions.show(SESSIONS, options.sessions)
      estimator.show(ESTIMATORS, options.estimator)
      compared.show(COMPARED, options.compared)
      const index = showFigures(answer, state)
      if (bars?.answer !== answer || bars.compared !== options.compared) showPremium(answer, options.compared)
      const isSameAnswer = bars?.answer === answer
      bars = { answer, compared: options.compared }
      const summary = historySummary(answer, index)
      if (!state.isPlaying || !isSameAnswer || summary !== lines) showHistory(answer, index)
      lines = summary
      showDay(answer, index)
      setText(notes, notesOf(answer, figuresTime(answer.day, index, state.at)))
    }

    /**
     * @param {VolatilityAnswer} answer
     * @param {number} index
     */
    function showHistory(answer, index) {
      const { dates, columns } = historyColumns(answer, index)
      if (Object.values(columns).every((column) => column.every((value) => value === null))) {
        return history.setAbsent('No daily volatility is stored before this date.')
      }
      history.setData({
        ...{ x: dates.map(dateX), columns, summary: historySummary(answer, index) },
        labels: { iv: IV_NAMES[answer.iv_source] },
        yRange: rangeOf(Object.values(columns).flat(), { zero: false }),
      })
    }

    /**
     * @param {VolatilityAnswer} answer
     * @param {'before' | 'after'} against
     */
    function showPremium(answer, against) {
      const values = premiums(answer, against)
      if (values.every((value) => value === null)) {
        const reason = against === 'after' ? 'No 20 sessions are over since a stored volatility.' : undefined
        return premium.setAbsent(reason ?? 'No session has an implied and a realized volatility.')
      }
      premium.setData({
        categories: answer.dates.map((date) => dayName(date, answer.date)),
        columns: { premium: values },
        summary: premiumSummary(values, against),
      })
    }

    /**
     * @param {VolatilityAnswer} answer
     * @param {number} index
     */
    function showDay({ day: figuresOfDay }, index) {
      const x = figuresOfDay.slots.map((slot) => Date.parse(slot))
      if (index < 0) return day.setAbsent('No figures are stored for this day up to this slot.')
      const marker = x[index] ?? null
      day.setData({
        ...{ x, columns: dayColumns(figuresOfDay, index), marker },
        yRange: rangeOf(dayRange(figuresOfDay)),
        summary: `${index + 1} of ${x.length} slots of the day with figures.`,
      })
    }

    return {
      show: (state) => {
        const path = volatilityPath(state)
        if (path === null || state.at === null) {
          return body.absent(`No slot of ${state.symbol} is stored yet.`)
        }
        body.load(
          (signal) => page.read(path, { signal }),
          (/** @type {VolatilityAnswer} */ answer) => show(answer, state),
        )
      },
      requests: (state) => [volatilityPath(state)].flatMap((path) => path ?? []),
      destroy: () => {
        body.destroy()
        for (const chart of [history, premium, day]) chart.destroy()
      },
    }
  },
}

/**
 * @param {VolatilityAnswer} answer
 * @param {string | null} earlier
 */
function notesOf(answer, earlier) {
  const { band, iv_source, realized_source, vix_source, older_definitions, realized_window, window } = answer
  const older =
    older_definitions > 0 ? ` ${older_definitions} sessions follow older definitions and are left out.` : ''
  const sources = {
    chain: 'our own chains',
    ib_index: "IB's daily values",
    index: 'closing levels',
    bars: 'our own bars',
  }
  const vix = vix_source === null ? '' : `, VIX from ${vix_source === 'chain' ? 'our cycles' : sources.index}`
  const late = earlier === null ? '' : `The figures are of ${earlier}: this slot has none yet. `
  return (
    late +
    `The band is the lowest and highest of ${band.observations} observations in ${window} sessions, from ${sources[iv_source]}. ` +
    `Realized over ${realized_window} sessions, from ${sources[realized_source]}${vix}.${older}`
  )
}
