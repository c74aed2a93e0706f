import { element } from '../../dom.js'
import { clockTime, dayName, newYorkDay } from '../../text/time.js'
import { worstFirst } from './summary.js'

/**
 * What is wrong, first and large, with what to do; one quiet line where nothing is.
 *
 * @import { HealthAnswer } from '../../../api.ts'
 * @import { Check } from './summary.js'
 */

const WORDS = { fail: 'Failing', warn: 'Warning', ok: 'Passed' }

export function createProblems() {
  const list = element('div', { className: 'problems' })
  const summary = element('summary')
  const passed = element('ul')
  const details = element('details', { className: 'passed' }, [summary, passed])
  const made = element('section', { attributes: { 'aria-label': 'Health' } }, [list, details])
  details.hidden = true
  let shown = ''

  return {
    element: made,
    /** @param {HealthAnswer} health */
    show({ checks }) {
      const next = JSON.stringify(checks)
      if (next === shown) return
      shown = next
      details.hidden = false
      const sorted = worstFirst(checks)
      const wrong = sorted.filter(({ status }) => status !== 'ok')
      const fine = sorted.filter(({ status }) => status === 'ok')
      list.replaceChildren(...wrong.map(problem))
      summary.textContent =
        wrong.length === 0
          ? `Nothing is wrong: ${fine.length} checks pass`
          : `${fine.length} other checks pass`
      summary.className = wrong.length === 0 ? 'ok' : 'soft'
      passed.replaceChildren(
        ...fine.map(({ name, reason }) =>
          element('li', {}, [element('b', { text: nameOf(name) }), ` ${reason}`]),
        ),
      )
    },
  }
}

/** @param {Check} check */
function problem({ name, status, reason, since, advice }) {
  const heading = element('h2', {}, [
    element('span', { text: WORDS[status], className: 'kind' }),
    ` ${nameOf(name)}`,
  ])
  const made = element('div', { className: `problem ${status}` }, [heading, element('p', { text: reason })])
  if (since !== null) {
    const text = `since ${dayName(newYorkDay(since))} ${clockTime(since)} New York`
    made.append(element('p', { text, className: 'soft' }))
  }
  if (advice !== null) made.append(element('p', { text: advice, className: 'advice' }))
  return made
}

/** @param {string} name */
function nameOf(name) {
  return name.replaceAll('_', ' ')
}
