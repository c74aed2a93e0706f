/**
 * The settings of the view "Term structure" in the address, and the paths that follow from them. Pure.
 *
 * @import { ViewState } from '../../view.ts'
 * @import { Against } from '../smile/smile-options.js'
 */
import { againstOf } from '../smile/smile-options.js'

/** Points of the grid that can be looked at, and their names. */
export const POINTS = /** @type {const} */ ([
  ['atm', 'At the money'],
  ['put_25d', '25-delta put'],
  ['call_25d', '25-delta call'],
  ['skew_25d', '25-delta put less call'],
  ['put_10d', '10-delta put'],
  ['call_10d', '10-delta call'],
  ['0.90', '90 % of the forward'],
  ['0.95', '95 % of the forward'],
  ['1.05', '105 % of the forward'],
  ['1.10', '110 % of the forward'],
])

/** Calendar days of the history, and their names. */
export const SPANS = /** @type {const} */ ([
  ['31', 'Month'],
  ['92', 'Quarter'],
  ['365', 'Year'],
])

/**
 * What is not legal is as if it were not there.
 *
 * @param {Readonly<Record<string, string>>} options
 * @returns {{ point: string, days: string, against: Against }}
 */
export function termOptions({ point, days, vs }) {
  return {
    point: POINTS.find(([name]) => name === point)?.[0] ?? 'atm',
    days: SPANS.find(([name]) => name === days)?.[0] ?? '92',
    against: againstOf(vs),
  }
}

/**
 * The paths of a state: the term structure of the slot, and the history of its date, which all slots of the date share.
 * Null while nothing is stored.
 *
 * @param {ViewState} state
 */
export function termPaths({ symbol, at, date, options }) {
  if (at === null || date === null) return null
  const { point, days, against } = termOptions(options)
  const name = encodeURIComponent(symbol)
  const compared = against === 'none' ? '' : `&against=${against}`
  return {
    term: `/api/views/term/${name}?at=${encodeURIComponent(at)}${compared}`,
    tenors: `/api/views/tenors/${name}?date=${date}&days=${days}&point=${point}`,
  }
}
