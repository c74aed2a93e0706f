/**
 * An axis of sessions side by side: nights, weekends and holidays have no width, so that a price has no gaps and a cone no
 * flat parts. A place is a number: 0 is the first opening, 1 the first close and the second opening.
 *
 * @import { PathSession, PricePath } from '../../../../analytics/answers/price-path.ts'
 *
 * @typedef {object} SessionAxis
 * @property {(at: number) => number} place of a time, epoch ms; between sessions that of the close before
 * @property {(place: number) => number | null} time of a place, epoch ms; null outside the sessions
 * @property {number} length sessions
 */

/**
 * @param {readonly PathSession[]} sessions ascending
 * @returns {SessionAxis}
 */
export function createSessionAxis(sessions) {
  const spans = sessions.map(({ open, close }) => [Date.parse(open), Date.parse(close)])
  return {
    length: sessions.length,
    place: (at) => {
      let place = 0
      for (const [open = 0, close = 0] of spans) {
        if (at >= close) place++
        else return at <= open ? place : place + (at - open) / (close - open)
      }
      return place
    },
    time: (place) => {
      const [open, close] = spans[Math.min(Math.floor(place), spans.length - 1)] ?? []
      if (open === undefined || close === undefined || place < 0 || place > spans.length) return null
      return open + (place - Math.min(Math.floor(place), spans.length - 1)) * (close - open)
    },
  }
}

/** From the last close to the end of an expiration of its day: options trade at most some hours longer than their underlying. */
const MOST_AFTER_CLOSE_MS = 6 * 3_600_000

/**
 * Whether a time is on the axis of a path. What is beyond its last session has no place: it would stand at its end.
 *
 * @param {PricePath} path
 * @param {string} time ISO
 */
export function isOnAxis({ sessions }, time) {
  const last = sessions.at(-1)
  return last !== undefined && Date.parse(time) <= Date.parse(last.close) + MOST_AFTER_CLOSE_MS
}

/**
 * A stored price of a path with its place on the axis.
 *
 * @typedef {{ readonly at: number, readonly iso: string, readonly place: number, readonly price: number }} PlacedPrice
 */

/** By path: all slots of a date have the same, and are played 30 times a second. @type {WeakMap<PricePath, { axis: SessionAxis, prices: readonly PlacedPrice[] }>} */
const placed = new WeakMap()

/** @param {PricePath} path */
export function placedPath(path) {
  const known = placed.get(path)
  if (known) return known
  const axis = createSessionAxis(path.sessions)
  const prices = path.slots.flatMap((iso, index) => {
    const [at, price] = [Date.parse(iso), path.prices[index]]
    return price === undefined ? [] : [{ at, iso, place: axis.place(at), price }]
  })
  const made = { axis, prices }
  placed.set(path, made)
  return made
}
