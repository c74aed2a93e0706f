/**
 * What of a chain is shown, and how. Pure.
 *
 * @import { ChainSide, ChainTable } from '../../../views/chain-table.ts'
 * @import { Provenance } from '../../charts/provenance.js'
 */
import { ABSENT, count, decimals } from '../../text/number.js'
import { slotName } from '../../text/slot.js'
import { dayName } from '../../text/time.js'

/** @typedef {Exclude<keyof ChainSide, 'has_row' | 'carried_from' | 'greeks_source' | 'data_type' | 'con_id' | 'flags' | 'underlying_price'>} ShownColumn */

/**
 * @typedef {object} ChainColumn
 * @property {ShownColumn} key
 * @property {string} title
 * @property {'quote' | 'greek' | 'day'} kind where its values come from
 * @property {(value: number) => string} format
 */

const price = (/** @type {number} */ value) => decimals(value, 2)
const whole = (/** @type {number} */ value) => count(value)

/** From the outside to the strike, as the calls stand; puts are mirrored. @type {Readonly<Record<ShownColumn, ChainColumn>>} */
const COLUMNS = {
  open_interest: { key: 'open_interest', title: 'OI', kind: 'day', format: whole },
  volume: { key: 'volume', title: 'volume', kind: 'day', format: whole },
  last: { key: 'last', title: 'last', kind: 'day', format: price },
  gamma: { key: 'gamma', title: 'gamma', kind: 'greek', format: (value) => decimals(value, 4) },
  theta: { key: 'theta', title: 'theta', kind: 'greek', format: (value) => decimals(value, 3) },
  vega: { key: 'vega', title: 'vega', kind: 'greek', format: (value) => decimals(value, 3) },
  delta: { key: 'delta', title: 'delta', kind: 'greek', format: (value) => decimals(value, 3) },
  iv: { key: 'iv', title: 'iv %', kind: 'greek', format: (value) => decimals(100 * value, 2) },
  quoted_seconds: {
    key: 'quoted_seconds',
    title: 'after s',
    kind: 'quote',
    format: (value) => decimals(value, 1),
  },
  bid_size: { key: 'bid_size', title: 'bid size', kind: 'quote', format: whole },
  ask_size: { key: 'ask_size', title: 'ask size', kind: 'quote', format: whole },
  bid: { key: 'bid', title: 'bid', kind: 'quote', format: price },
  ask: { key: 'ask', title: 'ask', kind: 'quote', format: price },
}

/** @type {Readonly<Record<string, readonly ShownColumn[]>>} */
const COLUMN_SETS = {
  quotes: ['open_interest', 'volume', 'delta', 'iv', 'bid', 'ask'],
  greeks: ['vega', 'theta', 'gamma', 'delta', 'iv', 'bid', 'ask'],
  all: /** @type {ShownColumn[]} */ (Object.keys(COLUMNS)),
}

/** The settings of the view, with what they may be; the first is the default. */
export const SETTINGS = /** @type {const} */ ({
  columns: [
    ['quotes', 'Quotes'],
    ['greeks', 'Greeks'],
    ['all', 'All columns'],
  ],
  strikes: [
    ['12', '12 strikes each way'],
    ['25', '25 strikes each way'],
    ['all', 'All strikes'],
  ],
  sides: [
    ['both', 'Calls and puts'],
    ['otm', 'Out of the money'],
    ['calls', 'Calls'],
    ['puts', 'Puts'],
  ],
  rows: [
    ['all', 'All contracts'],
    ['quoted', 'With a bid'],
    ['traded', 'Traded today'],
    ['held', 'With open interest'],
  ],
})

/** @typedef {{ readonly [Name in keyof typeof SETTINGS]: string }} ChainSettings */

/**
 * The settings that an address has; anything else is the default.
 *
 * @param {Readonly<Record<string, string>>} options
 * @returns {ChainSettings}
 */
export function settingsOf(options) {
  const of = (/** @type {keyof typeof SETTINGS} */ name) => {
    const legal = SETTINGS[name].map(([value]) => value)
    return legal.find((value) => value === options[name]) ?? /** @type {string} */ (legal[0])
  }
  return { columns: of('columns'), strikes: of('strikes'), sides: of('sides'), rows: of('rows') }
}

/**
 * The columns of calls and of puts, from left to right; of a side that is not shown none.
 *
 * @param {ChainSettings} settings
 * @returns {{ calls: ChainColumn[], puts: ChainColumn[] }}
 */
export function columnsOf({ columns, sides }) {
  const chosen = (COLUMN_SETS[columns] ?? []).map((key) => COLUMNS[key])
  const mirrored = [...chosen].reverse()
  // Bid stands before ask on both sides, and so do their sizes.
  const puts = inOrder(inOrder(mirrored, 'bid', 'ask'), 'bid_size', 'ask_size')
  return { calls: sides === 'puts' ? [] : chosen, puts: sides === 'calls' ? [] : puts }
}

/**
 * @param {ChainColumn[]} columns
 * @param {ShownColumn} first
 * @param {ShownColumn} second
 */
function inOrder(columns, first, second) {
  const [one, other] = [first, second].map((key) => columns.findIndex((column) => column.key === key))
  if (one === undefined || other === undefined || one < other || other < 0) return columns
  return columns.map((column, at) => (at === one ? COLUMNS[second] : at === other ? COLUMNS[first] : column))
}

/**
 * The strikes that are shown, as indexes, in order.
 *
 * @param {ChainTable} table
 * @param {ChainSettings} settings
 */
export function strikesShown(table, { strikes, sides, rows }) {
  const { strike, at_the_money: atTheMoney } = table
  const middle = atTheMoney ?? Math.floor(strike.length / 2)
  const most = strikes === 'all' ? strike.length : Number(strikes)
  return strike.flatMap((_, at) => {
    if (Math.abs(at - middle) > most) return []
    const call = sides !== 'puts' && isShown(table, 'calls', at, { sides, rows })
    const put = sides !== 'calls' && isShown(table, 'puts', at, { sides, rows })
    return call || put ? [at] : []
  })
}

/**
 * Whether a contract passes the filters.
 *
 * @param {ChainTable} table
 * @param {'calls' | 'puts'} side
 * @param {number} at
 * @param {Pick<ChainSettings, 'sides' | 'rows'>} settings
 */
export function isShown(table, side, at, { sides, rows }) {
  const own = table[side]
  if (!own.has_row[at]) return rows === 'all' && sides !== 'otm'
  if (sides === 'otm' && isInTheMoney(table, side, at)) return false
  switch (rows) {
    case 'quoted':
      return (own.bid[at] ?? 0) > 0
    case 'traded':
      return (own.volume[at] ?? 0) > 0
    case 'held':
      return (own.open_interest[at] ?? 0) > 0
    default:
      return true
  }
}

/**
 * @param {ChainTable} table
 * @param {'calls' | 'puts'} side
 * @param {number} at
 */
export function isInTheMoney({ strike, underlying_price: price }, side, at) {
  const level = strike[at]
  if (price === null || level === undefined) return false
  return side === 'calls' ? level < price : level > price
}

/**
 * The text of one number; "–" where there is none.
 *
 * @param {ChainSide} side
 * @param {ChainColumn} column
 * @param {number} at
 */
export function cellText(side, { key, format }, at) {
  const value = side[key][at]
  return value === null || value === undefined ? ABSENT : format(value)
}

/** Flags that say why a value is absent, by column. */
const WHY_ABSENT = /** @type {Readonly<Record<string, string>>} */ ({
  bid: 'no bid',
  bid_size: 'no bid',
  ask: 'no ask',
  ask_size: 'no ask',
  iv: 'no volatility: neither the gateway nor the quote gives one',
  open_interest: 'not known yet today',
  volume: 'the gateway did not say',
  last: 'no trade today',
  quoted_seconds: 'neither bid nor ask spoke',
})

/**
 * Where a number comes from.
 *
 * @param {ChainTable} table
 * @param {'calls' | 'puts'} name
 * @param {ChainColumn} column
 * @param {number} at
 * @returns {Provenance}
 */
export function provenanceOf(table, name, { key, kind }, at) {
  const side = table[name]
  const { slot } = table
  if (!side.has_row[at]) return { slot, reason: 'no row: not asked for, or it never answered' }
  const mask = side.flags[at] ?? 0
  const flags = table.flags.find((one) => one.mask === mask)?.names ?? []
  const seconds = side.quoted_seconds[at]
  const quotedAt =
    slot === null || seconds == null ? null : new Date(Date.parse(slot) + 1_000 * seconds).toISOString()
  const isAbsent = side[key][at] === null
  return {
    slot,
    ...(isAbsent && { reason: WHY_ABSENT[key] ?? 'no greeks without a volatility' }),
    ...(kind !== 'day' && { as_of: quotedAt }),
    source: kind === 'greek' ? greeksSource(side.greeks_source[at] ?? null) : (side.data_type[at] ?? null),
    flags: flags.join(', '),
    ...(side.carried_from[at] != null && {
      note: `repeats the quote of ${slotName(side.carried_from[at] ?? '')}`,
    }),
  }
}

/** @param {string | null} source as stored */
function greeksSource(source) {
  if (source === 'ib_model') return "the gateway's model"
  return source === 'own' ? 'solved from the quote' : source
}

/**
 * The rows that are shown as CSV: the stored values, one line a strike.
 *
 * @param {ChainTable} table
 * @param {ChainSettings} settings
 */
export function csvOf(table, settings) {
  const columns = columnsOf(settings)
  const sides = /** @type {const} */ (['calls', 'puts'])
  const named = sides.flatMap((side) =>
    columns[side].map((column) => ({ side, column, name: `${side.slice(0, -1)}_${column.key}` })),
  )
  const head = ['symbol', 'slot', 'expiry', 'trading_class', 'underlying_price', 'strike']
  const { symbol, slot, chosen, underlying_price: underlying } = table
  const lines = strikesShown(table, settings).map((at) => {
    const values = named.map(({ side, column }) =>
      isShown(table, side, at, settings) ? (table[side][column.key][at] ?? '') : '',
    )
    return [
      ...[symbol, slot ?? '', chosen?.expiry ?? '', chosen?.trading_class ?? '', underlying ?? ''],
      ...[table.strike[at] ?? '', ...values],
    ]
  })
  return [[...head, ...named.map(({ name }) => name)], ...lines]
    .map((line) => `${line.map(csvValue).join(',')}\r\n`)
    .join('')
}

/** @param {string | number} value */
function csvValue(value) {
  if (typeof value === 'number') return String(value)
  // A spreadsheet would compute a text that begins like a formula.
  const safe = /^[=+\-@\t]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/**
 * `Fri 18 Dec, 30 days`, and the class where an expiry has several.
 *
 * @param {ChainTable['expirations'][number]} expiration
 * @param {ChainTable['expirations']} all
 */
export function expirationName({ expiry, trading_class, days }, all) {
  const date = `${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6)}`
  const isShared = all.some((other) => other.expiry === expiry && other.trading_class !== trading_class)
  return `${dayName(date)}, ${days === 1 ? '1 day' : `${days} days`}${isShared ? `, ${trading_class}` : ''}`
}

/** @param {number | null} value dollars */
export function priceText(value) {
  return decimals(value, 2)
}
