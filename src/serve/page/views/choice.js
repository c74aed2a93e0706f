import { element } from '../dom.js'

/**
 * A few words of which one is in use.
 *
 * @template {string} Value
 * @param {string} label
 * @param {readonly (readonly [Value, string])[]} values
 * @param {(value: Value) => void} onPick
 */
export function createChoice(label, values, onPick) {
  const buttons = values.map(([value, text]) => {
    const button = element('button', { text, attributes: { type: 'button', 'aria-pressed': 'false' } })
    button.addEventListener('click', () => onPick(value))
    return { value, button }
  })
  return {
    element: element('div', { className: 'choice', attributes: { role: 'group', 'aria-label': label } }, [
      element('span', { text: label, className: 'soft' }),
      ...buttons.map(({ button }) => button),
    ]),
    /** @param {Value} current */
    show: (current) => {
      for (const { value, button } of buttons) {
        const text = String(value === current)
        if (button.getAttribute('aria-pressed') !== text) button.setAttribute('aria-pressed', text)
      }
    },
  }
}
