import { byId, element } from '../dom.js'
import { KEYS } from './shortcuts.js'

/** Where the browser keeps that the keys are off. */
const OFF = 'optionlake.keys.off'

/**
 * Fills the help of the keys.
 *
 * @returns {{ open: () => void, areKeysOn: () => boolean }} whoever speaks to the machine, or types with difficulty, can
 *   turn single keys off
 */
export function createHelp() {
  const dialog = /** @type {HTMLDialogElement} */ (byId('help'))
  const isOn = /** @type {HTMLInputElement} */ (byId('keys-on'))
  byId('keys').replaceChildren(
    ...KEYS.flatMap(([keys, what]) => [
      element('dt', {}, [element('kbd', { text: keys })]),
      element('dd', { text: what }),
    ]),
  )
  const kept = storage()
  isOn.checked = (kept?.getItem(OFF) ?? null) === null
  isOn.addEventListener('change', () => {
    if (isOn.checked) kept?.removeItem(OFF)
    else kept?.setItem(OFF, 'true')
  })
  byId('close-help').addEventListener('click', () => dialog.close())
  const open = () => {
    if (!dialog.open) dialog.showModal()
  }
  byId('open-help').addEventListener('click', open)
  return { open, areKeysOn: () => isOn.checked }
}

/** What the browser keeps for this page; null where it is told to keep nothing. */
function storage() {
  try {
    return localStorage
  } catch {
    return null
  }
}
