import { isoOf, withOffset } from '../text/time.js'

/**
 * What the address says: `#/smile/SPY?at=2026-11-20T10:05:00-05:00&axis=delta`.
 *
 * @typedef {object} Route
 * @property {string} view
 * @property {string} symbol
 * @property {string | null} at ISO time in UTC; null follows the newest slot
 * @property {Readonly<Record<string, string>>} options the view's own
 */

/** Longer names and values are left out: addresses are written by anybody. */
const MAX_TEXT = 200
const MAX_OPTIONS = 20

/**
 * Reads an address. What it does not say, or says wrongly, comes from `known`.
 *
 * @param {string} hash
 * @param {{ views: readonly string[], symbols: readonly string[] }} known the first of each is the default
 * @returns {Route}
 */
export function parseRoute(hash, { views, symbols }) {
  const { view, symbol, query } = partsOf(hash)
  /** @type {Record<string, string>} */
  const options = {}
  let at = null
  for (const [name, value] of query) {
    if (name === 'at') at = timeOf(value)
    else if (isOption(name, value) && Object.keys(options).length < MAX_OPTIONS) options[name] = value
  }
  return {
    view: views.includes(view) ? view : (views[0] ?? ''),
    symbol: symbols.includes(symbol) ? symbol : (symbols[0] ?? ''),
    at,
    options,
  }
}

/**
 * What an address says wrongly, in one line; '' if nothing.
 *
 * @param {string} hash
 * @param {{ views: readonly string[], symbols: readonly string[] }} known
 */
export function routeFaults(hash, { views, symbols }) {
  const { view, symbol, query } = partsOf(hash)
  const at = query.get('at')
  const faults = [
    ...(view === '' || views.includes(view) ? [] : [`no view is called ${short(view)}`]),
    ...(symbol === '' || symbols.includes(symbol) ? [] : [`${short(symbol)} is not collected`]),
    ...(at === null || timeOf(at) !== null ? [] : [`${short(at)} is not a time with its offset`]),
  ]
  return faults.length === 0 ? '' : `The address was not understood: ${faults.join('; ')}.`
}

/** @param {string} hash */
function partsOf(hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', symbol = ''] = path.split('/').map(decoded)
  return { view, symbol, query: new URLSearchParams(query) }
}

/** @param {string} text a plus sign of an address is read as a space */
function timeOf(text) {
  return isoOf(text.replace(' ', '+'))
}

/** @param {string} text */
function short(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/** @param {Route} route */
export function formatRoute({ view, symbol, at, options }) {
  const query = Object.entries(options)
    .filter(([name, value]) => isOption(name, value))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  if (at !== null) query.unshift(`at=${withOffset(at)}`)
  const path = [view, symbol].filter((part) => part !== '').map(encodeURIComponent)
  return `#/${path.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

/**
 * @param {string} name
 * @param {string} value
 */
function isOption(name, value) {
  return /^[a-z][a-zA-Z]{0,29}$/.test(name) && name !== 'at' && value.length <= MAX_TEXT
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
