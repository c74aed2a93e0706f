/**
 * The colours of the style sheet, for what is drawn on a canvas.
 *
 * @import { Theme, ThemeColors } from './view.ts'
 */

const SERIES = 6

/** @returns {Theme} */
export function createTheme() {
  /** @type {Set<() => void>} */
  const listeners = new Set()
  /** @type {ThemeColors | null} */
  let known = null
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    known = null
    for (const listener of listeners) listener()
  })
  return {
    colors: () => {
      known ??= readColors()
      return known
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** @returns {ThemeColors} */
function readColors() {
  const style = getComputedStyle(document.documentElement)
  const color = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim()
  return {
    ...{ text: color('text'), soft: color('soft'), line: color('line'), card: color('card') },
    ...{ accent: color('accent'), ok: color('ok'), warn: color('warn'), fail: color('fail') },
    series: Array.from({ length: SERIES }, (_, at) => color(`series-${at + 1}`)),
  }
}
