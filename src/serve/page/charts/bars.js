import { element, setText, svg } from '../dom.js'
import { ABSENT } from '../text/number.js'
import { createChartFrame } from './chart-frame.js'
import { colorOf, createLegend } from './legend.js'
import { linear, rangeOf, ticks } from './scale.js'

/**
 * Bars by category, beside or against each other (calls up, puts down), in SVG, changed in place.
 *
 * @import { Theme } from '../view.ts'
 * @import { SeriesColor } from './legend.js'
 *
 * @typedef {object} BarSeries
 * @property {string} key
 * @property {string} label
 * @property {SeriesColor} [color]
 *
 * @typedef {object} BarData
 * @property {readonly string[]} categories the names along the axis, in order
 * @property {Readonly<Record<string, readonly (number | null)[]>>} columns by key, one value a category
 * @property {readonly { category: number, label: string }[]} [markers] upright lines; a category may be between two (3.5)
 * @property {readonly [number, number] | null} [yRange] give it while playing, so that it stands still
 * @property {string} summary one sentence: what is to be seen
 *
 * @typedef {object} BarChart
 * @property {HTMLElement} element
 * @property {(data: BarData) => void} setData
 * @property {(reason: string) => void} setAbsent
 * @property {() => void} destroy
 */

const MARGIN = { top: 16, right: 8, bottom: 22, left: 60 }

/**
 * @param {object} options
 * @param {Theme} options.theme
 * @param {string} options.title
 * @param {string} [options.note]
 * @param {string} [options.unit] of the values
 * @param {string} [options.category] what the categories are, such as strike
 * @param {readonly BarSeries[]} options.series
 * @param {(value: number) => string} [options.format]
 * @param {(name: string) => string} [options.shortName] of a category, along the axis
 * @param {boolean} [options.isStacked] the bars of a category stand on one place, not beside each other
 * @param {number} [options.height] px
 * @returns {BarChart}
 */
export function createBars({ theme, title, note, series, ...look }) {
  const { unit = '', category = 'category', format = String, isStacked = false, height = 240 } = look
  const { shortName = (/** @type {string} */ name) => name } = look
  const frame = createChartFrame(note === undefined ? { title } : { title, note })
  const legend = createLegend(
    theme,
    series.map((one) => ({ ...one, draw: 'bars' })),
  )
  const readout = element('span', { className: 'readout-x' })
  frame.element.insertBefore(
    element('div', { className: 'readout' }, [legend.element, readout]),
    frame.drawing,
  )
  const grid = svg('g', { class: 'grid-lines' })
  const bars = svg('g')
  const marks = svg('g', { class: 'marks' })
  const zero = svg('line', { class: 'zero' })
  const drawing = svg('svg', { height, class: 'bars', 'aria-hidden': 'true' }, [grid, bars, zero, marks])
  frame.drawing.append(drawing)
  /** @type {BarData | null} */
  let shown = null
  let width = 300

  function draw() {
    if (!shown) return
    const { categories, columns, markers = [] } = shown
    const range = shown.yRange ?? rangeOf(Object.values(columns).flat(), { zero: true }) ?? [0, 1]
    drawing.setAttribute('width', String(width))
    const y = linear(range, [height - MARGIN.bottom, MARGIN.top])
    const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, categories.length)
    const x = (/** @type {number} */ at) => MARGIN.left + (at + 0.5) * step

    const values = ticks(range, 5)
    match(grid, values.length, () => svg('g', {}, [svg('line'), svg('text', { 'text-anchor': 'end' })]))
    for (const [at, value] of values.entries()) {
      const [line, label] = /** @type {[SVGElement, SVGElement]} */ ([...(grid.children[at]?.children ?? [])])
      set(line, { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) })
      set(label, { x: MARGIN.left - 6, y: y(value) + 4 })
      setText(label, format(value))
    }
    set(zero, { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(0), y2: y(0) })

    const places = isStacked ? 1 : series.length
    const barWidth = Math.max(1, (step * 0.8) / places)
    const fills = series.map(({ color }) => colorOf(theme, color))
    match(bars, categories.length * series.length, () => svg('rect'))
    for (const [at] of categories.entries()) {
      for (const [order, { key }] of series.entries()) {
        const bar = /** @type {SVGRectElement} */ (bars.children[at * series.length + order])
        const value = columns[key]?.[at] ?? null
        const [top, bottom] = [y(Math.max(value ?? 0, 0)), y(Math.min(value ?? 0, 0))]
        const left = x(at) - (barWidth * places) / 2 + (isStacked ? 0 : order * barWidth)
        set(bar, {
          x: left,
          y: top,
          width: barWidth,
          height: value === null ? 0 : Math.max(0.5, bottom - top),
        })
        const fill = fills[order] ?? ''
        // The style would answer in another notation than it was given.
        if (bar.getAttribute('fill') !== fill) bar.setAttribute('fill', fill)
      }
    }

    const every = Math.max(
      1,
      Math.ceil(categories.length / Math.max(1, Math.floor((width - MARGIN.left) / 64))),
    )
    const named = categories.flatMap((name, at) => (at % every === 0 ? [{ name, at }] : []))
    match(marks, named.length + markers.length, () =>
      svg('g', {}, [svg('line', { class: 'marker' }), svg('text', { 'text-anchor': 'middle' })]),
    )
    for (const [index, group] of [...marks.children].entries()) {
      const [line, label] = /** @type {[SVGElement, SVGElement]} */ ([...group.children])
      const name = named[index]
      const marker = markers[index - named.length]
      const place = x(name ? name.at : (marker?.category ?? 0))
      set(line, { x1: place, x2: place, y1: MARGIN.top, y2: height - MARGIN.bottom })
      line.classList.toggle('shown', !name)
      set(label, { x: place, y: name ? height - 6 : MARGIN.top - 5 })
      setText(label, name ? shortName(name.name) : (marker?.label ?? ''))
    }
  }

  /** @param {PointerEvent} event */
  function read({ offsetX }) {
    if (!shown) return
    const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, shown.categories.length)
    const at = Math.floor((offsetX - MARGIN.left) / step)
    const name = shown.categories[at]
    setText(readout, name === undefined ? '' : `${category} ${name}`)
    for (const { key } of series) {
      const value = shown.columns[key]?.[at]
      legend.setValue(
        key,
        name === undefined ? '' : value == null ? ABSENT : `${format(value)} ${unit}`.trim(),
      )
    }
  }

  drawing.addEventListener('pointermove', read)
  drawing.addEventListener('pointerdown', read)
  const stopWidth = frame.onWidth((next) => {
    width = next
    draw()
  })
  const stopColors = theme.onChange(() => {
    legend.recolor()
    draw()
  })

  return {
    element: frame.element,
    setData: (data) => {
      shown = data
      draw()
      frame.setData({ summary: data.summary, table: () => tableOf(data) })
    },
    setAbsent: (reason) => {
      shown = null
      frame.setAbsent(reason)
    },
    destroy: () => {
      stopWidth()
      stopColors()
    },
  }

  /** @param {BarData} data */
  function tableOf({ categories, columns }) {
    return {
      columns: [
        { title: category, kind: /** @type {const} */ ('text') },
        ...series.map(({ label }) => ({ title: label })),
      ],
      rows: categories.map((name, at) => [
        name,
        ...series.map(({ key }) => {
          const value = columns[key]?.[at]
          return value == null ? ABSENT : format(value)
        }),
      ]),
    }
  }
}

/**
 * Makes a group have exactly so many children.
 *
 * @param {SVGElement} group
 * @param {number} count
 * @param {() => SVGElement} create
 */
function match(group, count, create) {
  while (group.childElementCount > count) group.lastElementChild?.remove()
  while (group.childElementCount < count) group.append(create())
}

/**
 * @param {SVGElement} node
 * @param {Readonly<Record<string, number>>} attributes
 */
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value.toFixed(1)
    if (node.getAttribute(name) !== text) node.setAttribute(name, text)
  }
}
