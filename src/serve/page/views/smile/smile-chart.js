import uPlot from 'uplot'
import { createChartFrame } from '../../charts/chart-frame.js'
import { colorOf } from '../../charts/legend.js'
import { element, setText } from '../../dom.js'
import { decimals } from '../../text/number.js'
import { deltaName, nearestQuote, spreadNames } from './smile-points.js'

/**
 * Smiles over one axis: quotes as bars from bid to ask, curves as lines, those of yesterday dashed. uPlot has the axes and
 * the cursor; bars and curves have places of their own, so they are drawn here.
 *
 * @import { Theme } from '../../view.ts'
 * @import { DrawnSmile, LinePoints, QuotePoint } from './smile-points.js'
 * @import { SmileAxis } from './smile-options.js'
 *
 * @typedef {object} SmileChartData
 * @property {readonly DrawnSmile[]} drawn
 * @property {SmileAxis} axis
 * @property {{ readonly x: readonly [number, number], readonly y: readonly [number, number] }} ranges
 * @property {number | null} spot price of the underlying, dollars
 * @property {ReadonlySet<number>} doubtful masks of flags that are marked
 * @property {(smile: DrawnSmile['smile']) => string} nameOf
 * @property {(smile: DrawnSmile['smile'], quote: QuotePoint) => string} describe
 * @property {string} summary
 * @property {() => import('../../charts/chart-frame.js').ChartData} table read only while it is open
 */

const HEIGHT_PX = 420
const FONT = '11px system-ui, sans-serif'
const DELTA_TICKS = [0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98]
const AXIS_NAMES = {
  strike: 'strike, $',
  delta: 'delta of the option out of the money',
  k: 'ln(strike / forward)',
}

/** @param {Theme} theme */
export function createSmileChart(theme) {
  const frame = createChartFrame({ title: 'Implied volatility' })
  const readout = element('p', { className: 'smile-readout soft' })
  frame.element.insertBefore(readout, frame.drawing)
  /** @type {SmileChartData | null} */
  let shown = null

  const line = () => ({
    ...{ stroke: () => theme.colors().soft, font: FONT, gap: 4, ticks: { show: false } },
    grid: { stroke: () => theme.colors().line, width: 1 },
  })
  const chart = new uPlot(
    {
      ...{ width: 300, height: HEIGHT_PX, ms: 1, legend: { show: false }, padding: [18, 12, 0, 0] },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => pair(shown?.ranges.x) },
        y: { range: () => pair(shown?.ranges.y) },
      },
      axes: [
        {
          ...line(),
          ...{ label: ' ', size: 24, labelSize: 18, labelFont: FONT, space: 60 },
          ...{ splits: splitsOfX, values: (_, splits) => splits.map(nameOfX) },
        },
        {
          ...line(),
          ...{ size: 46, label: 'volatility, % a year', labelSize: 14, labelFont: FONT },
          values: (_, splits) =>
            splits.map((value) => (100 * value).toFixed(splits.length > 0 && step(splits) < 0.01 ? 1 : 0)),
        },
      ],
      series: [{}, { show: true, width: 0, points: { show: false }, paths: () => null }],
      hooks: { drawAxes: [draw], setCursor: [showReadout] },
    },
    [
      [0, 1],
      [0, 1],
    ],
    frame.drawing,
  )

  /**
   * @param {uPlot} plot
   * @param {number} _axis
   * @param {number} low
   * @param {number} high
   * @param {number} increment
   */
  function splitsOfX(plot, _axis, low, high, increment) {
    if (shown?.axis === 'delta') return DELTA_TICKS
    const most = Math.max(2, Math.floor(plot.bbox.width / devicePixelRatio / 64))
    let size = increment
    while ((high - low) / size > most) size *= 2
    const splits = []
    for (let at = Math.ceil(low / size) * size; at <= high + size * 1e-9; at += size) {
      splits.push(Number(at.toPrecision(12)))
    }
    return splits
  }

  /** @param {number} value */
  function nameOfX(value) {
    if (shown?.axis === 'delta') return deltaName(value)
    return shown?.axis === 'k' ? decimals(value, 2) : String(value)
  }

  /** @param {uPlot} plot */
  function draw(plot) {
    if (!shown) return
    const { ctx, bbox } = plot
    const { drawn, axis, spot, doubtful, nameOf } = shown
    const unit = devicePixelRatio
    const toX = (/** @type {number} */ value) => plot.valToPos(value, 'x', true)
    const toY = (/** @type {number} */ value) => plot.valToPos(value, 'y', true)
    ctx.save()
    drawMoney()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    for (const [at, { quotes }] of drawn.entries()) drawQuotes(quotes, at)
    for (const [at, { curve, before }] of drawn.entries()) {
      if (before) strokeLine(before, { color: colorOf(theme, at), width: 1.25, dash: [4, 4] })
      if (curve) strokeLine(curve, { color: colorOf(theme, at), width: 2, dash: [] })
    }
    for (const [at, one] of drawn.entries()) drawAtTheMoney(one, at)
    ctx.restore()
    ctx.save()
    nameCurves()
    ctx.restore()

    /** Upright lines: the underlying's price by strike, else the forward. */
    function drawMoney() {
      ctx.font = scaledFont(unit)
      ctx.fillStyle = theme.colors().soft
      ctx.strokeStyle = theme.colors().soft
      ctx.lineWidth = unit
      ctx.textAlign = 'center'
      const place = axis === 'strike' ? spot : axis === 'k' ? 0 : null
      if (place === null) return
      const x = Math.round(toX(place))
      if (x < bbox.left || x > bbox.left + bbox.width) return
      ctx.setLineDash([2 * unit, 3 * unit])
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      ctx.setLineDash([])
      ctx.fillText(axis === 'strike' ? `underlying ${place.toFixed(2)}` : 'forward', x, bbox.top - 5 * unit)
    }

    /** @param {readonly QuotePoint[]} quotes @param {number} at */
    function drawQuotes(quotes, at) {
      const color = colorOf(theme, at)
      ctx.strokeStyle = color
      ctx.lineWidth = 1.5 * unit
      const cap = 2.5 * unit
      const marks = []
      for (const isFaint of [true, false]) {
        ctx.globalAlpha = isFaint ? 0.45 : 0.9
        ctx.beginPath()
        for (const quote of quotes) {
          if (quote.isFitted === isFaint) continue
          const x = toX(quote.x)
          if (x < bbox.left - cap || x > bbox.left + bbox.width + cap) continue
          const { low, high } = quote
          if (low !== null && high !== null) {
            const [bottom, top] = [toY(low), toY(high)]
            ctx.moveTo(x, bottom)
            ctx.lineTo(x, Math.min(top, bottom - unit))
            ctx.moveTo(x - cap, bottom)
            ctx.lineTo(x + cap, bottom)
            ctx.moveTo(x - cap, top)
            ctx.lineTo(x + cap, top)
          } else {
            const [y, tip] = [toY(high ?? low ?? 0), high === null ? -cap : cap]
            ctx.moveTo(x - cap, y)
            ctx.lineTo(x + cap, y)
            ctx.lineTo(x, y + 1.6 * tip)
            ctx.closePath()
          }
          if (isDoubtful(quote, at)) marks.push(quote)
        }
        ctx.stroke()
      }
      ctx.globalAlpha = 1
      ctx.strokeStyle = theme.colors().warn
      ctx.lineWidth = 1.5 * unit
      ctx.beginPath()
      for (const { x: place, low, high } of marks) {
        const [x, y, size] = [toX(place), toY(((low ?? high ?? 0) + (high ?? low ?? 0)) / 2), 3.5 * unit]
        ctx.moveTo(x - size, y - size)
        ctx.lineTo(x + size, y + size)
        ctx.moveTo(x - size, y + size)
        ctx.lineTo(x + size, y - size)
      }
      ctx.stroke()
    }

    /** @param {QuotePoint} quote @param {number} at */
    function isDoubtful(quote, at) {
      return doubtful.has(drawn[at]?.smile.quotes.flags[quote.index] ?? 0)
    }

    /** @param {LinePoints} points @param {{ color: string, width: number, dash: readonly number[] }} look */
    function strokeLine({ x, y }, { color, width, dash }) {
      ctx.strokeStyle = color
      ctx.lineWidth = width * unit
      ctx.setLineDash(dash.map((one) => one * unit))
      ctx.beginPath()
      for (const [at, place] of x.entries()) ctx.lineTo(toX(place), toY(y[at] ?? 0))
      ctx.stroke()
      ctx.setLineDash([])
    }

    /** A dot at the forward, with its standard error. @param {DrawnSmile} one @param {number} at */
    function drawAtTheMoney({ atTheMoney }, at) {
      if (!atTheMoney) return
      const [x, y] = [toX(atTheMoney.x), toY(atTheMoney.y)]
      ctx.fillStyle = theme.colors().card
      ctx.strokeStyle = colorOf(theme, at)
      ctx.lineWidth = 2 * unit
      ctx.beginPath()
      ctx.moveTo(x, toY(atTheMoney.y - atTheMoney.error))
      ctx.lineTo(x, toY(atTheMoney.y + atTheMoney.error))
      ctx.stroke()
      ctx.beginPath()
      ctx.arc(x, y, 4 * unit, 0, 2 * Math.PI)
      ctx.fill()
      ctx.stroke()
    }

    /** The names at the put ends of the curves, where they are apart; one that would cover another moves down. */
    function nameCurves() {
      ctx.font = scaledFont(unit)
      ctx.textAlign = 'left'
      ctx.lineWidth = 3 * unit
      ctx.strokeStyle = theme.colors().card
      const names = drawn.flatMap(({ smile, curve }, at) => {
        const first = curve?.x.findIndex((place) => toX(place) >= bbox.left) ?? -1
        if (!curve || first < 0) return []
        const name = nameOf(smile)
        const { width } = ctx.measureText(name)
        const x = Math.min(toX(curve.x[first] ?? 0) + 5 * unit, bbox.left + bbox.width - width)
        return [{ name, color: colorOf(theme, at), x, width, y: toY(curve.y[first] ?? 0) - 6 * unit }]
      })
      for (const { name, color, x, y } of spreadNames(names, { gap: 13 * unit, top: bbox.top + 12 * unit })) {
        ctx.strokeText(name, x, y)
        ctx.fillStyle = color
        ctx.fillText(name, x, y)
      }
    }
  }

  /** @param {uPlot} plot */
  function showReadout(plot) {
    const { left = -1, top = -1 } = plot.cursor
    if (!shown || left < 0) return setText(readout, HINT)
    const { width, height } = plot.over.getBoundingClientRect()
    const { x, y } = shown.ranges
    const found = nearestQuote(shown.drawn, {
      ...{ x: plot.posToVal(left, 'x'), y: plot.posToVal(top, 'y') },
      ...{ perX: width / (x[1] - x[0]), perY: height / (y[1] - y[0]) },
    })
    setText(readout, found ? shown.describe(found.smile, found.quote) : HINT)
  }

  const stopWidth = frame.onWidth((width) => chart.setSize({ width, height: HEIGHT_PX }))
  const stopColors = theme.onChange(() => chart.redraw(true))

  return {
    element: frame.element,
    /** @param {SmileChartData} data */
    setData: (data) => {
      shown = data
      const [axisX] = chart.axes
      if (axisX) axisX.label = AXIS_NAMES[data.axis]
      chart.setData([[...data.ranges.x], [...data.ranges.y]])
      showReadout(chart)
      frame.setData(data)
    },
    /** @param {string} reason */
    setAbsent: (reason) => {
      shown = null
      frame.setAbsent(reason)
    },
    destroy: () => {
      stopWidth()
      stopColors()
      chart.destroy()
    },
  }
}

const HINT = 'Point at a bar to read its quote.'

/** @param {readonly [number, number] | undefined} range */
function pair(range) {
  return /** @type {[number, number]} */ (range ? [...range] : [0, 1])
}

/** @param {readonly number[]} splits */
function step(splits) {
  return (splits[1] ?? 1) - (splits[0] ?? 0)
}

/** @param {number} unit */
function scaledFont(unit) {
  return `${11 * unit}px system-ui, sans-serif`
}
