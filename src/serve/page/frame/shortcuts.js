/** The keys of the page. */

/**
 * @typedef {object} KeyActions
 * @property {(direction: 1 | -1) => void} slot
 * @property {(direction: 1 | -1) => void} day
 * @property {() => void} play
 * @property {(index: number) => void} view from 0
 * @property {(direction: 1 | -1) => void} symbol
 * @property {() => void} live
 * @property {() => void} help
 */

/** What each key does, for the page's help. */
export const KEYS = /** @type {const} */ ([
  ['← →', 'the slot before, the slot after'],
  ['Shift + ← →', 'the day before, the day after'],
  ['Space', 'play or pause'],
  ['1 … 9', 'a view'],
  ['s', 'the next symbol; Shift + s the one before'],
  ['l', 'live: follow the newest slot'],
  ['?', 'this help'],
])

/**
 * What a key asks for; null where the page has nothing to do with it.
 *
 * @param {{ key: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean }} event
 * @param {{ isTyping: boolean, isButton: boolean, isSlider: boolean }} target what has the focus
 * @returns {((actions: KeyActions) => void) | null}
 */
export function actionOf({ key, shiftKey, ctrlKey, altKey, metaKey }, { isTyping, isButton, isSlider }) {
  if (ctrlKey || altKey || metaKey || (isTyping && !isSlider)) return null
  const direction = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : null
  if (direction !== null) return shiftKey ? ({ day }) => day(direction) : ({ slot }) => slot(direction)
  if (key === ' ') return isButton ? null : ({ play }) => play()
  if (/^[1-9]$/.test(key)) return ({ view }) => view(Number(key) - 1)
  if (key === 's' || key === 'S') return ({ symbol }) => symbol(shiftKey ? -1 : 1)
  if (key === 'l' || key === 'L') return ({ live }) => live()
  return key === '?' ? ({ help }) => help() : null
}

/**
 * @param {KeyActions} actions
 * @param {() => boolean} areOn
 */
export function listenForKeys(actions, areOn) {
  addEventListener('keydown', (event) => {
    const target = event.target instanceof Element ? event.target : document.body
    if (!areOn() || event.defaultPrevented || target.closest('dialog[open]')) return
    const isSlider = target.matches('input[type=range]')
    const action = actionOf(event, {
      isTyping: target.matches('input, select, textarea'),
      isButton: target.matches('button, a, summary'),
      isSlider,
    })
    if (action === null) return
    event.preventDefault()
    action(actions)
  })
}
