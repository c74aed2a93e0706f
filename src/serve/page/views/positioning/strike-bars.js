/**
 * Strikes as bars: which are shown, and how many are summed into one.
 *
 * @import { PositioningByStrike, PositioningColumns } from '../../../../analytics/answers/positioning-by-strike.ts'
 *
 * @typedef {'5' | '10' | '20' | 'all'} Width per cent of the price to each side
 *
 * @typedef {object} StrikeBars
 * @property {readonly number[]} strikes the first of each bar
 * @property {number} step dollars summed into one bar; 0: each strike has its own
 * @property {PositioningColumns} columns
 */

export const WIDTHS = /** @type {const} */ ([
  { value: '10', text: 'within 10 %' },
  { value: '5', text: 'within 5 %' },
  { value: '20', text: 'within 20 %' },
  { value: 'all', text: 'all strikes' },
])

/** More bars than this cannot be told apart. */
const MOST_BARS = 60
/** Dollars that may be summed into one bar. */
const STEPS = [1, 2, 2.5, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1_000, 2_500, 5_000, 10_000]

/**
 * @param {Pick<PositioningByStrike, 'strikes' | 'by_strike' | 'price'>} answer
 * @param {Width} width
 * @returns {StrikeBars}
 */
export function strikeBars({ strikes, by_strike: columns, price }, width) {
  const share = width === 'all' || price === null ? Number.POSITIVE_INFINITY : Number(width) / 100
  const shown = strikes.flatMap((strike, at) =>
    price !== null && Math.abs(strike / price - 1) > share ? [] : [{ strike, at }],
  )
  const span = (shown.at(-1)?.strike ?? 0) - (shown[0]?.strike ?? 0)
  const step = shown.length <= MOST_BARS ? 0 : (STEPS.find((size) => span / size < MOST_BARS) ?? span)
  /** @type {Map<number, number[]>} */
  const groups = new Map()
  for (const { strike, at } of shown) {
    const first = step === 0 ? strike : Math.floor(strike / step + 1e-9) * step
    groups.set(first, [...(groups.get(first) ?? []), at])
  }
  const members = [...groups.values()]
  const entries = Object.entries(columns).map(([name, values]) => [
    name,
    members.map((places) => sumOf(places, values)),
  ])
  return { strikes: [...groups.keys()], step, columns: Object.fromEntries(entries) }
}

/**
 * Null where no strike has a value.
 *
 * @param {readonly number[]} places
 * @param {readonly (number | null)[]} values
 */
function sumOf(places, values) {
  /** @type {number | null} */
  let sum = null
  for (const at of places) {
    const value = values[at] ?? null
    if (value !== null) sum = (sum ?? 0) + value
  }
  return sum
}

/**
 * Where a price stands among the bars: between two of them a fraction; null outside.
 *
 * @param {StrikeBars} bars
 * @param {number | null} price
 */
export function barPlace({ strikes, step }, price) {
  const [first, last] = [strikes[0], strikes.at(-1)]
  if (price === null || first === undefined || last === undefined) return null
  // A bar stands for its strikes from the first on: its middle is half a step further.
  const middle = (/** @type {number} */ strike) => strike + step / 2
  if (price < middle(first) - Math.max(step, 1) || price > middle(last) + Math.max(step, 1)) return null
  const next = strikes.findIndex((strike) => middle(strike) >= price)
  if (next <= 0) return next === 0 ? 0 : strikes.length - 1
  const [low, high] = [middle(strikes[next - 1] ?? 0), middle(strikes[next] ?? 0)]
  return next - 1 + (price - low) / (high - low)
}

/** Markers nearer than this share of the axis would write over each other. */
const LABEL_SHARE = 0.14

/**
 * Markers for a chart: of two that are close the first names both.
 *
 * @param {StrikeBars} bars
 * @param {readonly { price: number | null, label: string }[]} named
 */
export function markersOf(bars, named) {
  /** @type {{ category: number, label: string }[]} */
  const markers = []
  for (const { price, label } of named) {
    const category = barPlace(bars, price)
    if (category === null) continue
    const near = markers.find((one) => Math.abs(one.category - category) < LABEL_SHARE * bars.strikes.length)
    if (near) near.label = near.category <= category ? `${near.label} · ${label}` : `${label} · ${near.label}`
    markers.push({ category, label: near ? '' : label })
  }
  return markers
}

/** @param {number} strike */
export function strikeName(strike) {
  return String(Number(strike.toFixed(2)))
}

/** @param {readonly (number | null)[]} values */
export function negated(values) {
  return values.map((value) => (value === null || value === 0 ? value : -value))
}
