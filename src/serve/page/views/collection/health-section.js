import { createTable } from '../../charts/table.js'
import { element } from '../../dom.js'
import { ABSENT } from '../../text/number.js'
import { clockTime, dayName, newYorkDay } from '../../text/time.js'

/**
 * The checks of /health: what is wrong first and large, with what to do about it.
 *
 * @import { HealthAnswer } from '../../../api.ts'
 * @import { Page } from '../../view.ts'
 */

/** The worst come first. */
const ORDER = { fail: 0, warn: 1, ok: 2 }
const WORDS = { fail: 'fails', warn: 'warning', ok: 'ok' }

/** @param {Page} page */
export function createHealthSection(page) {
  const wrong = element('ul', { className: 'wrong', attributes: { 'aria-label': 'What is wrong' } })
  const right = createTable({
    caption: 'Checks that passed',
    columns: [
      { key: 'name', title: 'check', isHeading: true },
      { key: 'reason', title: 'what was found' },
    ],
    empty: 'no check passed',
  })
  const made = element('section', {}, [element('h2', { text: 'Health' }), wrong, right.element])

  /** @param {HealthAnswer} health */
  function fill(health) {
    const checks = [...health.checks].sort((a, b) => ORDER[a.status] - ORDER[b.status])
    const bad = checks.filter(({ status }) => status !== 'ok')
    wrong.replaceChildren(
      ...(bad.length === 0
        ? [element('li', { className: 'ok', text: `All ${checks.length} checks are ok.` })]
        : bad.map(describe)),
    )
    right.setRows(
      checks
        .filter(({ status }) => status === 'ok')
        .map(({ name, reason }) => ({ name: nameOf(name), reason })),
    )
  }

  const read = () => page.read('/api/health').then(fill, () => {})
  const unsubscribe = page.onEvent('health', read)
  return {
    element: made,
    show: read,
    destroy: () => unsubscribe(),
  }
}

/** @param {HealthAnswer['checks'][number]} check */
function describe({ name, status, reason, since, advice }) {
  const from = since === null ? '' : ` since ${dayName(newYorkDay(since))} ${clockTime(since)}`
  return element('li', { className: status }, [
    element('p', { className: 'what' }, [
      element('b', { text: `${nameOf(name)} ${WORDS[status]}${from}: ` }),
      reason,
    ]),
    ...(advice === null ? [] : [element('p', { text: advice })]),
  ])
}

/** @param {string} name */
function nameOf(name) {
  return name === '' ? ABSENT : name.replaceAll('_', ' ')
}
