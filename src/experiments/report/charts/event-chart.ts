import type { ThinSeries } from '../thin-series.ts'
import { linearScale } from './axis.ts'
import { at, CHART_WIDTH, chart, label } from './svg.ts'

/** The price around something that happened. */
export interface EventChart {
  readonly heading: string
  readonly mid: ThinSeries
  /** Seconds, with 0 at the event. */
  readonly from: number
  readonly to: number
  readonly marks: readonly { readonly seconds: number; readonly text: string }[]
  readonly axis: string
  readonly summary: string
}

const HEIGHT = 190
const LEFT = 52
const RIGHT = CHART_WIDTH - 10
const TOP = 42
const BOTTOM = HEIGHT - 36

export function eventChart({ heading, mid, from, to, marks, axis, summary }: EventChart): string {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let bucket = 0; bucket < mid.low.length; bucket++) {
    if (Number.isNaN(mid.low[bucket])) continue
    low = Math.min(low, mid.low[bucket] as number)
    high = Math.max(high, mid.high[bucket] as number)
  }
  if (!(high >= low)) return chart(heading, TOP, 'no prices', [label('no prices', 0, 34)])
  const margin = Math.max((high - low) * 0.06, 0.01)
  const y = linearScale(low - margin, high + margin, BOTTOM, TOP, 4)
  const x = linearScale(from, to, LEFT, RIGHT, 5)
  const parts = [
    ...y.ticks.map(
      ({ value, label: text }) =>
        `<path class="grid" d="M${LEFT} ${at(y(value))}H${RIGHT}"/>${label(text, LEFT - 6, y(value) + 4, { anchor: 'end' })}`,
    ),
    ...x.ticks.map(
      ({ value, label: text }) =>
        `<path class="grid" d="M${at(x(value))} ${TOP}V${BOTTOM}"/>${label(text.replace('-', '−'), x(value), BOTTOM + 14, { anchor: 'middle' })}`,
    ),
    ...marks.map(({ seconds, text }) => {
      const place = x(seconds)
      const isRight = place > (LEFT + RIGHT) / 2
      return `<path class="dashed" d="M${at(place)} ${TOP - 4}V${BOTTOM}"/>${label(text, place, TOP - 8, { anchor: isRight ? 'end' : 'start' })}`
    }),
    `<g class="blue">${lineOf(mid, (bucket) => x(from + ((bucket + 0.5) * (to - from)) / mid.low.length), y)}</g>`,
    label('mid, $', 0, TOP - 8),
    label(axis, RIGHT, HEIGHT - 4, { anchor: 'end' }),
  ]
  return chart(heading, HEIGHT, summary, parts)
}

/** The area from low to high with its outline, broken where values are missing. */
function lineOf(
  { low, high }: ThinSeries,
  x: (bucket: number) => number,
  y: (value: number) => number,
): string {
  let area = ''
  let start = -1
  for (let bucket = 0; bucket <= low.length; bucket++) {
    const isMissing = bucket === low.length || Number.isNaN(low[bucket])
    if (!isMissing && start < 0) start = bucket
    if (!isMissing || start < 0) continue
    const places = Array.from({ length: bucket - start }, (_, offset) => start + offset)
    const upper = places.map((one) => `${at(x(one))} ${at(y(high[one] as number))}`)
    const lower = places.map((one) => `${at(x(one))} ${at(y(low[one] as number))}`).reverse()
    area += `M${[...upper, ...lower].join('L')}Z`
    start = -1
  }
  return `<path class="outline strong" d="${area}"/>`
}
