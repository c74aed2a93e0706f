import { byId, element } from '../dom.js'
import { KEYS } from './shortcuts.js'

/** Fills the help of the keys; returns what opens it. */
export function createHelp() {
  const dialog = /** @type {HTMLDialogElement} */ (byId('help'))
  byId('keys').replaceChildren(
    ...KEYS.flatMap(([keys, what]) => [
      element('dt', {}, [element('kbd', { text: keys })]),
      element('dd', { text: what }),
    ]),
  )
  byId('close-help').addEventListener('click', () => dialog.close())
  const open = () => {
    if (!dialog.open) dialog.showModal()
  }
  byId('open-help').addEventListener('click', open)
  return open
}
