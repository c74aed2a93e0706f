import type { Interval } from '../../../statistics/intervals.ts'
import { linearScale } from './axis.ts'
import { at, axisLabels, CHART_WIDTH, chart, label, textWidth } from './svg.ts'

/** One value of a row. */
export interface Dot {
  readonly name: string
  readonly value: number | null
  /** 95 % over seeds; null when there is one seed only. */
  readonly interval: Interval | null
  readonly shape: Shape
  /** A class of the style sheet. */
  readonly colour: 'blue' | 'orange' | 'purple' | 'grey'
}

export type Shape = 'circle' | 'up' | 'down'

export interface DotRow {
  readonly label: string
  readonly dots: readonly Dot[]
}

export interface DotChart {
  readonly heading: string
  readonly rows: readonly DotRow[]
  /** The value axis; wider when a value or an interval is outside. */
  readonly domain: readonly [low: number, high: number]
  readonly axis: string
  readonly format: (value: number | null) => string
  /** The label of a tick; by default its value. */
  readonly tick?: (value: number) => string
}

const LINE = 15
const GAP = 7
const TOP = 24

/** Rows of values on one axis, each with its interval and, at the right, its number. */
export function dotChart({ heading, rows, domain, axis, format, tick }: DotChart): string {
  const texts = rows.flatMap(({ dots }) => dots.map(({ value }) => format(value)))
  const left = Math.min(150, Math.max(...rows.map((row) => textWidth(row.label)))) + 10
  const right = CHART_WIDTH - Math.max(...texts.map(textWidth)) - 12
  const known = rows.flatMap(({ dots }) =>
    dots.flatMap(({ value, interval }) => [...(value === null ? [] : [value]), ...(interval ?? [])]),
  )
  const [low, high] = [Math.min(domain[0], ...known), Math.max(domain[1], ...known)]
  const scale = linearScale(low, high, left, right, 5)
  const parts: string[] = []
  let y = TOP
  for (const row of rows) {
    const height = LINE * row.dots.length
    parts.push(label(row.label, 0, y + height / 2 + 4, { style: '' }))
    row.dots.forEach((dot, index) => {
      const middle = y + (index + 0.5) * LINE
      parts.push(`<path class="grid" d="M${at(left)} ${at(middle)}H${at(right)}"/>`)
      parts.push(label(format(dot.value), CHART_WIDTH, middle + 4, { anchor: 'end', style: '' }))
      if (dot.value !== null) parts.push(dotMark(dot, scale, middle))
    })
    y += height + GAP
  }
  const bottom = y - GAP + 2
  const ticks = scale.ticks.map(({ value, label: text }) => ({
    x: scale(value),
    text: tick?.(value) ?? text.replace('-', '−'),
  }))
  const grid = [
    ...ticks.map(({ x }) => `<path class="grid" d="M${at(x)} ${TOP - 4}V${at(bottom)}"/>`),
    axisLabels(ticks, bottom + 13),
  ]
  const zero = low < 0 && high > 0 ? `<path class="axis" d="M${at(scale(0))} ${TOP - 4}V${at(bottom)}"/>` : ''
  const name = label(axis, (left + right) / 2, bottom + 28, { anchor: 'middle' })
  const summary = rows
    .map(
      (row) => `${row.label} ${row.dots.map((dot) => `${dot.name} ${format(dot.value)}`.trim()).join(', ')}`,
    )
    .join('; ')
  return chart(heading, bottom + 33, summary, [...grid, zero, ...parts, name])
}

function dotMark(
  { value, interval, shape, colour }: Dot,
  scale: (value: number) => number,
  y: number,
): string {
  const x = scale(value as number)
  const whisker =
    interval === null
      ? ''
      : `<path class="whisker" d="M${at(scale(interval[0]))} ${at(y)}H${at(scale(interval[1]))}M${at(scale(interval[0]))} ${at(y - 3)}v6M${at(scale(interval[1]))} ${at(y - 3)}v6"/>`
  return `<g class="${colour}">${whisker}${markPath(shape, x, y)}</g>`
}

/** A mark of about eight units. The shape tells kinds apart without their colours. */
export function markPath(shape: Shape, x: number, y: number): string {
  if (shape === 'circle') return `<circle class="dot" cx="${at(x)}" cy="${at(y)}" r="4"/>`
  const tip = shape === 'up' ? -4.5 : 4.5
  return `<path class="dot" d="M${at(x)} ${at(y + tip)}L${at(x + 4.5)} ${at(y - 0.8 * tip)}H${at(x - 4.5)}Z"/>`
}
