/**
 * What the charts of the harvest show. Pure.
 *
 * @import { HarvestDay, QuoteArrivals } from '../../../views/harvest-answer.ts'
 */
import { count, decimals } from '../../text/number.js'
import { minuteTime } from '../../text/time.js'

/**
 * @typedef {HarvestDay & { readonly symbol: string, readonly date: string, readonly interval_seconds: number,
 *   readonly source: string, readonly limits: Limits }} HarvestAnswer
 * @typedef {QuoteArrivals & { readonly symbol: string, readonly limits: Limits }} ArrivalsAnswer
 * @typedef {{ readonly messages_per_second: number, readonly pacing_window_ms: number, readonly lines: number }} Limits
 */

/** Most bars of the arrivals; seconds are joined where there are more. */
const MAX_BARS = 60

/**
 * Contracts a second that can be requested: a request and its cancel are two messages.
 *
 * @param {Limits} limits
 */
export function mostContractsPerSecond({ messages_per_second, pacing_window_ms }) {
  return (messages_per_second * 1_000) / pacing_window_ms / 2
}

/**
 * The quotes of a slot as bars: contracts a second, in groups of whole seconds.
 *
 * @param {QuoteArrivals} arrivals
 */
export function arrivalBars({ counts, from_second }) {
  const seconds = Math.max(1, Math.ceil(counts.length / MAX_BARS))
  const bars = []
  for (let at = 0; at < counts.length; at += seconds) {
    const group = counts.slice(at, at + seconds)
    bars.push({
      second: from_second + at,
      perSecond: group.reduce((sum, one) => sum + one, 0) / group.length,
    })
  }
  return bars
}

/**
 * @param {ArrivalsAnswer} answer
 */
export function arrivalSummary({ slot, rows, counts, from_second, unquoted, carried, outside, limits }) {
  if (slot === null) return 'no slot is stored at or before this time'
  const quoted = counts.reduce((sum, one) => sum + one, 0)
  const rest = [
    ...(unquoted > 0 ? [`${count(unquoted)} without a quote`] : []),
    ...(carried > 0 ? [`${count(carried)} repeat an earlier quote`] : []),
    ...(outside > 0 ? [`${count(outside)} quoted long before or after`] : []),
  ]
  const head =
    quoted === 0
      ? `${minuteTime(slot)}: none of ${count(rows)} contracts was quoted in the slot`
      : `${minuteTime(slot)}: ${count(quoted)} of ${count(rows)} contracts last quoted in ${counts.length} s from second ${from_second}, ` +
        `at most ${count(Math.max(...counts))} a second; the limit allows about ${decimals(mostContractsPerSecond(limits), 0)} requests a second`
  return [head, ...rest].join('; ')
}

/**
 * Seconds from the beginning of each cycle to its end; null where none ran.
 *
 * @param {HarvestDay} day
 */
export function cycleSeconds({ started_seconds, finished_seconds }) {
  return finished_seconds.map((finished, at) => {
    const started = started_seconds[at] ?? null
    return finished === null || started === null ? null : Math.max(0, finished - started)
  })
}

/**
 * @param {HarvestAnswer} answer
 */
export function harvestSummary(answer) {
  const seconds = cycleSeconds(answer).filter((one) => one !== null)
  if (seconds.length === 0) return `${answer.symbol}: no cycle ran on this day`
  const longest = Math.max(...seconds)
  return (
    `${answer.symbol}: ${count(seconds.length)} cycles, the longest took ${decimals(longest, 0)} s ` +
    `of the ${answer.interval_seconds} s from slot to slot`
  )
}

/**
 * The slots of a day that are not stored whole, the newest first. Slots that follow each other and have the same to say are
 * one line.
 *
 * @param {HarvestDay} day
 */
export function troubles(day) {
  /** @type {{ first: string, time: string, slots: number, key: string, outcome: string, reason: string | null,
   *   detail: string | null, advice: string | null }[]} */
  const runs = []
  let before = ''
  for (const [at, slot] of day.slot.entries()) {
    const [outcome = 'missing', reason = null] = [day.outcome[at], day.reason[at]]
    const [detail = null, advice = null] = [day.detail[at], day.advice[at]]
    const isWhole = outcome === 'stored' && reason === null
    const key = isWhole ? '' : JSON.stringify([outcome, reason, detail])
    const run = runs.at(-1)
    const time = minuteTime(slot)
    if (!isWhole && run && key === before) {
      run.slots++
      run.time = `${run.first} to ${time}`
    } else if (!isWhole) runs.push({ first: time, time, slots: 1, key, outcome, reason, detail, advice })
    before = key
  }
  return runs.reverse()
}
