import { createFigure } from '../../charts/figure.js'
import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT, count, percent } from '../../text/number.js'
import { slotReasonText } from '../../text/reason.js'
import { dayName } from '../../text/time.js'
import { createChoice } from '../choice.js'
import { createViewBody } from '../view-body.js'
import { createCoverageMap } from './coverage-map.js'

/**
 * Every slot of a week, a month or a year, with the reason of each gap.
 *
 * @import { CoverageAnswer } from '../../../views/coverage-answer.ts'
 * @import { ViewState } from '../../view.ts'
 *
 * @typedef {CoverageAnswer & { readonly newest: string, readonly source: string, readonly at: string }} Coverage
 */

const RANGES = /** @type {const} */ ([
  ['week', 'Week'],
  ['month', 'Month'],
  ['year', 'Year'],
])
const DEFAULT_RANGE = 'month'

const REASONS = {
  nothing_collected: 'the lake has nothing of this symbol',
  no_session: 'there was no session in this time',
}

/** @type {import('../../view.ts').View} */
export const view = {
  name: 'coverage',
  title: 'Coverage',
  needsSymbol: true,
  mount(root, page) {
    const body = createViewBody(root)
    const ranges = createChoice('Range', RANGES, (range) => page.setOptions({ range, to: null }))
    const legend = element(
      'ul',
      { className: 'coverage-legend soft', attributes: { 'aria-label': 'Legend' } },
      LEGEND.map(([className, words]) =>
        element('li', {}, [element('i', { className, attributes: { 'aria-hidden': 'true' } }), words]),
      ),
    )
    const share = createFigure({ label: 'stored whole', size: 'large' })
    const counts = ['expected', 'partial', 'missing', 'not in the ledger'].map((label) =>
      createFigure({ label }),
    )
    const map = createCoverageMap({ onPick: (at) => page.setState({ at }) })
    const reasons = createTable({
      caption: 'Why slots are not stored whole',
      columns: [
        { key: 'reason', title: 'reason', isHeading: true },
        { key: 'count', title: 'slots', kind: 'number' },
        { key: 'advice', title: 'what to do' },
      ],
      empty: 'every slot of this time is stored whole',
    })
    body.content.append(
      element('div', { className: 'toolbar' }, [ranges.element, legend]),
      element(
        'div',
        { className: 'figures' },
        [share, ...counts].map((figure) => figure.element),
      ),
      element('h2', { text: 'Map', className: 'visually-hidden' }),
      map.element,
      element('h2', { text: 'Reasons' }),
      reasons.element,
    )
    /** @type {Coverage | null} */
    let shown = null

    /** The same range as long as it has the date that is looked at. @param {ViewState} state */
    function pathOf({ symbol, date, options }) {
      const range = rangeOf({ options })
      const path = `/api/views/coverage/${encodeURIComponent(symbol)}?range=${range}`
      const from = addDays(shown?.newest ?? date ?? '', 1 - DAYS[range])
      return date !== null && from !== null && date < from ? `${path}&to=${date}` : path
    }

    /** @param {Coverage} answer */
    function fill(answer) {
      if (answer === shown) return
      shown = answer
      const { expected, stored, partial, missing, unknown } = answer.totals
      const from = {
        source: 'ledger and timetable',
        as_of: answer.at,
        observations: expected,
        note: `${dayName(answer.from, answer.at)} to ${dayName(answer.to, answer.at)}`,
        ...(expected === 0 && { reason: 'no slot is over yet' }),
      }
      share.set({ text: expected === 0 ? ABSENT : percent(stored / expected, 2), from })
      for (const [at, value] of [expected, partial, missing, unknown].entries()) {
        const state = at === 0 || value === 0 ? null : at === 1 ? 'warn' : 'fail'
        counts[at]?.set({ text: count(value), from, state })
      }
      map.setData(answer)
      reasons.setRows(
        answer.reasons.map(({ reason, count: times, advice }) => ({
          reason: slotReasonText(reason),
          count: count(times),
          advice: advice ?? ABSENT,
        })),
      )
    }

    return {
      show: (state) => {
        ranges.show(rangeOf(state))
        map.setSlot(state.at)
        body.load(
          (signal) => page.read(pathOf(state), { signal }),
          (/** @type {Coverage} */ answer) => {
            if (answer.reason !== null) return body.absent(REASONS[answer.reason])
            fill(answer)
          },
        )
      },
      requests: (state) => [pathOf(state)],
      destroy: () => {
        body.destroy()
        map.destroy()
      },
    }
  },
}

/** @param {Pick<ViewState, 'options'>} state */
function rangeOf({ options }) {
  return RANGES.find(([name]) => name === options.range)?.[0] ?? DEFAULT_RANGE
}

const LEGEND = /** @type {const} */ ([
  ['stored', 'stored whole'],
  ['partial', 'partial: half as high'],
  ['missing', 'missing: with a cross'],
  ['unknown', 'not in the ledger'],
  ['open', 'not over yet'],
])

/** Calendar days, as the server counts them. */
const DAYS = { week: 7, month: 31, year: 366 }

/**
 * @param {string} date YYYY-MM-DD; '' if unknown
 * @param {number} days
 */
function addDays(date, days) {
  const at = Date.parse(`${date}T12:00:00Z`)
  return Number.isNaN(at) ? null : new Date(at + days * 86_400_000).toISOString().slice(0, 10)
}
