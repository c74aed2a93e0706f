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
      const isFilled = draw === 'points' || draw === 'area'
      const sample = svg('svg', { width: 18, height: 10, 'aria-hidden': 'true' }, sampleOf(draw, dash))
      // The edge of a band has no line of its own: it is named only where it has a value under the cursor.
      const isEdge = draw === 'none'
      if (isEdge) sample.style.display = 'none'
      const name = element('span', { text: label })
      const value = element('b')
      const item = element('li', {}, [sample, name, value])
      const paint = () => {
        sample.style.stroke = isFilled ? 'none' : colorOf(theme, color)
        sample.style.fill = isFilled ? colorOf(theme, color) : 'none'
      }
      paint()
      return [key, { item, name, value, label, paint, isEdge, isPresent: true }]
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
      for (const [key, one] of items) {
        one.isPresent = isShown(key)
        one.item.hidden = !one.isPresent || (one.isEdge && one.value.textContent === '')
        setText(one.name, labels[key] ?? one.label)
      }
    },
    /**
     * @param {string} key
     * @param {string} text
     */
    setValue(key, text) {
      const found = items.get(key)
      if (!found) return
      setText(found.value, text)
      if (found.isEdge) found.item.hidden = !found.isPresent || text === ''
    },
    recolor() {
      for (const { paint } of items.values()) paint()
    },
  }
}

/**
 * @param {string} draw
 * @param {readonly number[]} dash
 */
function sampleOf(draw, dash) {
  if (draw === 'points') return [svg('circle', { cx: 9, cy: 5, r: 3 })]
  if (draw === 'area') return [svg('rect', { width: 18, height: 10, opacity: 0.25 })]
  if (draw === 'bars')
    return [4, 9, 14].map((x) => svg('line', { x1: x, y1: 0, x2: x, y2: 10, 'stroke-width': 2.5 }))
  const stroke = { 'stroke-width': 2, ...(dash.length > 0 && { 'stroke-dasharray': dash.join(' ') }) }
  return [svg('line', { x1: 0, y1: 5, x2: 18, y2: 5, ...stroke })]
}
