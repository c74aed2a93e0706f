/** What is said of the lake. Pure. */
import { count, short } from '../../text/number.js'
import { dayName } from '../../text/time.js'

/**
 * @typedef {object} LakeAnswer
 * @property {string} source
 * @property {string} at
 * @property {readonly { name: string, version: number | null, rows: number, files: number, unreadable: number, bytes: number }[]} tables
 * @property {{ date: readonly string[], rows: readonly number[], files: readonly number[], bytes: readonly number[] }} days
 * @property {{ symbols: readonly { symbol: string, basis: string, days: number, bytes_per_day: number }[],
 *   bytes_per_day: number | null, bytes_per_year: number | null, free_bytes: number,
 *   sessions_until_full: number | null, reason: string | null }} growth
 */

/** @param {readonly number[]} values */
export function runningTotal(values) {
  let sum = 0
  return values.map((value) => {
    sum += value
    return sum
  })
}

/** @param {Pick<LakeAnswer, 'days' | 'growth'>} answer */
export function growthSummary({ days, growth }) {
  const last = days.date.at(-1) ?? ''
  const first = days.date[0] ?? last
  const total = days.bytes.reduce((sum, size) => sum + size, 0)
  const rate =
    growth.bytes_per_day === null
      ? (growth.reason ?? '')
      : `${short(growth.bytes_per_day, 'B')} a session, ${short(growth.bytes_per_year, 'B')} a year`
  return `${count(days.date.length)} days from ${dayName(first, last)} to ${dayName(last)}, ${short(total, 'B')} of options; all tables: ${rate}`
}
