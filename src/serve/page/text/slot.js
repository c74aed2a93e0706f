import { dayName, minuteTime, newYorkDay } from './time.js'

/**
 * `Thu 19 Nov 15:55`.
 *
 * @param {string} slot ISO time
 */
export function slotName(slot) {
  return `${dayName(newYorkDay(slot))} ${minuteTime(slot)}`
}

/**
 * What to say where an answer is of an earlier slot than the one looked at: one line, or none.
 *
 * @param {string | null} slot of the answer, ISO time
 * @param {string | null} at the slot looked at, ISO time
 * @returns {string[]}
 */
export function earlierSlotLines(slot, at) {
  const isEarlier = slot !== null && at !== null && Date.parse(slot) !== Date.parse(at)
  return isEarlier ? [`The slot has no options; these are of ${slotName(slot)}.`] : []
}
