import { element, setText } from '../dom.js'
import { ABSENT } from '../text/number.js'
import { reasonText } from '../text/reason.js'
import { describeOnHover } from './provenance.js'

/**
 * A number with its name, and where it comes from on hover, focus and tap.
 *
 * @import { Provenance } from './provenance.js'
 *
 * @typedef {object} Figure
 * @property {HTMLElement} element
 * @property {(shown: { text: string, from: Provenance | null, state?: 'ok' | 'warn' | 'fail' | null }) => void} set
 *   an absent number is "–", and `from.reason` says why
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {'large' | 'normal'} [options.size]
 * @returns {Figure}
 */
export function createFigure({ label, size = 'normal' }) {
  const value = element('button', { text: ABSENT, className: 'figure-value', attributes: { type: 'button' } })
  value.setAttribute('aria-label', `${label}: absent`)
  const reason = element('span', { className: 'figure-reason' })
  const made = element('div', { className: `figure ${size}` }, [
    element('span', { text: label, className: 'figure-label' }),
    value,
    reason,
  ])
  /** @type {Provenance | null} */
  let from = null
  describeOnHover(value, () => from)
  return {
    element: made,
    set: ({ text, from: next, state = null }) => {
      from = next
      setText(value, text)
      const why = text === ABSENT ? reasonText(next?.reason) : ''
      setText(reason, why)
      value.setAttribute('aria-label', `${label}: ${text === ABSENT ? `absent, ${why}` : text}`)
      value.className = state === null ? 'figure-value' : `figure-value ${state}`
    },
  }
}

/**
 * A figure of an answer (`{ value, reason, as_of, … }`) for `set`.
 *
 * @template T
 * @param {{ value: T | null } & Provenance} answer
 * @param {(value: T) => string} format
 * @param {Provenance} [more] what the answer as a whole says, such as its slot
 */
export function figureOf(answer, format, more = {}) {
  const { value, ...from } = answer
  return { text: value === null ? ABSENT : format(value), from: { ...more, ...from } }
}
