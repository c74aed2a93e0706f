/** Decisions about axes: pure, so that they can be tested without a browser. */

/**
 * A range with a margin that holds all values; null if there is none to hold.
 *
 * @param {Iterable<number | null | undefined>} values
 * @param {{ margin?: number, zero?: boolean }} [options] margin as a fraction of the span; `zero`: holds 0 as well
 * @returns {[number, number] | null}
 */
export function rangeOf(values, { margin = 0.05, zero = false } = {}) {
  let low = zero ? 0 : Number.POSITIVE_INFINITY
  let high = zero ? 0 : Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null || value === undefined || !Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return null
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1
    return [low - room, high + room]
  }
  const room = (high - low) * margin
  return [zero && low === 0 ? 0 : low - room, zero && high === 0 ? 0 : high + room]
}

/**
 * Round ticks inside a range: steps of 1, 2, 2.5 or 5 of a power of ten.
 *
 * @param {readonly [number, number]} range
 * @param {number} most
 * @returns {number[]}
 */
export function ticks([low, high], most) {
  const span = high - low
  if (!(span > 0) || most < 1) return []
  const rough = span / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const made = []
  for (let at = Math.ceil(low / step); at * step <= high + step * 1e-9; at++)
    made.push(Number((at * step).toPrecision(12)))
  return made
}

/**
 * Where a value of one range lies in another.
 *
 * @param {readonly [number, number]} from
 * @param {readonly [number, number]} to
 */
export function linear([low, high], [start, end]) {
  const factor = high === low ? 0 : (end - start) / (high - low)
  return (/** @type {number} */ value) => start + (value - low) * factor
}

/**
 * The x of a date on an axis of dates.
 *
 * @param {string} date YYYY-MM-DD
 */
export function dateX(date) {
  return Date.parse(`${date}T12:00:00Z`)
}

/**
 * The places of values whose neighbours are absent.
 *
 * @param {ArrayLike<number | null | undefined>} values
 */
export function aloneIn(values) {
  const alone = []
  for (let at = 0; at < values.length; at++) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) alone.push(at)
  }
  return alone
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const MINUTES = [5, 15, 30, 60, 120, 240, 720, 1_440]
const DAYS = [1, 2, 7, 14]
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120]

/**
 * Round times of the day in a range of epoch ms. Whole hours of New York are whole hours everywhere.
 *
 * @param {readonly [number, number]} range
 * @param {number} most
 */
export function timeTicks([low, high], most) {
  const minutes = MINUTES.find((size) => (high - low) / (size * MINUTE_MS) <= most) ?? 1_440
  return evenly([low, high], minutes * MINUTE_MS, 0)
}

/**
 * Dates in a range of noons (`dateX`): days, or first days of months where they are too many.
 *
 * @param {readonly [number, number]} range
 * @param {number} most
 */
export function dateTicks([low, high], most) {
  const days = DAYS.find((size) => (high - low) / (size * DAY_MS) <= most)
  if (days !== undefined) return evenly([low, high], days * DAY_MS, DAY_MS / 2)
  const months = MONTHS.find((size) => (high - low) / (size * 30.4 * DAY_MS) <= most) ?? 120
  const first = new Date(low)
  const made = []
  for (let month = first.getUTCFullYear() * 12 + first.getUTCMonth(); ; month++) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1, 12)
    if (at > high) return made
    if (month % months === 0 && at >= low) made.push(at)
  }
}

/**
 * @param {readonly [number, number]} range
 * @param {number} step
 * @param {number} start
 */
function evenly([low, high], step, start) {
  const made = []
  for (let at = Math.ceil((low - start) / step) * step + start; at <= high; at += step) made.push(at)
  return made
}
