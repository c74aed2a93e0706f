import { isOnAxis, placedPath } from './session-axis.js'

/**
 * The cone of expected moves and what came of it. Between two expirations total variance grows in proportion to the time that
 * sessions are open; each expiration has exactly its own expected move.
 *
 * @import { ExpectedMoveAnswer, ExpectedMovesAnswer } from '../../../../analytics/answers/expected-moves.ts'
 * @import { PricePath } from '../../../../analytics/answers/price-path.ts'
 *
 * @typedef {'week' | 'month' | 'all'} Horizon
 *
 * @typedef {object} Cone
 * @property {number[]} x places on the axis of sessions
 * @property {Record<'price' | 'later' | 'high' | 'low' | 'high2' | 'low2', (number | null)[]>} columns dollars
 * @property {number} at place of the slot
 * @property {[number, number]} xRange
 */

/** Calendar days from the slot to the last expiration that is drawn. */
const HORIZON_DAYS = { week: 8, month: 35, all: 400 }
/** Points of the cone where no price is known yet. */
const POINTS = 60

export const HORIZONS = /** @type {const} */ ([
  { value: 'month', text: 'a month' },
  { value: 'week', text: 'a week' },
  { value: 'all', text: 'three months' },
])

/**
 * The expirations with an expected move up to a horizon; the nearest one whatever it is.
 *
 * @param {readonly ExpectedMoveAnswer[]} expirations
 * @param {Horizon} horizon
 */
export function expirationsWithin(expirations, horizon) {
  const known = expirations.filter(({ move }) => move !== null)
  const within = known.filter(({ days }) => days <= HORIZON_DAYS[horizon])
  return within.length > 0 ? within : known.slice(0, 1)
}

/**
 * @param {ExpectedMovesAnswer} answer
 * @param {PricePath} path
 * @param {Horizon} horizon
 * @returns {Cone | null} null without a slot, its price, or an expected move
 */
export function coneOf({ slot, price, expirations }, path, horizon) {
  if (slot === null || price === null) return null
  const { axis, prices } = placedPath(path)
  const slotAt = Date.parse(slot)
  const at = axis.place(slotAt)
  const reached = expirations.filter(({ expires_at }) => isOnAxis(path, expires_at))
  const ends = variances(expirationsWithin(reached, horizon), axis).filter(({ place }) => place > at)
  const last = ends.at(-1)
  if (!last) return null
  const drawn = prices.filter(({ place }) => place <= last.place)
  const known = Math.max(at, drawn.at(-1)?.place ?? at)
  const rest = Array.from(
    { length: POINTS },
    (_, step) => known + ((step + 1) / POINTS) * (last.place - known),
  )
  const x = distinct([at, ...drawn.map(({ place }) => place), ...ends.map(({ place }) => place), ...rest])
  const byPlace = new Map(drawn.map((one) => [one.place, one]))
  const move = moveAt(at, ends)
  const side = (/** @type {number} */ deviations) =>
    x.map((place) => (place < at ? null : price + deviations * move(place)))
  return {
    ...{ x, at, xRange: [Math.floor(at), last.place] },
    columns: {
      price: x.map((place) =>
        place > at ? null : (byPlace.get(place)?.price ?? (place === at ? price : null)),
      ),
      later: x.map((place) => {
        if (place === at) return price
        const found = byPlace.get(place)
        return found && found.at > slotAt ? found.price : null
      }),
      ...{ high: side(1), low: side(-1), high2: side(2), low2: side(-2) },
    },
  }
}

/**
 * Total variance in dollars squared at each expiration, by place; of two at one place (settled at the opening and the close) the
 * larger.
 *
 * @param {readonly ExpectedMoveAnswer[]} expirations
 * @param {{ place: (at: number) => number }} axis
 */
function variances(expirations, axis) {
  /** @type {Map<number, number>} */
  const byPlace = new Map()
  for (const { expires_at, move } of expirations) {
    const place = axis.place(Date.parse(expires_at))
    byPlace.set(place, Math.max(byPlace.get(place) ?? 0, (move ?? 0) ** 2))
  }
  return [...byPlace].sort(([a], [b]) => a - b).map(([place, variance]) => ({ place, variance }))
}

/**
 * @param {number} at
 * @param {readonly { place: number, variance: number }[]} ends
 */
function moveAt(at, ends) {
  const all = [{ place: at, variance: 0 }, ...ends]
  return (/** @type {number} */ place) => {
    const next = all.findIndex((one) => one.place >= place)
    const [low, high] = [all[Math.max(0, next - 1)], all[next]]
    if (!low || !high) return Math.sqrt(ends.at(-1)?.variance ?? 0)
    const share = high.place === low.place ? 1 : (place - low.place) / (high.place - low.place)
    return Math.sqrt(low.variance + share * (high.variance - low.variance))
  }
}

/** @param {readonly number[]} values */
function distinct(values) {
  return [...new Set(values)].sort((a, b) => a - b)
}
