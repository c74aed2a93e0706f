/**
 * Where the quotes and curves of smiles stand on each axis, and how far the axes reach. Pure.
 *
 * @import { CurveAnswer, SmileOfExpiration } from '../../../../analytics/answers/smile-answer.ts'
 * @import { SmileAxis } from './smile-options.js'
 *
 * @typedef {object} QuotePoint
 * @property {number} x
 * @property {number | null} low volatility of the bid; null where it has none
 * @property {number | null} high
 * @property {number} strike
 * @property {string} right
 * @property {number} index in the columns of the answer
 * @property {boolean} isFitted
 * @property {boolean} isOutOfTheMoney
 *
 * @typedef {{ readonly x: readonly number[], readonly y: readonly number[] }} LinePoints
 *
 * @typedef {object} DrawnSmile
 * @property {SmileOfExpiration} smile
 * @property {readonly QuotePoint[]} quotes
 * @property {LinePoints | null} curve
 * @property {LinePoints | null} before
 * @property {{ x: number, y: number, error: number } | null} atTheMoney
 */

/**
 * The cumulative normal distribution, to 7.5e-8.
 * Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.17.
 *
 * @param {number} z
 */
export function normalCdf(z) {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = 0.3989422804014327 * Math.exp((-z * z) / 2) * poly
  return z > 0 ? 1 - tail : tail
}

/**
 * The delta of the forward of the put of a strike, above 0: N(−d₁). It rises with the strike, from the far puts near 0 to the
 * far calls near 1, so that an axis of it is in the order of strikes.
 *
 * @param {number} k ln(strike / forward)
 * @param {number} total volatility times the root of the years
 */
export function putDelta(k, total) {
  return normalCdf(k / total - total / 2)
}

/**
 * How deltas are named: that of the option out of the money, `25P` or `10C`; 50 is `50`.
 *
 * @param {number} x a put delta
 */
export function deltaName(x) {
  const percent = Math.round(100 * Math.min(x, 1 - x) * 10) / 10
  if (percent === 50) return '50'
  return `${percent}${x < 0.5 ? 'P' : 'C'}`
}

/**
 * The volatility of a curve at k, between its points; null beyond its ends.
 *
 * @param {Pick<CurveAnswer, 'k' | 'iv'>} curve
 * @param {number} at
 */
export function volatilityOn({ k, iv }, at) {
  let [low, high] = [0, k.length - 1]
  if (high < 0 || at < (k[low] ?? 0) || at > (k[high] ?? 0)) return null
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((k[middle] ?? 0) <= at) low = middle
    else high = middle
  }
  const [from, to] = [k[low] ?? 0, k[high] ?? 0]
  const [first, last] = [iv[low] ?? 0, iv[high] ?? 0]
  return to === from ? first : first + ((last - first) * (at - from)) / (to - from)
}

/**
 * @param {SmileOfExpiration} smile
 * @param {SmileAxis} axis
 * @returns {DrawnSmile}
 */
export function drawnSmile(smile, axis) {
  const { curve, before, years } = smile
  return {
    smile,
    quotes: quotePoints(smile, axis),
    curve: curve && linePoints(curve, axis, years),
    before: before && linePoints(before, axis, before.years),
    atTheMoney: moneyPoint(smile, axis),
  }
}

/**
 * @param {SmileOfExpiration} smile
 * @param {SmileAxis} axis
 * @returns {QuotePoint[]}
 */
function quotePoints({ quotes, forward, curve, years }, axis) {
  if (forward === null) return []
  const { strike, right, bid_iv, ask_iv, fitted } = quotes
  return strike.flatMap((own, index) => {
    const [low, high] = [bid_iv[index] ?? null, ask_iv[index] ?? null]
    const k = Math.log(own / forward)
    const vol = (curve && volatilityOn(curve, k)) ?? middle(low, high)
    const x = vol === null ? null : placeOf({ k, strike: own, total: vol * Math.sqrt(years) }, axis)
    const side = right[index] ?? ''
    const isOutOfTheMoney = side === (own < forward ? 'P' : 'C')
    return x === null
      ? []
      : [{ x, low, high, strike: own, right: side, index, isFitted: fitted[index] === 1, isOutOfTheMoney }]
  })
}

/** @param {number | null} low @param {number | null} high */
function middle(low, high) {
  return low === null || high === null ? (low ?? high) : (low + high) / 2
}

/**
 * @param {CurveAnswer} curve
 * @param {SmileAxis} axis
 * @param {number} years
 * @returns {LinePoints}
 */
function linePoints({ k, iv, forward }, axis, years) {
  const root = Math.sqrt(years)
  return {
    x: k.map((own, at) =>
      placeOf({ k: own, strike: forward * Math.exp(own), total: (iv[at] ?? 0) * root }, axis),
    ),
    y: iv,
  }
}

/**
 * @param {SmileOfExpiration} smile
 * @param {SmileAxis} axis
 */
function moneyPoint({ curve, years }, axis) {
  if (!curve || curve.atm_iv === null) return null
  const place = { k: 0, strike: curve.forward, total: curve.atm_iv * Math.sqrt(years) }
  return { x: placeOf(place, axis), y: curve.atm_iv, error: curve.atm_iv_error ?? 0 }
}

/**
 * @param {{ k: number, strike: number, total: number }} place
 * @param {SmileAxis} axis
 */
function placeOf({ k, strike, total }, axis) {
  if (axis === 'strike') return strike
  return axis === 'k' ? k : putDelta(k, total)
}

/** Room beyond the outermost quotes, as a share of the axis. */
const ROOM = 0.02
/** Bars may reach above the highest curve by this share of it; quotes of far wings are cut off there. */
const MOST_ABOVE = 1.3
const LEAST_BELOW = 0.6

/**
 * The ranges that hold the curves and the fitted quotes of all smiles; quotes that are wide or not fitted do not stretch
 * them. Null without any.
 *
 * @param {readonly DrawnSmile[]} drawn
 * @param {SmileAxis} axis
 * @returns {{ x: [number, number], y: [number, number] } | null}
 */
export function rangesOf(drawn, axis) {
  const x = range()
  const lines = range()
  const bars = range()
  for (const { quotes, curve, before } of drawn) {
    for (const line of [curve, before]) {
      for (const value of line?.y ?? []) lines.add(value)
    }
    for (const place of curve?.x ?? []) x.add(place)
    const isAnyFitted = quotes.some(({ isFitted }) => isFitted)
    for (const quote of quotes) {
      if (isAnyFitted ? !quote.isFitted : !quote.isOutOfTheMoney) continue
      x.add(quote.x)
      for (const value of [quote.low, quote.high]) if (value !== null) bars.add(value)
    }
  }
  const [across, levels, quoted] = [x.read(), lines.read(), bars.read()]
  if (!across || !(levels ?? quoted)) return null
  const [low, high] = levels ?? quoted ?? [0, 1]
  const [least, most] = quoted ?? [low, high]
  const bottom = levels ? Math.max(Math.min(low, least), low * LEAST_BELOW) : low
  const top = levels ? Math.min(Math.max(high, most), high * MOST_ABOVE) : high
  const room = { x: (across[1] - across[0]) * ROOM, y: (top - bottom) * 2 * ROOM }
  return {
    x: axis === 'delta' ? [0, 1] : [across[0] - room.x, across[1] + room.x],
    y: [Math.max(0, bottom - room.y), top + room.y],
  }
}

function range() {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  return {
    add: (/** @type {number} */ value) => {
      if (value < low) low = value
      if (value > high) high = value
    },
    /** @returns {[number, number] | null} */
    read: () => (low > high ? null : [low, high]),
  }
}

/**
 * Both ranges in one: while a day is played its axes grow where they must and never jump back.
 *
 * @param {readonly [number, number] | null} known
 * @param {readonly [number, number]} next
 * @returns {[number, number]}
 */
export function widened(known, next) {
  return known ? [Math.min(known[0], next[0]), Math.max(known[1], next[1])] : [next[0], next[1]]
}

/**
 * The quote nearest to a place on the axis, of all smiles: the one whose bar is nearest to the height as well.
 *
 * @param {readonly DrawnSmile[]} drawn
 * @param {{ x: number, y: number, perX: number, perY: number }} at place, and pixels for one of each axis
 * @returns {{ smile: SmileOfExpiration, quote: QuotePoint } | null}
 */
export function nearestQuote(drawn, { x, y, perX, perY }) {
  let best = null
  let least = Number.POSITIVE_INFINITY
  for (const { smile, quotes } of drawn) {
    for (const quote of quotes) {
      const across = (quote.x - x) * perX
      const [low, high] = [quote.low ?? quote.high ?? 0, quote.high ?? quote.low ?? 0]
      const off = Math.max(0, low - y, y - high) * perY
      const distance = across * across + off * off
      if (distance >= least) continue
      least = distance
      best = { smile, quote }
    }
  }
  return best
}

/**
 * Names from the top down, each moved below those that it would cover.
 *
 * @template {{ readonly x: number, readonly y: number, readonly width: number }} Name
 * @param {readonly Name[]} names
 * @param {{ gap: number, top: number }} room between two names; the highest place
 * @returns {Name[]}
 */
export function spreadNames(names, { gap, top }) {
  /** @type {Name[]} */
  const placed = []
  for (const name of [...names].sort((a, b) => a.y - b.y)) {
    let y = Math.max(name.y, top)
    for (const other of placed) {
      const isBeside = name.x > other.x + other.width || other.x > name.x + name.width
      if (!isBeside && y < other.y + gap) y = other.y + gap
    }
    placed.push({ ...name, y })
  }
  return placed
}

/** Flags that cast doubt on the prices of a quote; others say how it came about. */
export const DOUBTFUL = [
  'crossed',
  'locked',
  'wide',
  'stale',
  'halted',
  'below_intrinsic',
  'iv_outlier',
  'iv_uncertain',
  'partial',
]

/**
 * The masks that are marked in a chart.
 *
 * @param {Readonly<Record<string, readonly string[]>>} flagNames by mask
 * @returns {ReadonlySet<number>}
 */
export function doubtfulMasks(flagNames) {
  return new Set(
    Object.entries(flagNames)
      .filter(([, names]) => names.some((name) => DOUBTFUL.includes(name)))
      .map(([mask]) => Number(mask)),
  )
}
