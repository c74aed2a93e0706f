import uPlot from 'uplot'
import { element, setText } from '../dom.js'
import { ABSENT, decimals } from '../text/number.js'
import { dayName, minuteTime, newYorkDay } from '../text/time.js'
import { createChartFrame } from './chart-frame.js'
import { colorOf, createLegend } from './legend.js'
import { aloneIn, dateTicks, rangeOf, timeTicks } from './scale.js'

/**
 * Lines over time, dates or numbers, drawn by uPlot in the colours of the page, changed in place.
 *
 * @import { Theme } from '../view.ts'
 * @import { SeriesColor } from './legend.js'
 *
 * @typedef {object} LineSeries
 * @property {string} key its column in the data
 * @property {string} label
 * @property {SeriesColor} [color]
 * @property {readonly number[]} [dash] of its line, px
 * @property {number} [width] px; 1.5 is the default
 * @property {'line' | 'steps' | 'points' | 'none'} [draw] `none`: only the edge of a band or of bars
 * @property {boolean} [hasPoints] whether each value has a dot on the line
 * @property {boolean} [spanGaps] whether the line goes on over places where it has no value
 * @property {'left' | 'right'} [axis]
 * @property {(value: number) => string} [format] for the readout and the table
 *
 * @typedef {object} Band
 * @property {string} upper key of a series
 * @property {string} lower
 * @property {SeriesColor} [color]
 * @property {string} [label] in the legend
 * @property {'area' | 'bars'} [draw] `bars`: one upright bar a point, such as from bid to ask
 *
 * @typedef {object} Axis
 * @property {string} [unit] written at the axis
 * @property {(value: number) => string} [format]
 *
 * @typedef {object} LineChartOptions
 * @property {Theme} theme
 * @property {string} title
 * @property {string} [note]
 * @property {'time' | 'date' | 'number'} x `time`: epoch ms, shown in New York; `date`: `dateX` of a date
 * @property {Axis} [xAxis]
 * @property {Axis} [left]
 * @property {Axis} [right]
 * @property {readonly LineSeries[]} series
 * @property {readonly Band[]} [bands]
 * @property {number} [height] px
 * @property {(x: number) => void} [onPick] called with the x of the point that was clicked
 *
 * @typedef {object} LineData
 * @property {readonly number[]} x ascending
 * @property {Readonly<Record<string, readonly (number | null)[] | undefined>>} columns by key; what is absent is not drawn
 * @property {Readonly<Record<string, string>>} [labels] by key, in place of those of the options
 * @property {readonly [number, number] | null} [xRange]
 * @property {readonly [number, number] | null} [yRange] of the left axis; give it while playing, so that it stands still
 * @property {number | null} [marker] an upright line at an x, such as the slot that is looked at
 * @property {string} summary one sentence: what is to be seen
 *
 * @typedef {object} LineChart
 * @property {HTMLElement} element
 * @property {(data: LineData) => void} setData
 * @property {(reason: string) => void} setAbsent
 * @property {() => void} destroy
 */

const HEIGHT_PX = 240
const FONT = '11px system-ui, sans-serif'
/** Of one character of it, px. */
const CHARACTER_PX = 6.2
/** Steps between ticks: others, such as 0.25, would need a decimal more than their values are written with. */
const STEPS = Array.from({ length: 24 }, (_, at) => at - 9).flatMap((power) =>
  [1, 2, 5].map((factor) => Number(`${factor}e${power}`)),
)

/**
 * @param {LineChartOptions} options
 * @returns {LineChart}
 */
export function createLineChart(options) {
  const { theme, title, note, x, xAxis = {}, left = {}, right, series } = options
  const { bands = [], height = HEIGHT_PX, onPick } = options
  const frame = createChartFrame(note === undefined ? { title } : { title, note })
  const legend = createLegend(theme, [
    ...series,
    ...bands.flatMap(({ label, upper, color, draw = 'area' }) =>
      label === undefined
        ? []
        : [{ key: `band of ${upper}`, label, draw, ...(color !== undefined && { color }) }],
    ),
  ])
  const at = element('span', { className: 'readout-x' })
  const readout = element('div', { className: 'readout' }, [legend.element, at])
  frame.element.insertBefore(readout, frame.drawing)
  const formatX = xAxis.format ?? xFormat(x)
  /** @type {LineData | null} */
  let shown = null
  const index = new Map(series.map(({ key }, at) => [key, at + 1]))
  const formats = series.map(
    ({ format, axis }) => format ?? (axis === 'right' ? right : left)?.format ?? plain,
  )

  const chart = new uPlot(
    {
      ...{ width: 300, height, ms: 1, legend: { show: false }, padding: [8, right ? 0 : 18, 0, 0] },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: (_, low, high) => spread(shown?.xRange ?? [low, high]) },
        left: { range: (_, low, high) => spread(shown?.yRange ?? rangeOf([low, high]) ?? [0, 1]) },
        ...(right && { right: { range: (_, low, high) => spread(rangeOf([low, high]) ?? [0, 1]) } }),
      },
      axes: [
        {
          ...lines(),
          ...(xAxis.unit === undefined
            ? { size: 26 }
            : { size: 26, label: xAxis.unit, labelSize: 16, labelFont: FONT }),
          space: 64,
          ...(x === 'number' ? {} : { splits: timeSplits(x) }),
          ...(x === 'number' && { incrs: STEPS }),
          values: (plot, splits) => tickTexts(plot, splits, xAxis.format ?? tickFormat(x)),
        },
        { ...lines(), ...yAxis(left), scale: 'left', side: 3 },
        ...(right ? [{ ...lines(), ...yAxis(right), grid: { show: false }, scale: 'right', side: 1 }] : []),
      ],
      series: [{}, ...series.map(seriesOptions)],
      bands: bands.flatMap(({ upper, lower, color, draw }) =>
        draw === 'bars'
          ? []
          : [
              {
                series: /** @type {[number, number]} */ ([index.get(upper) ?? 0, index.get(lower) ?? 0]),
                fill: () => faint(colorOf(theme, color)),
              },
            ],
      ),
      hooks: { drawAxes: [drawBars, drawMarker], setCursor: [showReadout] },
    },
    empty(),
    frame.drawing,
  )

  function empty() {
    return /** @type {uPlot.AlignedData} */ ([[], ...series.map(() => [])])
  }

  function lines() {
    return {
      ...{ stroke: () => theme.colors().soft, font: FONT, gap: 4 },
      grid: { stroke: () => theme.colors().line, width: 1 },
      ticks: { show: false },
    }
  }

  /** @param {Axis} axis */
  function yAxis({ format = plain, unit }) {
    return {
      size: (/** @type {uPlot} */ _, /** @type {string[] | null} */ texts) => widthOf(texts ?? []),
      incrs: STEPS,
      values: (/** @type {uPlot} */ _, /** @type {number[]} */ splits) => splits.map(format),
      ...(unit !== undefined && { label: unit, labelSize: 14, labelFont: FONT }),
    }
  }

  /**
   * @param {LineSeries} one
   * @returns {uPlot.Series}
   */
  function seriesOptions({
    label,
    color,
    dash,
    spanGaps = false,
    hasPoints = false,
    width = 1.5,
    draw = 'line',
    axis = 'left',
  }) {
    const stepped = uPlot.paths.stepped
    return {
      ...{ label, scale: axis, spanGaps, width: draw === 'points' || draw === 'none' ? 0 : width },
      stroke: () => (draw === 'none' ? 'transparent' : colorOf(theme, color)),
      ...(dash && { dash: [...dash] }),
      ...(draw === 'steps' && stepped && { paths: stepped({ align: 1 }) }),
      // The edge of a band has a path, which is not drawn.
      ...(draw === 'points' && { paths: () => null }),
      points: {
        ...{ show: draw === 'points' || hasPoints, size: 5, fill: () => colorOf(theme, color) },
        // A value without a neighbour is on no line.
        ...(draw === 'line' && !hasPoints && { filter: (plot, at) => aloneIn(plot.data[at] ?? []) }),
      },
    }
  }

  /** @param {uPlot} plot */
  function drawBars(plot) {
    const { ctx } = plot
    for (const { upper, lower, color, draw } of bands) {
      const highs = plot.data[index.get(upper) ?? 0]
      const lows = plot.data[index.get(lower) ?? 0]
      if (draw !== 'bars' || !highs || !lows) continue
      ctx.save()
      ctx.beginPath()
      ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
      ctx.clip()
      ctx.strokeStyle = colorOf(theme, color)
      ctx.lineWidth = Math.max(2, 2.5 * devicePixelRatio)
      ctx.beginPath()
      for (const [at, value] of plot.data[0].entries()) {
        const [high, low] = [highs[at], lows[at]]
        if (high == null || low == null) continue
        const place = plot.valToPos(value, 'x', true)
        const [top, bottom] = [plot.valToPos(high, 'left', true), plot.valToPos(low, 'left', true)]
        ctx.moveTo(place, Math.min(top, bottom - devicePixelRatio))
        ctx.lineTo(place, bottom)
      }
      ctx.stroke()
      ctx.restore()
    }
  }

  /** @param {uPlot} plot */
  function drawMarker(plot) {
    const marker = shown?.marker
    if (marker == null) return
    const place = Math.round(plot.valToPos(marker, 'x', true))
    const { ctx, bbox } = plot
    if (place < bbox.left || place > bbox.left + bbox.width) return
    ctx.save()
    ctx.strokeStyle = theme.colors().accent
    ctx.lineWidth = devicePixelRatio
    ctx.beginPath()
    ctx.moveTo(place, bbox.top)
    ctx.lineTo(place, bbox.top + bbox.height)
    ctx.stroke()
    ctx.restore()
  }

  /** @param {uPlot} plot */
  function showReadout(plot) {
    const point = plot.cursor.idx
    const value = point == null ? undefined : plot.data[0][point]
    setText(at, value === undefined ? '' : formatX(value))
    for (const [column, { key }] of series.entries()) {
      const y = point == null ? undefined : plot.data[column + 1]?.[point]
      legend.setValue(key, y === undefined ? '' : y === null ? ABSENT : (formats[column] ?? plain)(y))
    }
  }

  const stopWidth = frame.onWidth((width) => chart.setSize({ width, height }))
  const stopColors = theme.onChange(() => {
    legend.recolor()
    chart.redraw(true)
  })
  if (onPick) {
    chart.over.addEventListener('click', () => {
      const point = chart.cursor.idx
      const value = point == null ? undefined : chart.data[0][point]
      if (value !== undefined) onPick(value)
    })
  }

  return {
    element: frame.element,
    setData: (data) => {
      shown = data
      const none = data.x.map(() => null)
      const columns = series.map(({ key }) => data.columns[key] ?? none)
      legend.setShown((key) => data.columns[key.replace('band of ', '')] !== undefined, data.labels)
      chart.setData(/** @type {uPlot.AlignedData} */ (/** @type {unknown} */ ([data.x, ...columns])))
      frame.setData({ summary: data.summary, table: () => tableOf(data) })
    },
    setAbsent: frame.setAbsent,
    destroy: () => {
      stopWidth()
      stopColors()
      chart.destroy()
    },
  }

  /** @param {LineData} data */
  function tableOf({ x: places, columns, labels = {} }) {
    const present = series.flatMap((one, at) => {
      const column = columns[one.key]
      return column ? [{ ...one, column, format: formats[at] ?? plain }] : []
    })
    return {
      columns: [
        { title: xAxis.unit ?? (x === 'number' ? 'x' : x), kind: /** @type {const} */ ('text') },
        ...present.map(({ key, label }) => ({ title: labels[key] ?? label })),
      ],
      rows: places.map((place, at) => [
        formatX(place),
        ...present.map(({ column, format }) => {
          const value = column[at]
          return value == null ? ABSENT : format(value)
        }),
      ]),
    }
  }
}

/** @param {number} value */
function plain(value) {
  return decimals(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

/**
 * @param {'time' | 'date' | 'number'} x
 * @returns {(value: number) => string}
 */
function xFormat(x) {
  if (x === 'time') return minuteTime
  return x === 'date'
    ? (value) => dayName(newYorkDay(value))
    : (value) => String(Number(value.toPrecision(6)))
}

/**
 * As wide as the longest text beside it; at least as most are, so that charts below each other begin at one place.
 *
 * @param {readonly string[]} texts of the ticks of an upright axis
 */
function widthOf(texts) {
  return Math.max(46, 10 + CHARACTER_PX * Math.max(0, ...texts.map(({ length }) => length)))
}

/**
 * The texts along the lower axis; one that would be cut off at the right edge is left out.
 *
 * @param {uPlot} plot
 * @param {readonly number[]} splits
 * @param {(value: number) => string} format
 */
function tickTexts(plot, splits, format) {
  const { left, width } = plot.bbox
  const room = plot.width - (left + width) / devicePixelRatio
  return splits.map((value) => {
    const text = format(value)
    const beyond = plot.valToPos(value, 'x') + (text.length * CHARACTER_PX) / 2 - width / devicePixelRatio
    return width > 0 && beyond > room ? '' : text
  })
}

/** @param {readonly [number, number]} range */
function spread([low, high]) {
  return /** @type {[number, number]} */ (low === high ? [low - 1, high + 1] : [low, high])
}

/**
 * Marks of an axis are shorter than its readout.
 *
 * @param {'time' | 'date' | 'number'} x
 */
function tickFormat(x) {
  return x === 'date'
    ? (/** @type {number} */ value) => dayName(newYorkDay(value)).replace(/^\w+ /, '')
    : xFormat(x)
}

/** @param {'time' | 'date'} kind */
function timeSplits(kind) {
  return (
    /** @type {uPlot} */ plot,
    /** @type {number} */ _axis,
    /** @type {number} */ low,
    /** @type {number} */ high,
  ) => {
    const most = Math.max(1, Math.floor(plot.bbox.width / devicePixelRatio / 64))
    return kind === 'date' ? dateTicks([low, high], most) : timeTicks([low, high], most)
  }
}

/**
 * The colour of an area: that of its line, mostly transparent.
 *
 * @param {string} color as #rrggbb
 */
function faint(color) {
  return /^#[0-9a-f]{6}$/i.test(color) ? `${color}26` : color
}
