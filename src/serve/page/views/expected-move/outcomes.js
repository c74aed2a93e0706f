import { isOnAxis, placedPath } from './session-axis.js'

/**
 * What came of the expected move of each expiration.
 *
 * @import { ExpectedMoveAnswer, ExpectedMovesAnswer } from '../../../../analytics/answers/expected-moves.ts'
 * @import { PricePath } from '../../../../analytics/answers/price-path.ts'
 *
 * @typedef {object} Outcome
 * @property {ExpectedMoveAnswer} expiration
 * @property {'over' | 'so far' | 'to come' | 'not stored'} status `not stored`: it is over, and no price of its end is stored
 * @property {number | null} price the last one known by its end, dollars
 * @property {string | null} at time of that price, ISO
 * @property {number | null} move dollars since the slot
 * @property {number | null} deviations the same in expected moves, with its sign
 */

/** Sessions from the last price of an expiration to its end: half an hour, or a night. */
const MOST_SESSIONS_BEFORE_END = 0.1

/**
 * @param {ExpectedMovesAnswer} answer
 * @param {PricePath} path
 * @param {number | null} now epoch ms
 * @returns {Outcome[]}
 */
export function outcomesOf({ slot, price: start, expirations }, path, now) {
  if (slot === null || start === null) return []
  const { axis, prices } = placedPath(path)
  const slotAt = Date.parse(slot)
  return expirations.map((expiration) => {
    const end = Date.parse(expiration.expires_at)
    const last = prices.findLast(({ at }) => at > slotAt && at <= end) ?? null
    const none = { expiration, price: null, at: null, move: null, deviations: null }
    const isOver = now !== null && end <= now
    if (last === null) return { ...none, status: isOver ? 'not stored' : 'to come' }
    const isFar =
      !isOnAxis(path, expiration.expires_at) || axis.place(end) - last.place > MOST_SESSIONS_BEFORE_END
    if (isOver && isFar) return { ...none, status: 'not stored' }
    const move = last.price - start
    return {
      ...{ expiration, status: isOver ? 'over' : 'so far', price: last.price, at: last.iso, move },
      deviations: expiration.move ? move / expiration.move : null,
    }
  })
}

/**
 * @param {readonly Outcome[]} outcomes
 */
export function outcomeSummary(outcomes) {
  const over = outcomes.filter(({ status, deviations }) => status === 'over' && deviations !== null)
  const within = over.filter(({ deviations }) => Math.abs(deviations ?? 0) <= 1).length
  const open = outcomes.filter(({ status }) => status === 'so far' || status === 'to come').length
  const past =
    over.length === 0
      ? ''
      : `Of ${over.length} that are over, ${within} ended within one standard deviation. `
  return `${past}${open === 0 ? '' : `${open} are still open.`}`.trim()
}
