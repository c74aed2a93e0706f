/**
 * The settings of the view "Smile" in the address, and the paths that follow from them. Pure.
 *
 * @import { ViewState } from '../../view.ts'
 *
 * @typedef {'strike' | 'delta' | 'k'} SmileAxis
 * @typedef {'close' | 'same_time' | 'none'} Against
 *
 * @typedef {object} SmileOptions
 * @property {readonly string[]} expirations as `20261218` or `20261218-SPXW`; none: the usual ones
 * @property {SmileAxis} axis
 * @property {'otm' | 'all'} quotes
 * @property {Against} against
 */

/** As many as the server compares. */
export const MOST_SMILES = 5

const EXPIRATION = /^\d{8}(-[A-Z0-9.]{1,12})?$/

/**
 * What is not legal is as if it were not there.
 *
 * @param {Readonly<Record<string, string>>} options
 * @returns {SmileOptions}
 */
export function smileOptions({ exp = '', axis, quotes, vs }) {
  const expirations = [...new Set(exp.split(','))].filter((name) => EXPIRATION.test(name))
  return {
    expirations: expirations.slice(0, MOST_SMILES),
    axis: axis === 'delta' || axis === 'k' ? axis : 'strike',
    quotes: quotes === 'all' ? 'all' : 'otm',
    against: againstOf(vs),
  }
}

/**
 * @param {string | undefined} text
 * @returns {Against}
 */
export function againstOf(text) {
  return text === 'none' || text === 'same_time' ? text : 'close'
}

/**
 * The path of the smiles of a state; null while nothing is stored.
 *
 * @param {ViewState} state
 */
export function smilePath({ symbol, at, options }) {
  if (at === null) return null
  const { expirations, quotes, against } = smileOptions(options)
  const asked = [
    `at=${encodeURIComponent(at)}`,
    ...(expirations.length > 0 ? [`expiry=${expirations.join(',')}`] : []),
    ...(quotes === 'all' ? ['quotes=all'] : []),
    ...(against === 'none' ? [] : [`against=${against}`]),
  ]
  return `/api/views/smile/${encodeURIComponent(symbol)}?${asked.join('&')}`
}

/**
 * @param {{ readonly expiry: string, readonly trading_class: string }} expiration
 * @param {boolean} isClassNamed whether the class is needed to tell it from another one of the day
 */
export function expirationName({ expiry, trading_class }, isClassNamed) {
  return isClassNamed && trading_class !== '' ? `${expiry}-${trading_class}` : expiry
}

/**
 * The expirations of a slot with their names, in the order of the answer. A class is named where a day has two.
 *
 * @template {{ readonly expiry: string, readonly trading_class: string }} One
 * @param {readonly One[]} listed
 * @returns {readonly { name: string, one: One, isClassNamed: boolean }[]}
 */
export function namedExpirations(listed) {
  const counts = new Map()
  for (const { expiry } of listed) counts.set(expiry, (counts.get(expiry) ?? 0) + 1)
  return listed.map((one) => {
    const isClassNamed = (counts.get(one.expiry) ?? 0) > 1
    return { one, isClassNamed, name: expirationName(one, isClassNamed) }
  })
}

/**
 * What the address says after an expiration was switched: `chosen` less it, or with it; at most five. Null: the usual ones.
 *
 * @param {readonly string[]} chosen
 * @param {string} name
 */
export function switched(chosen, name) {
  const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]
  return next.length === 0 ? null : next.slice(0, MOST_SMILES).sort().join(',')
}
