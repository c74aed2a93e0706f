import { linearScale } from './axis.ts'
import { at, axisLabels, CHART_WIDTH, chart, label } from './svg.ts'

/** Values of successive slots, drawn one beside the other without the hours between sessions. */
export interface SlotChart {
  readonly heading: string
  /** What the values are, with their unit. */
  readonly axis: string
  readonly values: readonly number[]
  /** The day of each slot, YYYY-MM-DD. */
  readonly days: readonly string[]
  readonly summary: string
}

const HEIGHT = 190
const LEFT = 56
const RIGHT = CHART_WIDTH - 10
const TOP = 40
const BOTTOM = HEIGHT - 36

export function slotChart({ heading, axis, values, days, summary }: SlotChart): string {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)]
  const margin = high > low ? (high - low) * 0.06 : 1
  const y = linearScale(
    low - (low < 0 ? margin : 0),
    high + (high > 0 || low === 0 ? margin : 0),
    BOTTOM,
    TOP,
    4,
  )
  const x = (index: number) => LEFT + (index / Math.max(1, values.length - 1)) * (RIGHT - LEFT)
  const firsts = days.flatMap((day, index) => (day === days[index - 1] ? [] : [{ day, x: x(index) }]))
  const line = values.map((value, index) => `${at(x(index))} ${at(y(value))}`).join('L')
  const parts = [
    ...y.ticks.map(
      ({ value, label: text }) =>
        `<path class="grid" d="M${LEFT} ${at(y(value))}H${RIGHT}"/>${label(text.replace('-', '−'), LEFT - 6, y(value) + 4, { anchor: 'end' })}`,
    ),
    ...firsts.map((first) => `<path class="grid" d="M${at(first.x)} ${TOP}V${BOTTOM}"/>`),
    axisLabels(
      firsts.map((first) => ({ x: first.x, text: first.day.slice(5) })),
      BOTTOM + 14,
    ),
    `<path class="axis" d="M${LEFT} ${at(y(0))}H${RIGHT}"/>`,
    `<g class="blue"><path class="curve" d="M${line}"/></g>`,
    label(axis, 0, TOP - 9),
    label('slots by New York date, MM-DD', RIGHT, HEIGHT - 4, { anchor: 'end' }),
  ]
  return chart(heading, HEIGHT, summary, parts)
}
