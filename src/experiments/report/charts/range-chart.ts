import type { Distribution } from '../distribution.ts'
import { significant } from '../numbers.ts'
import { logAxis } from './curve-chart.ts'
import { at, axisLabels, CHART_WIDTH, chart, label, textWidth } from './svg.ts'

export interface RangeRow {
  readonly label: string
  /** Null where there are no values. */
  readonly distribution: Distribution | null
  readonly colour: 'blue' | 'orange' | 'purple'
}

const ROW = 24
const TOP = 24

/** One row a distribution on a logarithmic axis: a line from 5 to 95 %, a box from 25 to 75 %, the median, the largest. */
export function rangeChart(
  heading: string,
  rows: readonly RangeRow[],
  axis: string,
  { least }: { readonly least: number },
): string {
  const known = rows.flatMap(({ distribution }) => (distribution === null ? [] : [distribution]))
  const low = Math.max(least, Math.min(...known.map(({ p5 }) => p5)))
  const high = Math.max(low * 2, ...known.map(({ max }) => max))
  const left = Math.min(150, Math.max(...rows.map((row) => textWidth(row.label)))) + 10
  const texts = rows.map(({ distribution }) => significant(distribution?.p50 ?? null))
  const right = CHART_WIDTH - Math.max(...texts.map(textWidth)) - 14
  const scale = logAxis(low / 1.2, high * 1.2, left, right, null)
  const bottom = TOP + ROW * rows.length
  const ticks = scale.ticks.map(({ value, label: text }) => ({ x: scale(value), text }))
  const parts = [
    ...ticks.map(({ x }) => `<path class="grid" d="M${at(x)} ${TOP - 4}V${bottom}"/>`),
    axisLabels(ticks, bottom + 13),
  ]
  rows.forEach(({ label: name, distribution, colour }, index) => {
    const y = TOP + (index + 0.5) * ROW
    parts.push(label(name, 0, y + 4, { style: '' }))
    parts.push(label(texts[index] as string, CHART_WIDTH, y + 4, { anchor: 'end', style: '' }))
    if (distribution === null) return
    const { p5, p25, p50, p75, p95, max } = distribution
    const x = (value: number) => at(scale(value))
    parts.push(
      `<g class="${colour}"><path class="whisker" d="M${x(p5)} ${at(y)}H${x(p95)}"/><rect class="box" x="${x(p25)}" y="${at(y - 6)}" width="${at(Math.max(1.5, scale(p75) - scale(p25)))}" height="12"/><path class="whisker" d="M${x(p50)} ${at(y - 8)}v16"/><circle class="dot open" cx="${x(max)}" cy="${at(y)}" r="3.5"/></g>`,
    )
  })
  parts.push(label(axis, (left + right) / 2, bottom + 28, { anchor: 'middle' }))
  const summary = rows
    .map(({ label: name, distribution }) => `${name} median ${significant(distribution?.p50 ?? null)}`)
    .join('; ')
  return chart(heading, bottom + 33, summary, parts)
}
