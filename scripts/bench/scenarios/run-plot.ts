import type { RunColumns } from '../../../src/exchange/statistics/run-columns.ts'
import { linearScale, logScale, type Scale, timeScale } from '../../../src/experiments/report/charts/axis.ts'
import { type Bucket, bucketsOf, sumsOf } from './buckets.ts'

/** Something that happened, shown as a dotted line through all panels. */
export interface PlotMark {
  readonly step: number
  /** Drawn above the line when it is not empty. */
  readonly label: string
}

export interface RunPlot {
  readonly title: string
  readonly columns: RunColumns
  readonly tickDollars: number
  readonly stepsPerSecond: number
  readonly marks: readonly PlotMark[]
}

const WIDTH = 900
const LEFT = 78
const RIGHT = WIDTH - 16
const TOP = 70
/** Points along the time axis: the file stays small, and each has the lowest and the highest value of its steps. */
const BUCKETS = 540
const PANELS = { price: 210, spread: 92, depth: 92, volume: 72 }
const GAP = 26

/**
 * One run as an SVG file of its own: price with the fundamental value, spread, depth of both sides and volume. Lines have
 * the extremes of the steps that they stand for, so no spike is lost. Colours follow the reader's light or dark scheme.
 */
export function plotRun({ title, columns, tickDollars, stepsPerSecond, marks }: RunPlot): string {
  const { steps } = columns
  const time = timeScale(steps, stepsPerSecond, LEFT, RIGHT, 10)
  const dollars = (values: ArrayLike<number>) =>
    bucketsOf(values, BUCKETS, (value) => (value < 0 ? null : value * tickDollars))
  const mid = dollars(columns.midTicks)
  const fundamental = dollars(columns.fundamentalTicks)
  const spread = dollars(columns.spreadTicks)
  const [bids, asks] = [bucketsOf(columns.bidDepth, BUCKETS), bucketsOf(columns.askDepth, BUCKETS)]
  const volume = sumsOf(columns.volume, BUCKETS)
  const perMinute = (60 * stepsPerSecond) / (steps / BUCKETS)

  const parts: string[] = []
  let top = TOP
  const panel = (height: number, name: string, scaleOf: (low: number, high: number) => Scale) => {
    const bottom = top + height
    const scale = scaleOf(bottom, top)
    parts.push(frame({ top, bottom, name, scale, time, isLast: name.startsWith('volume') }))
    for (const { step } of marks) parts.push(`<path class="mark" d="M${at(time(step))} ${top}V${bottom}"/>`)
    top = bottom + GAP
    return { scale, bottom }
  }

  const [low, high] = extremesOf([...mid, ...fundamental])
  const price = panel(PANELS.price, 'price, $', (bottom, above) => linearScale(low, high, bottom, above, 6))
  parts.push(band(mid, time, price.scale, steps, 'mid'))
  parts.push(line(fundamental, time, price.scale, steps, 'value'))

  const [, widest] = extremesOf(spread)
  const spreads = panel(PANELS.spread, 'spread, $', (bottom, above) =>
    logScale(0.01, Math.max(widest, 0.1), bottom, above),
  )
  parts.push(band(spread, time, spreads.scale, steps, 'mid'))

  const [, deepest] = extremesOf([...bids, ...asks])
  const depths = panel(PANELS.depth, 'depth, shares', (bottom, above) =>
    logScale(100, Math.max(deepest, 1_000), bottom, above),
  )
  parts.push(band(asks, time, depths.scale, steps, 'ask'), band(bids, time, depths.scale, steps, 'bid'))

  const most = Math.max(1, ...volume) * perMinute
  const volumes = panel(PANELS.volume, 'volume, shares/min', (bottom, above) =>
    linearScale(0, most, bottom, above, 3),
  )
  const bars = volume
    .map((sum, bucket) => {
      const x = time((bucket * steps) / BUCKETS)
      return sum === 0 ? '' : `M${at(x)} ${volumes.bottom}V${at(volumes.scale(sum * perMinute))}`
    })
    .join('')
  parts.push(`<path class="bar" d="${bars}"/>`)

  const height = top + 22
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="title" x="${LEFT}" y="22">${escaped(title)}</text>
${legend()}
${marks.map(({ step, label }) => (label === '' ? '' : `<text class="small" x="${at(time(step) + 4)}" y="${TOP + 12}">${escaped(label)}</text>`)).join('')}
${parts.join('\n')}
<text class="small" x="${(LEFT + RIGHT) / 2}" y="${height - 8}" text-anchor="middle">market time since the start, h:mm</text>
</svg>
`
}

const STYLE = `
svg{--ground:#fff;--ink:#1f2328;--soft:#57606a;--grid:#d8dee4;--mid:#0b5cad;--value:#b35900;--bid:#1a7f37;--ask:#b3204d}
@media (prefers-color-scheme:dark){svg{--ground:#0d1117;--ink:#e6edf3;--soft:#9aa4af;--grid:#30363d;--mid:#6cb6ff;--value:#f0a04b;--bid:#57c46f;--ask:#ff7b9c}}
text{font:12px system-ui,sans-serif;fill:var(--ink)}.small{font-size:11px;fill:var(--soft)}.title{font-size:14px;font-weight:600}
.ground{fill:var(--ground)}.grid{stroke:var(--grid);fill:none}.mark{stroke:var(--soft);stroke-dasharray:2 3;fill:none}
.band{stroke:none;fill-opacity:.45}.line{fill:none;stroke-width:1.2;stroke-linejoin:round}
.band.mid{fill:var(--mid)}.line.mid{stroke:var(--mid)}.line.value{stroke:var(--value)}
.band.bid{fill:var(--bid)}.line.bid{stroke:var(--bid)}.band.ask{fill:var(--ask)}.line.ask{stroke:var(--ask)}
.bar{stroke:var(--mid);stroke-width:1.6;fill:none}`

const LEGEND: readonly (readonly [style: string, text: string])[] = [
  ['mid', 'mid price, spread'],
  ['value', 'fundamental value'],
  ['bid', 'depth of the bids'],
  ['ask', 'depth of the asks'],
]

function legend(): string {
  return LEGEND.map(([style, text], index) => {
    const x = LEFT + index * 170
    return `<path class="line ${style}" style="stroke-width:3" d="M${x} 38h18"/><text class="small" x="${x + 24}" y="42">${text}</text>`
  }).join('')
}

interface Frame {
  readonly top: number
  readonly bottom: number
  readonly name: string
  readonly scale: Scale
  readonly time: Scale
  readonly isLast: boolean
}

function frame({ top, bottom, name, scale, time, isLast }: Frame): string {
  const rows = scale.ticks.map(({ value, label }) => {
    const y = at(scale(value))
    return `<path class="grid" d="M${LEFT} ${y}H${RIGHT}"/><text class="small" x="${LEFT - 6}" y="${at(scale(value) + 4)}" text-anchor="end">${label}</text>`
  })
  const columns = time.ticks.map(({ value, label }) => {
    const x = at(time(value))
    const text = isLast
      ? `<text class="small" x="${x}" y="${bottom + 15}" text-anchor="middle">${label}</text>`
      : ''
    return `<path class="grid" d="M${x} ${top}V${bottom}"/>${text}`
  })
  return `${rows.join('')}${columns.join('')}<text class="small" x="${LEFT}" y="${top - 5}">${name}</text>`
}

/** The area between the lowest and the highest value of each bucket, and a line through the means. */
function band(buckets: readonly Bucket[], time: Scale, scale: Scale, steps: number, style: string): string {
  const areas = stretches(buckets)
    .map((stretch) => {
      const upper = stretch.map(([bucket, { high }]) => point(bucket, high, time, scale, steps))
      const lower = stretch.map(([bucket, { low }]) => point(bucket, low, time, scale, steps)).reverse()
      return `M${[...upper, ...lower].join('L')}Z`
    })
    .join('')
  return `<path class="band ${style}" d="${areas}"/>${line(buckets, time, scale, steps, style)}`
}

function line(buckets: readonly Bucket[], time: Scale, scale: Scale, steps: number, style: string): string {
  const d = stretches(buckets)
    .map(
      (stretch) =>
        `M${stretch.map(([bucket, { mean }]) => point(bucket, mean, time, scale, steps)).join('L')}`,
    )
    .join('')
  return `<path class="line ${style}" d="${d}"/>`
}

type Measured = Exclude<Bucket, null>

/** The buckets that have values, in unbroken stretches, each with its number. */
function stretches(buckets: readonly Bucket[]): (readonly [number, Measured])[][] {
  const found: (readonly [number, Measured])[][] = []
  let current: (readonly [number, Measured])[] | null = null
  buckets.forEach((bucket, index) => {
    if (bucket === null) {
      current = null
      return
    }
    if (current === null) {
      current = []
      found.push(current)
    }
    current.push([index, bucket])
  })
  return found
}

function point(bucket: number, value: number, time: Scale, scale: Scale, steps: number): string {
  return `${at(time(((bucket + 0.5) * steps) / BUCKETS))} ${at(scale(value))}`
}

function extremesOf(buckets: readonly Bucket[]): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const bucket of buckets) {
    if (bucket === null) continue
    low = Math.min(low, bucket.low)
    high = Math.max(high, bucket.high)
  }
  return low <= high ? [low, high] : [0, 1]
}

/** A coordinate, with as many digits as can be seen. */
const at = (value: number) => String(Math.round(value * 10) / 10)

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
