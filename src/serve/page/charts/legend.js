import { element, setText, svg } from '../dom.js'

/**
 * The names of lines with a sample of each, and their values under the cursor.
 *
 * @import { Theme } from '../view.ts'
 *
 * @typedef {'accent' | 'text' | 'soft' | 'ok' | 'warn' | 'fail' | number} SeriesColor
 *   a colour of the theme, or the number of a line among lines side by side, from 0
 */

/**
 * @param {Theme} theme
 * @param {SeriesColor} [color]
 */
export function colorOf(theme, color = 'accent') {
  const colors = theme.colors()
  return typeof color === 'number'
    ? (colors.series[color % colors.series.length] ?? colors.accent)
    : colors[color]
}

/**
 * @param {Theme} theme
 * @param {readonly { key: string, label: string, color?: SeriesColor, dash?: readonly number[], draw?: string }[]} series
 */
export function createLegend(theme, series) {
  const items = new Map(
    series.map(({ key, label, color, dash = [], draw = 'line' }) => {
      const isPoint = draw === 'points'
      const sample = svg('svg', { width: 18, height: 8, 'aria-hidden': 'true' }, [
        isPoint
          ? svg('circle', { cx: 9, cy: 4, r: 3 })
          : svg('line', {
              x1: 0,
              y1: 4,
              x2: 18,
              y2: 4,
              'stroke-width': 2,
              'stroke-dasharray': dash.join(' '),
            }),
      ])
      const name = element('span', { text: label })
      const value = element('b')
      const item = element('li', {}, [sample, name, value])
      const paint = () => {
        sample.style.stroke = isPoint ? 'none' : colorOf(theme, color)
        sample.style.fill = isPoint ? colorOf(theme, color) : 'none'
      }
      paint()
      return [key, { item, name, value, label, paint }]
    }),
  )
  return {
    element: element(
      'ul',
      { className: 'legend' },
      [...items.values()].map(({ item }) => item),
    ),
    /**
     * @param {(key: string) => boolean} isShown
     * @param {Readonly<Record<string, string>>} [labels]
     */
    setShown(isShown, labels = {}) {
      for (const [key, { item, name, label }] of items) {
        item.hidden = !isShown(key)
        setText(name, labels[key] ?? label)
      }
    },
    /**
     * @param {string} key
     * @param {string} text
     */
    setValue(key, text) {
      const found = items.get(key)
      if (found) setText(found.value, text)
    },
    recolor() {
      for (const { paint } of items.values()) paint()
    },
  }
}
