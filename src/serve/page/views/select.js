import { element, setText } from '../dom.js'

/**
 * A choice with its name, such as the expiration that a view is about.
 *
 * @typedef {{ readonly value: string, readonly text: string }} Choice
 *
 * @typedef {object} Select
 * @property {HTMLElement} element
 * @property {(choices: readonly Choice[], chosen: string) => void} show changes only what differs
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {(value: string) => void} options.onChoose
 * @returns {Select}
 */
export function createSelect({ label, onChoose }) {
  const select = element('select')
  const made = element('label', { className: 'select' }, [element('span', { text: label }), select])
  select.addEventListener('change', () => onChoose(select.value))
  return {
    element: made,
    show: (choices, chosen) => {
      while (select.options.length > choices.length) select.remove(select.options.length - 1)
      while (select.options.length < choices.length) select.append(element('option'))
      for (const [at, { value, text }] of choices.entries()) {
        const option = /** @type {HTMLOptionElement} */ (select.options[at])
        // An option without the attribute has its text as its value.
        if (option.getAttribute('value') !== value) option.value = value
        setText(option, text)
      }
      if (select.value !== chosen) select.value = chosen
    },
  }
}
