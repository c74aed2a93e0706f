import { createBars } from '../../charts/bars.js'
import { createLineChart } from '../../charts/line-chart.js'
import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT, count, decimals } from '../../text/number.js'
import { slotReasonText } from '../../text/reason.js'
import { createViewBody } from '../view-body.js'
import { arrivalBars, arrivalSummary, cycleSeconds, harvestSummary, troubles } from './harvest-text.js'

/**
 * When the cycles of a day ran, what they brought, and when the quotes of the slot came that is looked at.
 *
 * @import { Page, ViewState } from '../../view.ts'
 * @import { ArrivalsAnswer, HarvestAnswer } from './harvest-text.js'
 */

/** @param {Page} page */
export function createHarvestSection(page) {
  const made = element('section', {}, [element('h2', { text: 'Harvest' })])
  const body = createViewBody(made)
  const { theme } = page
  const onPick = (/** @type {number} */ x) => page.setState({ at: new Date(x).toISOString() })
  const seconds = createLineChart({
    ...{ theme, x: 'time', height: 180, onPick },
    title: 'Seconds of each cycle',
    left: { unit: 's', format: (value) => decimals(value, 0) },
    series: [
      { key: 'cycle', label: 'cycle, from its start to its rows', color: 0 },
      { key: 'skew', label: 'first quote to last', color: 1, dash: [6, 3] },
      { key: 'smile', label: 'the same within one expiration, median', color: 2, dash: [2, 3] },
    ],
  })
  const contracts = createLineChart({
    ...{ theme, x: 'time', height: 180, onPick },
    title: 'Contracts of each slot',
    left: { format: (value) => count(value) },
    series: [
      { key: 'requested', label: 'requested', color: 5, dash: [6, 3] },
      { key: 'answered', label: 'answered', color: 0 },
      { key: 'complete', label: 'complete, with greeks of the gateway', color: 2, dash: [2, 3] },
      { key: 'skipped', label: 'left out by the plan', color: 1 },
    ],
  })
  const arrivals = createBars({
    ...{ theme, height: 180, unit: 'a second', category: 'second' },
    title: 'Quotes of this slot, by the second in which they came',
    series: [{ key: 'perSecond', label: 'contracts', color: 'accent' }],
    format: (value) => decimals(value, Number.isInteger(value) || value >= 10 ? 0 : 1),
  })
  const errors = createTable({
    caption: 'Slots of the day that are not stored whole',
    columns: [
      { key: 'time', title: 'slot', isHeading: true },
      { key: 'slots', title: 'slots', kind: 'number' },
      { key: 'outcome', title: 'outcome' },
      { key: 'reason', title: 'reason' },
      { key: 'detail', title: 'in words' },
      { key: 'advice', title: 'what to do' },
    ],
    empty: 'every slot that the ledger has of this day is stored whole',
  })
  const charts = element('div', { className: 'columns' }, [seconds.element, contracts.element])
  const ofSlot = element('div')
  const slotBody = createViewBody(ofSlot)
  slotBody.content.append(arrivals.element)
  const ofErrors = element('div', {}, [element('h3', { text: 'Errors of the day' }), errors.element])
  body.content.append(charts, ofSlot, ofErrors)
  /** @type {HarvestAnswer | null} */
  let shown = null
  /** @type {string | null} */
  let marked = null

  /** @param {HarvestAnswer} answer @param {string | null} at */
  function fill(answer, at) {
    if (answer === shown && at === marked) return
    const isNew = answer !== shown
    shown = answer
    marked = at
    ofErrors.hidden = answer.slot.length === 0
    if (ofErrors.hidden) {
      const none = 'the ledger has no slot of this day'
      seconds.setAbsent(none)
      contracts.setAbsent(none)
      return
    }
    const x = answer.slot.map((slot) => Date.parse(slot))
    const marker = at === null ? null : Date.parse(at)
    const summary = harvestSummary(answer)
    const { skew_seconds, smile_skew_seconds, requested, answered, complete, skipped } = answer
    seconds.setData({
      ...{ x, marker, summary },
      columns: { cycle: cycleSeconds(answer), skew: skew_seconds, smile: smile_skew_seconds },
    })
    contracts.setData({ ...{ x, marker, summary }, columns: { requested, answered, complete, skipped } })
    if (!isNew) return
    errors.setRows(
      troubles(answer).map(({ time, slots, outcome, reason, detail, advice }) => ({
        ...{
          time,
          slots: count(slots),
          reason: reason === null ? ABSENT : slotReasonText(reason),
          detail: detail ?? ABSENT,
          advice: advice ?? ABSENT,
        },
        outcome: { text: outcome, className: outcome === 'missing' ? 'fail' : 'warn' },
      })),
    )
  }

  /** @param {ArrivalsAnswer} answer */
  function fillArrivals(answer) {
    if (answer.slot === null || answer.counts.length === 0) return arrivals.setAbsent(arrivalSummary(answer))
    const bars = arrivalBars(answer)
    arrivals.setData({
      categories: bars.map(({ second }) => String(second)),
      columns: { perSecond: bars.map(({ perSecond }) => perSecond) },
      summary: arrivalSummary(answer),
    })
  }

  /** @param {ViewState} state */
  function paths({ symbol, date, at }) {
    const name = encodeURIComponent(symbol)
    return {
      day: date === null ? null : `/api/views/harvest/${name}?date=${date}`,
      slot: at === null ? null : `/api/views/quotes/${name}?at=${at}`,
    }
  }

  return {
    element: made,
    /** @param {ViewState} state */
    show: (state) => {
      const { day, slot } = paths(state)
      if (day === null) return body.absent('nothing is stored yet')
      body.load(
        (signal) => page.read(day, { signal }),
        (/** @type {HarvestAnswer} */ answer) => fill(answer, state.at),
      )
      if (slot === null) slotBody.absent('no slot of this day is stored yet')
      else slotBody.load((signal) => page.read(slot, { signal }), fillArrivals)
    },
    /** @param {ViewState} state */
    requests: (state) => Object.values(paths(state)).filter((path) => path !== null),
    destroy: () => {
      body.destroy()
      slotBody.destroy()
      for (const chart of [seconds, contracts, arrivals]) chart.destroy()
    },
  }
}
