/**
 * The columns of the charts of the view "Term structure". Pure.
 *
 * @import { TermBody, TenorsBody } from '../../../views/smile-api.ts'
 * @import { LineData } from '../../charts/line-chart.js'
 */
import { dateX } from '../../charts/scale.js'

/** @typedef {(number | null)[]} Column */

/**
 * The term structure over days from the slot. Yesterday's volatility of an expiration stands at its place of today. A forward
 * volatility holds from the expiration before to its own.
 *
 * @param {Pick<TermBody, 'expirations' | 'before'>} answer
 */
export function termColumns({ expirations, before }) {
  const { days, expiry, trading_class, atm_iv, atm_iv_error, put_25d, call_25d, forward_iv } = expirations
  const earlier = earlierVolatility(before)
  const withError = (/** @type {1 | -1} */ sign) =>
    atm_iv.map((iv, at) => {
      const error = atm_iv_error[at] ?? null
      return iv === null || error === null ? null : iv + sign * error
    })
  const last = days.length - 1
  return {
    x: days,
    columns: {
      ...{ atm: atm_iv, atm_low: withError(-1), atm_high: withError(1), put_25d, call_25d },
      before: expiry.map((own, at) => earlier.get(`${own} ${trading_class[at]}`) ?? null),
      forward_iv: days.map((_, at) => forward_iv[at + 1] ?? (at === last ? (forward_iv[at] ?? null) : null)),
    },
  }
}

/**
 * At the money in the earlier slot, by expiry and class.
 *
 * @param {TermBody['before']} before
 * @returns {ReadonlyMap<string, number | null>}
 */
export function earlierVolatility(before) {
  if (before === null) return new Map()
  const { expiry, trading_class, atm_iv } = before.expirations
  return new Map(expiry.map((own, at) => [`${own} ${trading_class[at]}`, atm_iv[at] ?? null]))
}

/**
 * The least and the greatest of some columns; null if all are empty.
 *
 * @param {Readonly<Record<string, readonly (number | null)[] | undefined>>} columns
 * @returns {[number, number] | null}
 */
export function extent(columns) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of Object.values(columns).flat()) {
    if (value == null) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return null
  const room = Math.max((high - low) * 0.06, 0.001)
  return [low - room, high + room]
}

/**
 * The place in the answer's slots of the newest one at or before a time; −1 if there is none.
 *
 * @param {TenorsBody['slots']} slots
 * @param {string} at
 */
export function slotPlace({ slot }, at) {
  const time = Date.parse(at)
  return slot.findLastIndex((one) => Date.parse(one) <= time)
}

/** The key of a tenor's line. @param {number} days */
export function tenorKey(days) {
  return `t${days}`
}

/**
 * One value a session, and the slot that is looked at in the place of its date.
 *
 * @param {TenorsBody} answer
 * @param {number} place of the slot; −1: none
 * @returns {Pick<LineData, 'x' | 'columns'>}
 */
export function historyColumns({ date, sessions, slots, tenor_days }, place) {
  return {
    x: [...sessions.date, date].map(dateX),
    columns: Object.fromEntries(
      tenor_days.map((days, at) => [
        tenorKey(days),
        [...(sessions.iv[at] ?? []), place < 0 ? null : (slots.iv[at]?.[place] ?? null)],
      ]),
    ),
  }
}

/**
 * One value a slot of the date.
 *
 * @param {TenorsBody} answer
 * @returns {Pick<LineData, 'x' | 'columns'>}
 */
export function dayColumns({ slots, tenor_days }) {
  return {
    x: slots.slot.map((slot) => Date.parse(slot)),
    columns: Object.fromEntries(tenor_days.map((days, at) => [tenorKey(days), slots.iv[at] ?? []])),
  }
}

/**
 * From the first slot of a day to its last, epoch ms, so that the axis is that of the whole day; null without two.
 *
 * @param {readonly { readonly slot: string, readonly outcome: string }[]} slots
 * @returns {[number, number] | null}
 */
export function dayRange(slots) {
  const own = slots.filter(({ outcome }) => outcome !== 'closed')
  const [first, last] = [own[0], own.at(-1)]
  return first && last && first !== last ? [Date.parse(first.slot), Date.parse(last.slot)] : null
}
