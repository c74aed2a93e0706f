/**
 * Decisions about the slots of a day: which there are, and where a step leads.
 *
 * @import { SlotsAnswer } from '../../api.ts'
 * @import { SessionsAnswer } from '../../sessions-api.ts'
 * @import { DaySlot } from '../view.ts'
 */

/**
 * The slots of a date for one symbol, in order.
 *
 * @param {SlotsAnswer} day
 * @param {string} symbol
 * @returns {DaySlot[]}
 */
export function daySlots(day, symbol) {
  const rows = new Map(
    day.slots.flatMap((row) => (row.symbol === symbol && row.timestamp ? [[row.timestamp, row]] : [])),
  )
  const expected = day.expected.flatMap(({ slot, time, symbols }) =>
    slot === null ? [] : [{ slot, time, isDue: symbols.includes(symbol) }],
  )
  const known = new Set(expected.map(({ slot }) => slot))
  const others = [...rows].flatMap(([slot, { time }]) =>
    known.has(slot) ? [] : [{ slot, time, isDue: true }],
  )
  return [...expected, ...others]
    .sort((a, b) => (a.slot < b.slot ? -1 : 1))
    .map(({ slot, time, isDue }) => {
      const row = rows.get(slot)
      return {
        ...{ slot, time, reason: row?.reason ?? null, rows: row?.rows ?? null },
        outcome: row?.outcome ?? withoutRow(day, slot, isDue),
      }
    })
}

/**
 * @param {SlotsAnswer} day
 * @param {string} slot
 * @param {boolean} isDue
 * @returns {DaySlot['outcome']}
 */
function withoutRow({ at, interval_seconds }, slot, isDue) {
  if (!isDue) return 'closed'
  return Date.parse(slot) + interval_seconds * 1_000 <= Date.parse(at ?? '') ? 'absent' : 'pending'
}

/** Hours named along the slots of a day; a future trades 23 of them. */
const MAX_HOURS = 8

/**
 * The slots of a day whose time is named: whole hours, evenly, as many as there is room for.
 *
 * @param {readonly { readonly time: string }[]} slots
 */
export function namedHours(slots) {
  const hours = slots.flatMap(({ time }, at) => (time.endsWith(':00') ? [{ time, at }] : []))
  const every = Math.ceil(hours.length / MAX_HOURS)
  return hours.filter((_, order) => order % every === 0)
}

/**
 * Whether there is something to look at.
 *
 * @param {DaySlot} slot
 */
export function isStored({ outcome, rows }) {
  return outcome === 'stored' || (outcome === 'partial' && (rows ?? 0) > 0)
}

/**
 * The newest session that had begun at a time (null: of all); before the first, the first; null if there is none.
 *
 * @param {SessionsAnswer['sessions']} sessions newest first
 * @param {string | null} at
 */
export function sessionAt(sessions, at) {
  const begun = at === null ? sessions[0] : sessions.find(({ first_slot }) => first_slot <= at)
  return begun ?? sessions.at(-1) ?? null
}

/**
 * The newest stored slot at or before a time (null: of all); null if there is none.
 *
 * @param {readonly DaySlot[]} slots
 * @param {string | null} at
 * @returns {DaySlot | null}
 */
export function storedAt(slots, at) {
  return slots.findLast((slot) => isStored(slot) && (at === null || slot.slot <= at)) ?? null
}

/**
 * The next stored slot after a time, or the one before it; null at the end of the day.
 *
 * @param {readonly DaySlot[]} slots
 * @param {string | null} at
 * @param {1 | -1} direction
 * @returns {DaySlot | null}
 */
export function neighbour(slots, at, direction) {
  if (at === null) return direction === 1 ? (slots.find(isStored) ?? null) : storedAt(slots, null)
  if (direction === 1) return slots.find((slot) => isStored(slot) && slot.slot > at) ?? null
  return slots.findLast((slot) => isStored(slot) && slot.slot < at) ?? null
}

/**
 * The stored slots after a time, at most `count`: what the player fetches ahead.
 *
 * @param {readonly DaySlot[]} slots
 * @param {string | null} at
 * @param {number} count
 */
export function slotsAfter(slots, at, count) {
  return slots.filter((slot) => isStored(slot) && (at === null || slot.slot > at)).slice(0, count)
}

/**
 * The slot of another day that is nearest in the time of day, so that a change of the day compares like with like.
 *
 * @param {readonly DaySlot[]} slots
 * @param {string | null} time HH:MM; null takes the last
 * @returns {DaySlot | null}
 */
export function storedNear(slots, time) {
  const stored = slots.filter(isStored)
  if (time === null) return stored.at(-1) ?? null
  return stored.findLast((slot) => slot.time <= time) ?? stored[0] ?? null
}
