/**
 * Draws the panels of one run as SVG: one above the other, with one time axis.
 *
 * @import { Scale } from './scale.js'
 * @import { Series } from './packed-series.js'
 */
import { decimalsOf, formatNumber, formatTime, linearScale, logScale, timeTicks } from './scale.js'

const SVG = 'http://www.w3.org/2000/svg'
const LEFT = 62
const RIGHT = 8
const TOP = 6
/** Pixels that one drawn bucket takes at least. */
const LINE = 1
/** Room for the labels of the time axis, below the last panel. */
const AXIS = 34

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour A class of the style sheet.
 * @property {boolean} isDashed
 * @property {Series} series
 * @property {TimeOf} timeOf
 *
 * @typedef {object} TimeOf Seconds, or steps where the time is not known.
 * @property {number} first Of the first bucket's start.
 * @property {number} each Length of a bucket.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} unit
 * @property {number} decimals Of values read at the cursor.
 * @property {number} height
 * @property {'linear' | 'log'} kind
 * @property {boolean} hasZero The axis includes 0.
 * @property {Line[]} lines
 *
 * @typedef {object} View What is shown of the time axis.
 * @property {number} from
 * @property {number} to
 * @property {boolean} isTime False: in steps.
 *
 * @typedef {object} Drawn
 * @property {SVGSVGElement} svg
 * @property {SVGLineElement} cursor
 * @property {SVGRectElement} selection
 * @property {number} bottom
 */

/**
 * @param {Panel} panel
 * @param {View} view
 * @param {number} width
 * @param {boolean} hasAxis
 * @returns {Drawn}
 */
export function drawPanel(panel, view, width, hasAxis) {
  const bottom = TOP + panel.height
  const height = bottom + (hasAxis ? AXIS : 6)
  const right = width - RIGHT
  const svg = create('svg', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' })
  const x = (/** @type {number} */ time) =>
    LEFT + ((time - view.from) / (view.to - view.from)) * (right - LEFT)
  const scale = scaleOf(panel, view, bottom)
  const clip = `clip-${panel.title.replaceAll(/\W/g, '')}`
  const clipPath = create('clipPath', { id: clip })
  clipPath.append(create('rect', { x: LEFT, y: TOP - 2, width: right - LEFT, height: panel.height + 4 }))
  svg.append(clipPath)
  drawValueAxis(svg, scale, right, panel.kind === 'log')
  drawTimeAxis(svg, view, x, { bottom, width, hasAxis })
  const lines = create('g', { 'clip-path': `url(#${clip})` })
  for (const line of panel.lines) drawLine(lines, line, x, scale)
  const selection = create('rect', { class: 'selection', y: TOP, height: panel.height, width: 0 })
  const cursor = create('line', { class: 'cursor', y1: TOP, y2: bottom, visibility: 'hidden' })
  svg.append(lines, selection, cursor)
  return { svg, cursor, selection, bottom }
}

/**
 * Time at a position of the pointer, in the units of the view.
 *
 * @param {number} position Within the drawing, in its units.
 * @param {View} view
 * @param {number} width
 */
export function timeAt(position, view, width) {
  const fraction = (position - LEFT) / (width - RIGHT - LEFT)
  return view.from + Math.min(1, Math.max(0, fraction)) * (view.to - view.from)
}

/**
 * @param {number} time
 * @param {View} view
 * @param {number} width
 */
export function positionOf(time, view, width) {
  return LEFT + ((time - view.from) / (view.to - view.from)) * (width - RIGHT - LEFT)
}

/**
 * What a line has at a time: its lowest and highest value in that bucket.
 *
 * @param {Line} line
 * @param {number} time
 * @param {number} decimals
 */
export function valueAt({ series, timeOf }, time, decimals) {
  const bucket = Math.floor((time - timeOf.first) / timeOf.each)
  const low = series.low[bucket] ?? Number.NaN
  const high = series.high[bucket] ?? Number.NaN
  if (Number.isNaN(low)) return '–'
  const [least, most] = [formatNumber(low, decimals), formatNumber(high, decimals)]
  return least === most ? least : `${least} to ${most}`
}

/**
 * @param {Panel} panel
 * @param {View} view
 * @param {number} bottom
 * @returns {Scale}
 */
function scaleOf(panel, view, bottom) {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { series, timeOf } of panel.lines) {
    const first = Math.max(0, Math.floor((view.from - timeOf.first) / timeOf.each))
    const last = Math.min(series.low.length - 1, Math.ceil((view.to - timeOf.first) / timeOf.each))
    for (let bucket = first; bucket <= last; bucket++) {
      const [least, most] = [series.low[bucket] ?? Number.NaN, series.high[bucket] ?? Number.NaN]
      if (panel.kind === 'log' && !(most > 0)) continue
      if (least < low && (panel.kind === 'linear' || least > 0)) low = least
      if (most > high) high = most
      if (panel.kind === 'log' && most < low) low = most
    }
  }
  if (panel.kind === 'log') {
    const [least, most] = high > 0 ? [low, high] : [0.01, 1]
    const margin = Math.max((most / least) ** 0.06, 1.15)
    return logScale(least / margin, most * margin, bottom, TOP)
  }
  if (panel.hasZero || !(high >= low)) {
    low = Math.min(low, 0)
    high = Math.max(high, 0)
  }
  const margin = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high) * 0.01, 1)
  return linearScale(low - margin, high + margin, bottom, TOP, panel.height > 140 ? 6 : 3)
}

/**
 * @param {SVGSVGElement} svg
 * @param {Scale} scale
 * @param {number} right
 * @param {boolean} isLog
 */
function drawValueAxis(svg, scale, right, isLog) {
  const shared = isLog ? null : decimalsOf(scale.ticks)
  for (const value of scale.ticks) {
    const y = round(scale.at(value))
    svg.append(create('path', { class: 'grid', d: `M${LEFT} ${y}H${right}` }))
    const label = formatNumber(value, shared ?? (value < 1 ? decimalsOf([value]) : 0))
    svg.append(text(label, { class: 'soft', x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }))
  }
}

/**
 * @param {SVGSVGElement} svg
 * @param {View} view
 * @param {(time: number) => number} x
 * @param {{ bottom: number, width: number, hasAxis: boolean }} place
 */
function drawTimeAxis(svg, view, x, { bottom, width, hasAxis }) {
  const count = Math.max(2, Math.floor((width - LEFT) / 85))
  const ticks = view.isTime
    ? timeTicks(view.from, view.to, count)
    : linearScale(view.from, view.to, 0, 1, count).ticks
  for (const time of ticks) {
    const at = round(x(time))
    svg.append(create('path', { class: 'grid', d: `M${at} ${TOP}V${bottom}` }))
    if (!hasAxis) continue
    const label = view.isTime ? formatTime(time, false) : formatNumber(time, 0)
    const anchor = at > width - 26 ? 'end' : at < LEFT + 10 ? 'start' : 'middle'
    svg.append(text(label, { class: 'soft', x: at, y: bottom + 15, 'text-anchor': anchor }))
  }
  svg.append(create('path', { class: 'axis', d: `M${LEFT} ${bottom}H${width - RIGHT}` }))
  if (!hasAxis) return
  const name = view.isTime ? 'market time since the first step, h:mm:ss' : 'step'
  svg.append(text(name, { class: 'soft', x: width - RIGHT, y: bottom + 30, 'text-anchor': 'end' }))
}

/**
 * The area between the lowest and the highest value of each bucket, with its outline. Buckets that are narrower than a line
 * are drawn together.
 *
 * @param {SVGElement} into
 * @param {Line} line
 * @param {(time: number) => number} x
 * @param {Scale} scale
 */
function drawLine(into, { series, timeOf, colour, isDashed }, x, scale) {
  const together = Math.max(1, Math.round(LINE / (x(timeOf.each) - x(0))))
  let area = ''
  let middle = ''
  /** @type {{ x: number, low: number, high: number }[]} */
  let stretch = []
  const flush = () => {
    const at = (/** @type {number} */ px, /** @type {number} */ value) =>
      `${round(px)} ${round(scale.at(value))}`
    const [only] = stretch
    if (only === undefined) return
    const upper = stretch.map((one) => at(one.x, one.high))
    const lower = stretch.map((one) => at(one.x, one.low)).reverse()
    area += `M${upper.join('L')}L${lower.join('L')}Z`
    const between = stretch.map((one) => at(one.x, (one.low + one.high) / 2))
    middle += between.length === 1 ? `M${between[0]}h1` : `M${between.join('L')}`
    stretch = []
  }
  for (let bucket = 0; bucket < series.low.length; bucket += together) {
    const low = lowest(series.low.subarray(bucket, bucket + together))
    const high = -lowest(series.high.subarray(bucket, bucket + together).map((value) => -value))
    if (Number.isFinite(low)) {
      const centre = timeOf.first + (bucket + together / 2) * timeOf.each
      stretch.push({ x: x(centre), low, high })
    } else flush()
  }
  flush()
  // The outline keeps an extreme visible that lasted for one bucket only.
  into.append(create('path', { class: `outline ${colour}${isDashed ? ' pale' : ''}`, d: area }))
  into.append(create('path', { class: `curve ${colour}${isDashed ? ' broken' : ''}`, d: middle }))
}

/**
 * Infinity when all are NaN.
 *
 * @param {Float64Array} values
 */
function lowest(values) {
  let least = Number.POSITIVE_INFINITY
  for (const value of values) if (value < least) least = value
  return least
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10
}

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElementTagNameMap[Name]}
 */
function create(name, attributes) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}

/**
 * @param {string} content
 * @param {Record<string, string | number>} attributes
 */
function text(content, attributes) {
  const element = create('text', attributes)
  element.textContent = content
  return element
}
