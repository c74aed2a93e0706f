import { element, setText } from '../../dom.js'
import { dayName } from '../../text/time.js'
import { createChoice } from '../choice.js'
import { MOST_SMILES, namedExpirations, switched } from './smile-options.js'
import { daysText, expiryDay } from './smile-text.js'

/**
 * What is shown, and how: the expirations of the slot, the axis, the quotes, and what they are compared with.
 *
 * @import { SmileBody } from '../../../views/smile-api.ts'
 * @import { SmileOptions } from './smile-options.js'
 */

const AXES = /** @type {const} */ ([
  ['strike', 'Strike'],
  ['delta', 'Delta'],
  ['k', 'ln(K/F)'],
])
const QUOTES = /** @type {const} */ ([
  ['otm', 'Out of the money'],
  ['all', 'All quotes'],
])
const AGAINST = /** @type {const} */ ([
  ['close', 'Close before'],
  ['same_time', 'Same time before'],
  ['none', 'Nothing'],
])

/** @param {(change: Readonly<Record<string, string | null>>) => void} onChange */
export function createSmileControls(onChange) {
  const axis = createChoice('Axis', AXES, (value) => onChange({ axis: value === 'strike' ? null : value }))
  const quotes = createChoice('Quotes', QUOTES, (value) =>
    onChange({ quotes: value === 'otm' ? null : value }),
  )
  const against = createChoice('Against', AGAINST, (value) =>
    onChange({ vs: value === 'close' ? null : value }),
  )
  const chips = element('div', {
    className: 'smile-expirations',
    attributes: { role: 'group', 'aria-label': 'Expirations' },
  })
  /** @type {readonly string[]} */
  let chosen = []

  chips.addEventListener('click', ({ target }) => {
    const chip = target instanceof Element ? target.closest('button') : null
    if (!chip) return
    const { name } = chip.dataset
    onChange({ exp: name === undefined ? null : switched(chosen, name) })
  })

  /** @param {SmileBody} answer @param {SmileOptions} options */
  function showChips(answer, { expirations }) {
    const all = namedExpirations(answer.expirations)
    const shown = new Map(
      answer.smiles.map(({ expiry, trading_class }, at) => [`${expiry} ${trading_class}`, at]),
    )
    const names = all.map(({ name, one }) => ({ name, at: shown.get(`${one.expiry} ${one.trading_class}`) }))
    chosen = names.flatMap(({ name, at }) => (at === undefined ? [] : [name]))
    while (chips.childElementCount > all.length + 1) chips.lastElementChild?.remove()
    while (chips.childElementCount < all.length + 1)
      chips.append(element('button', { attributes: { type: 'button' } }))
    for (const [at, one] of [...chips.children].entries()) {
      const chip = /** @type {HTMLButtonElement} */ (one)
      const listed = all[at - 1]
      const place = names[at - 1]?.at
      const isOn = listed ? place !== undefined : expirations.length === 0
      if (listed) chip.dataset.name = listed.name
      else delete chip.dataset.name
      setText(chip, listed ? chipText(listed) : '7, 30 and 60 days')
      chip.disabled = listed !== undefined && !isOn && chosen.length >= MOST_SMILES
      chip.title = chip.disabled ? `at most ${MOST_SMILES} at a time` : ''
      chip.className = place === undefined ? '' : `series-${place + 1}`
      chip.setAttribute('aria-pressed', String(isOn))
    }
  }

  return {
    element: element('div', { className: 'smile-controls' }, [
      chips,
      element('div', { className: 'smile-choices' }, [axis.element, quotes.element, against.element]),
    ]),
    /** @param {SmileBody} answer @param {SmileOptions} options */
    show: (answer, options) => {
      axis.show(options.axis)
      quotes.show(options.quotes)
      against.show(options.against)
      showChips(answer, options)
    },
  }
}

/** @param {{ one: SmileBody['expirations'][number], isClassNamed: boolean }} listed */
function chipText({ one, isClassNamed }) {
  return [dayName(expiryDay(one.expiry)).slice(4), isClassNamed ? one.trading_class : '', daysText(one.days)]
    .join(' ')
    .replace('  ', ' ')
}
