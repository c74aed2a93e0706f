import type { Interval } from '../../../statistics/intervals.ts'
import { decimal, significant } from '../numbers.ts'
import { linearScale, type Scale } from './axis.ts'
import { at, axisLabels, CHART_WIDTH, chart, label } from './svg.ts'

export interface CurvePoint {
  readonly x: number
  readonly y: number
  readonly interval: Interval | null
}

export interface CurveChart {
  readonly heading: string
  readonly points: readonly CurvePoint[]
  readonly xAxis: string
  readonly yAxis: string
  /** y ∝ x^exponent, drawn through the points; null without it. */
  readonly exponent: number | null
}

const HEIGHT = 220
const LEFT = 56
const RIGHT = CHART_WIDTH - 14
const TOP = 36
const BOTTOM = HEIGHT - 36

/** Values over quantities with their intervals. The axis of the values is logarithmic when all are positive, else linear. */
export function curveChart({ heading, points, xAxis, yAxis, exponent }: CurveChart): string {
  const ys = points.flatMap(({ y, interval }) => [y, ...(interval ?? [])])
  const isLog = points.every(({ y }) => y > 0)
  const xs = points.map(({ x }) => x)
  const x = logAxis(Math.min(...xs) / 1.15, Math.max(...xs) * 1.15, LEFT, RIGHT, xs)
  const positive = ys.filter((value) => value > 0)
  const y = isLog
    ? logAxis(Math.min(...positive) / 1.25, Math.max(...positive) * 1.25, BOTTOM, TOP, null)
    : linearScale(...padded(Math.min(0, ...ys), Math.max(0, ...ys)), BOTTOM, TOP, 5)
  const parts = [...axes(x, y), label(yAxis, 0, TOP - 10), label(xAxis, RIGHT, HEIGHT - 4, { anchor: 'end' })]
  if (!isLog) parts.push(`<path class="axis" d="M${LEFT} ${at(y(0))}H${RIGHT}"/>`)
  if (isLog && exponent !== null) parts.push(fitted(points, exponent, x, y))
  const least = Math.min(...positive) / 1.25
  for (const point of points) {
    const [px, py] = [x(point.x), y(point.y)]
    if (point.interval !== null) parts.push(whiskerOf(point.interval, px, y, isLog ? least : null))
    parts.push(`<circle class="dot blue" cx="${at(px)}" cy="${at(py)}" r="4"/>`)
  }
  const summary = points.map((point) => `${decimal(point.x, 0)}: ${significant(point.y)}`).join('; ')
  return chart(heading, HEIGHT, summary, parts)
}

/** With a bar at each end, but for one that is below the axis; `least` is null where nothing is. */
function whiskerOf([low, high]: Interval, x: number, y: Scale, least: number | null): string {
  const isCut = least !== null && low < least
  const [from, to] = [y(isCut ? least : low), y(high)]
  const bottom = isCut ? '' : `M${at(x - 3)} ${at(from)}h6`
  return `<path class="whisker blue" d="M${at(x)} ${at(from)}V${at(to)}${bottom}M${at(x - 3)} ${at(to)}h6"/>`
}

/** y = c·x^exponent with the c that fits the logarithms best. */
function fitted(points: readonly CurvePoint[], exponent: number, x: Scale, y: Scale): string {
  const logs = points.map((point) => Math.log(point.y) - exponent * Math.log(point.x))
  const shift = logs.reduce((sum, value) => sum + value, 0) / logs.length
  const ends = [points[0], points.at(-1)].map((point) => {
    const value = (point as CurvePoint).x
    return `${at(x(value))} ${at(y(Math.exp(shift + exponent * Math.log(value))))}`
  })
  return `<path class="dashed" d="M${ends.join('L')}"/>`
}

function axes(x: Scale, y: Scale): string[] {
  return [
    ...y.ticks.map(
      ({ value, label: text }) =>
        `<path class="grid" d="M${LEFT} ${at(y(value))}H${RIGHT}"/>${label(text, LEFT - 6, y(value) + 4, { anchor: 'end' })}`,
    ),
    ...x.ticks.map(({ value }) => `<path class="grid" d="M${at(x(value))} ${TOP}V${BOTTOM}"/>`),
    axisLabels(
      x.ticks.map(({ value, label: text }) => ({ x: x(value), text })),
      BOTTOM + 14,
    ),
  ]
}

function padded(low: number, high: number): [low: number, high: number] {
  const margin = high > low ? (high - low) * 0.08 : 1
  return [low === 0 ? 0 : low - margin, high + margin]
}

/** Logarithmic, with ticks at 1, 2 and 5 times the powers of ten, fewer where there is no room, or at the values given when they are few. */
export function logAxis(
  low: number,
  high: number,
  from: number,
  to: number,
  values: readonly number[] | null,
): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(high)]
  const room = Math.abs(to - from) / (from < to ? 46 : 22)
  const factors = [[1, 2, 5], [1, 3], [1]].find((some) => some.length * (top - bottom) <= room) ?? [1]
  const round: number[] = []
  for (let power = Math.floor(bottom); power <= Math.ceil(top); power++) {
    for (const factor of factors) round.push(factor * 10 ** power)
  }
  const chosen =
    values !== null && values.length <= 7 ? values : round.filter((value) => value >= low && value <= high)
  const place = (value: number) =>
    from + ((Math.log10(Math.max(value, low)) - bottom) / Math.max(top - bottom, 1e-9)) * (to - from)
  return Object.assign(place, { ticks: chosen.map((value) => ({ value, label: significant(value, 3) })) })
}
