/**
 * Decisions of the view "status": what is wrong, how much of the day is there, whose data, how fast.
 *
 * @import { HealthAnswer, SlotsAnswer } from '../../../api.ts'
 * @import { StatusAnswer } from '../../../views/status-api.ts'
 * @import { DaySlot } from '../../view.ts'
 *
 * @typedef {HealthAnswer['checks'][number]} Check
 * @typedef {SlotsAnswer['slots'][number]} LedgerEntry
 */

const ORDER = { fail: 0, warn: 1, ok: 2 }

/**
 * The checks, the worst first.
 *
 * @param {readonly Check[]} checks
 */
export function worstFirst(checks) {
  return [...checks].sort((a, b) => ORDER[a.status] - ORDER[b.status])
}

/**
 * Counts of the slots whose time has come. Absent are those of the missing that the ledger does not name.
 *
 * @param {readonly DaySlot[]} slots
 */
export function coverageOf(slots) {
  const count = (/** @type {DaySlot['outcome']} */ wanted) =>
    slots.filter(({ outcome }) => outcome === wanted).length
  const [stored, partial] = [count('stored'), count('partial')]
  const absent = count('absent')
  const missing = count('missing') + absent
  return { due: stored + partial + missing, stored, partial, missing, absent }
}

/**
 * What kind of data the newest entries have, in one word and in a sentence. Simulated data are never called anything
 * else.
 *
 * @param {StatusAnswer['origin']} origin
 * @param {readonly Pick<LedgerEntry, 'live_rows' | 'frozen_rows' | 'delayed_rows'>[]} entries of one slot
 * @returns {{ word: string, text: string, state: 'ok' | 'warn' | null }}
 */
export function dataKind(origin, entries) {
  const sum = (/** @type {'live_rows' | 'frozen_rows' | 'delayed_rows'} */ name) =>
    entries.reduce((all, entry) => all + (entry[name] ?? 0), 0)
  if (origin === 'simulated') {
    return { word: 'Simulated', text: 'no number here is a real market’s', state: 'warn' }
  }
  const [live, frozen, delayed] = [sum('live_rows'), sum('frozen_rows'), sum('delayed_rows')]
  const all = live + frozen + delayed
  if (all === 0) return { word: 'Unknown', text: 'no slot says what kind of data it has', state: null }
  if (live === all) return { word: 'Live', text: 'all rows of the slot', state: 'ok' }
  const share = (/** @type {number} */ part) => `${((100 * part) / all).toFixed(0)} %`
  const parts = /** @type {const} */ ([
    [live, 'live'],
    [delayed, 'delayed'],
    [frozen, 'frozen'],
  ]).flatMap(([part, name]) => (part > 0 ? [`${share(part)} ${name}`] : []))
  const word = delayed === all ? 'Delayed' : frozen === all ? 'Frozen' : 'Mixed'
  return { word, text: parts.join(', '), state: 'warn' }
}

/**
 * Contracts a second of a slot's whole cycle, all symbols together; null where no cycle ran.
 *
 * @param {readonly Pick<LedgerEntry, 'requested' | 'started_at' | 'finished_at'>[]} entries of one slot
 */
export function cycleRate(entries) {
  const ran = entries.filter(({ started_at, finished_at }) => started_at !== null && finished_at !== null)
  if (ran.length === 0) return null
  const began = Math.min(...ran.map(({ started_at }) => Date.parse(started_at ?? '')))
  const ended = Math.max(...ran.map(({ finished_at }) => Date.parse(finished_at ?? '')))
  const contracts = ran.reduce((all, { requested }) => all + requested, 0)
  return ended > began
    ? { contracts, seconds: (ended - began) / 1_000, perSecond: contracts / ((ended - began) / 1_000) }
    : null
}

/**
 * The entries of the newest slot that has any with rows, at or before a time.
 *
 * @param {readonly LedgerEntry[]} entries in order
 * @param {string | null} at
 */
export function entriesAt(entries, at) {
  const newest = entries.findLast(
    ({ rows, timestamp }) => rows > 0 && (at === null || (timestamp ?? '') <= at),
  )
  return newest ? entries.filter(({ timestamp }) => timestamp === newest.timestamp) : []
}
