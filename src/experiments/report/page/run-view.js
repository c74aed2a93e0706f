/**
 * The part of the page that shows one run over time: choosing it, zooming, and reading values.
 *
 * @import { PageRun } from '../page-data.ts'
 * @import { Panel, View } from './panels.js'
 */
import { unpackSeries } from './packed-series.js'
import { drawPanel, positionOf, timeAt, valueAt } from './panels.js'
import { formatNumber, formatTime } from './scale.js'

/** A shorter selection is a click. Pixels. */
const LEAST_SELECTION = 6

/**
 * @param {readonly PageRun[]} runs
 * @returns {{ show: (index: number) => void }}
 */
export function createRunView(runs) {
  const place = byId('panels')
  let shown = 0
  /** @type {Panel[]} */
  let panels = []
  /** @type {View} */
  let whole = { from: 0, to: 1, isTime: false }
  let view = whole
  /** @type {number | null} */
  let cursor = null
  let width = 0
  /** @type {(ReturnType<typeof drawPanel> & { panel: Panel, outputs: HTMLOutputElement[] })[]} */
  let drawn = []

  const show = (/** @type {number} */ index) => {
    const run = runs[index]
    if (!run) return
    shown = index
    const baseline = run.baseline === null ? null : (runs[run.baseline] ?? null)
    panels = panelsOf(run, baseline)
    whole = viewOf(run)
    view = whole
    cursor = null
    byId('about').textContent = run.about
    draw()
  }

  function draw() {
    width = Math.max(280, Math.floor(place.clientWidth))
    drawn = panels.map((panel, index) => {
      const outputs = panel.lines.map(() => document.createElement('output'))
      const title = document.createElement('div')
      title.className = 'title'
      const name = document.createElement('b')
      name.textContent = `${panel.title}, ${panel.unit}`
      title.append(name)
      panel.lines.forEach((line, at) => {
        const key = document.createElement('span')
        key.className = `key ${line.colour}`
        key.append(lineSample(line.isDashed), line.name, outputs[at] ?? '')
        title.append(key)
      })
      const box = document.createElement('div')
      box.className = 'panel'
      const picture = drawPanel(panel, view, width, index === panels.length - 1)
      box.append(title, picture.svg)
      follow(picture.svg)
      return { ...picture, panel, outputs, box }
    })
    place.replaceChildren(...drawn.map(({ svg }) => /** @type {Node} */ (svg.parentNode)))
    place.setAttribute('aria-label', `Charts of ${byId('about').textContent}`)
    readAt(cursor)
  }

  /** @param {number | null} time */
  function readAt(time) {
    cursor = time
    for (const { panel, outputs, cursor: line } of drawn) {
      line.setAttribute('visibility', time === null ? 'hidden' : 'visible')
      if (time !== null) {
        const x = String(positionOf(time, view, width))
        line.setAttribute('x1', x)
        line.setAttribute('x2', x)
      }
      panel.lines.forEach((one, at) => {
        const output = outputs[at]
        if (output) output.textContent = time === null ? '' : valueAt(one, time, panel.decimals)
      })
    }
    const run = runs[shown]
    if (!run) return
    const text = time === null ? range(view, run) : moment(time, view, run)
    byId('position').textContent = text
    const reset = /** @type {HTMLButtonElement} */ (byId('reset'))
    reset.disabled = view.from === whole.from && view.to === whole.to
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  function zoom(from, to) {
    const first = panels[0]?.lines[0]
    const least = (first?.timeOf.each ?? 1) * 4
    const length = Math.min(whole.to - whole.from, Math.max(least, to - from))
    const start = Math.min(whole.to - length, Math.max(whole.from, from + (to - from - length) / 2))
    view = { ...whole, from: start, to: start + length }
    if (cursor !== null && (cursor < view.from || cursor > view.to)) cursor = null
    draw()
  }

  /** @param {number} factor */
  function zoomBy(factor) {
    const centre = cursor ?? (view.from + view.to) / 2
    const fraction = (centre - view.from) / (view.to - view.from)
    const length = (view.to - view.from) * factor
    zoom(centre - fraction * length, centre + (1 - fraction) * length)
  }

  /** @param {SVGSVGElement} svg */
  function follow(svg) {
    /** @type {number | null} */
    let start = null
    const at = (/** @type {PointerEvent} */ event) => {
      const box = svg.getBoundingClientRect()
      return ((event.clientX - box.left) / box.width) * width
    }
    svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      start = at(event)
      svg.setPointerCapture(event.pointerId)
      readAt(timeAt(start, view, width))
    })
    svg.addEventListener('pointermove', (event) => {
      const now = at(event)
      readAt(timeAt(now, view, width))
      if (start !== null) select(start, now)
    })
    svg.addEventListener('pointerup', (event) => {
      const end = at(event)
      const begun = start
      start = null
      if (begun === null || Math.abs(end - begun) < LEAST_SELECTION) return select(0, 0)
      const times = [timeAt(begun, view, width), timeAt(end, view, width)]
      zoom(Math.min(...times), Math.max(...times))
    })
    svg.addEventListener('pointercancel', () => {
      start = null
      select(0, 0)
    })
    svg.addEventListener('pointerleave', () => {
      if (start === null && document.activeElement !== place) readAt(null)
    })
    svg.addEventListener('dblclick', () => zoom(whole.from, whole.to))
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  function select(from, to) {
    for (const { selection } of drawn) {
      selection.setAttribute('x', String(Math.min(from, to)))
      selection.setAttribute('width', String(Math.abs(to - from)))
    }
  }

  place.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const length = view.to - view.from
    const step = panels[0]?.lines[0]?.timeOf.each ?? 1
    const from = cursor ?? (view.from + view.to) / 2
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (direction !== 0 && event.shiftKey) {
      const move = Math.max(whole.from - view.from, Math.min(whole.to - view.to, (direction * length) / 4))
      zoom(view.from + move, view.to + move)
    } else if (direction !== 0) {
      readAt(Math.min(view.to, Math.max(view.from, from + direction * Math.max(step, length / 200))))
    } else if (event.key === 'Home') readAt(view.from)
    else if (event.key === 'End') readAt(view.to - step / 2)
    else if (event.key === '+' || event.key === '=') zoomBy(0.5)
    else if (event.key === '-') zoomBy(2)
    else if (event.key === '0' || event.key === 'Escape') zoom(whole.from, whole.to)
    else return
    event.preventDefault()
  })
  byId('reset').addEventListener('click', () => zoom(whole.from, whole.to))
  byId('closer').addEventListener('click', () => zoomBy(0.5))
  byId('wider').addEventListener('click', () => zoomBy(2))
  new ResizeObserver(() => {
    if (Math.max(280, Math.floor(place.clientWidth)) !== width) draw()
  }).observe(place)
  return { show }
}

/**
 * @param {PageRun} run
 * @returns {View}
 */
function viewOf(run) {
  const { first, each } = timesOf(run)
  return { from: first, to: first + each * run.buckets, isTime: run.secondsPerStep !== null }
}

/** @param {PageRun} run */
function timesOf({ firstStep, lastStep, secondsPerStep, buckets }) {
  const unit = secondsPerStep ?? 1
  return { first: firstStep * unit, each: ((lastStep - firstStep + 1) * unit) / buckets }
}

/**
 * @param {PageRun} run
 * @param {PageRun | null} baseline
 * @returns {Panel[]}
 */
function panelsOf(run, baseline) {
  const line = (
    /** @type {PageRun} */ of,
    /** @type {keyof PageRun['series']} */ series,
    /** @type {string} */ name,
    /** @type {string} */ colour,
    isDashed = false,
  ) => {
    const packed = of.series[series]
    if (packed === null) return []
    return [{ name, colour, isDashed, series: unpackSeries(packed, of.buckets), timeOf: timesOf(of) }]
  }
  const passive = (/** @type {'mid' | 'spread'} */ series) =>
    baseline === null ? [] : line(baseline, series, 'passive run', 'orange', true)
  const dollars = { unit: '$', decimals: 2, kind: /** @type {const} */ ('linear'), hasZero: false }
  const shares = { unit: 'shares', decimals: 0, kind: /** @type {const} */ ('log'), hasZero: false }
  /** @type {Panel[]} */
  const panels = [
    {
      ...dollars,
      title: 'Mid price',
      decimals: 3,
      height: 200,
      lines: [...line(run, 'mid', 'this run', 'blue'), ...passive('mid')],
    },
    {
      ...dollars,
      title: 'Effect on the mid',
      decimals: 3,
      height: 90,
      hasZero: true,
      lines: line(run, 'effect', 'run − passive', 'blue'),
    },
    {
      ...dollars,
      title: 'Spread',
      height: 90,
      kind: 'log',
      lines: [...line(run, 'spread', 'this run', 'blue'), ...passive('spread')],
    },
    {
      ...shares,
      title: 'Depth',
      height: 100,
      lines: [...line(run, 'bidDepth', 'bids', 'blue'), ...line(run, 'askDepth', 'asks', 'orange')],
    },
    {
      ...shares,
      title: 'Inventory',
      height: 90,
      kind: 'linear',
      hasZero: true,
      lines: line(run, 'inventory', 'shares held', 'blue'),
    },
    {
      ...dollars,
      title: 'P&L',
      height: 110,
      hasZero: true,
      lines: line(run, 'pnl', 'cash + inventory × mid', 'blue'),
    },
  ]
  return panels.filter(({ lines }) => lines.length > 0)
}

/**
 * @param {View} view
 * @param {PageRun} run
 */
function range(view, run) {
  return view.isTime
    ? `${formatTime(view.from, false)} to ${formatTime(view.to, false)}`
    : `steps ${formatNumber(view.from, 0)} to ${formatNumber(Math.min(view.to, run.lastStep), 0)}`
}

/**
 * @param {number} time
 * @param {View} view
 * @param {PageRun} run
 */
function moment(time, view, run) {
  const { first, each } = timesOf(run)
  const perStep = run.secondsPerStep ?? 1
  const bucket = Math.min(run.buckets - 1, Math.max(0, Math.floor((time - first) / each)))
  const from = Math.ceil((first + bucket * each) / perStep - 1e-9)
  const to = Math.max(from, Math.ceil((first + (bucket + 1) * each) / perStep - 1e-9) - 1)
  const steps =
    from === to ? `step ${formatNumber(from, 0)}` : `steps ${formatNumber(from, 0)} to ${formatNumber(to, 0)}`
  return view.isTime ? `${formatTime(from * perStep, true)}, ${steps}` : steps
}

/** @param {boolean} isDashed */
function lineSample(isDashed) {
  const sample = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  sample.setAttribute('viewBox', '0 0 20 12')
  sample.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('class', `curve${isDashed ? ' broken' : ''}`)
  path.setAttribute('d', 'M0 6H20')
  sample.append(path)
  return sample
}

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id))
}
