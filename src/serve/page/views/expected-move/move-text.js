import { ABSENT, decimals, percent, short, signed } from '../../text/number.js'
import { dayName, minuteTime, newYorkDay } from '../../text/time.js'

/**
 * What the view of expected moves says, and the paths it reads.
 *
 * @import { ExpectedMovesAnswer } from '../../../../analytics/answers/expected-moves.ts'
 * @import { MoveDayAnswer } from '../../../views/expected-move-api.ts'
 * @import { Provenance } from '../../charts/provenance.js'
 * @import { ViewState } from '../../view.ts'
 * @import { Outcome } from './outcomes.js'
 */

/**
 * The paths of a state: the expected moves of its slot, and its day, with what came of it since: that changes as time goes on,
 * so the path has no slot.
 *
 * @param {ViewState} state
 * @returns {{ moves: string, day: string } | null}
 */
export function movePaths({ symbol, date, at, options }) {
  if (date === null || at === null) return null
  const { expiry = '', tradingClass = '' } = expiryOption(options)
  const base = `/api/views/expected-move/${encodeURIComponent(symbol)}`
  const query = [
    `date=${date}`,
    expiry === '' ? '' : `expiry=${expiry}`,
    tradingClass === '' ? '' : `class=${encodeURIComponent(tradingClass)}`,
  ]
  return { moves: `${base}?at=${at}`, day: `${base}/day?${query.filter(Boolean).join('&')}` }
}

/**
 * The expiration of the address: `20261218`, or with its class, `20261218-SPXW`.
 *
 * @param {Readonly<Record<string, string>>} options
 */
export function expiryOption({ expiry = '' }) {
  const [, date, tradingClass = ''] = /^(\d{8})(?:-([A-Z0-9]{1,10}))?$/.exec(expiry) ?? []
  return date === undefined ? {} : { expiry: date, tradingClass }
}

/** @param {{ expiry: string, trading_class: string | null }} one */
export function expiryValue({ expiry, trading_class }) {
  return trading_class === null ? expiry : `${expiry}-${trading_class}`
}

/**
 * `Fri 18 Dec`, with the class where others have the same date.
 *
 * @param {{ expiry: string, trading_class: string | null }} one
 * @param {readonly { expiry: string }[]} all
 * @param {string | null} today YYYY-MM-DD
 */
export function expiryName({ expiry, trading_class }, all, today = null) {
  const date = `${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6)}`
  const isShared = all.filter((other) => other.expiry === expiry).length > 1
  const name = date === today ? `${dayName(date)} (same day)` : dayName(date, today)
  return isShared && trading_class !== null ? `${name} ${trading_class}` : name
}

/**
 * @param {number | null} dollars
 * @param {number | null} price
 */
export function moveText(dollars, price) {
  if (dollars === null) return ABSENT
  const share = price === null || !(price > 0) ? '' : ` (${percent(dollars / price, 2)})`
  return `±${decimals(dollars, 2)}${share}`
}

export const MOVE_COLUMNS = /** @type {const} */ ([
  { key: 'expiry', title: 'Expiration', isHeading: true },
  { key: 'days', title: 'days', kind: 'number' },
  { key: 'iv', title: 'volatility', kind: 'number' },
  { key: 'move', title: 'one deviation, $', kind: 'number' },
  { key: 'straddle', title: 'straddle, $', kind: 'number' },
  { key: 'outcome', title: 'what came of it' },
  { key: 'deviations', title: 'in deviations', kind: 'number' },
])

/**
 * @param {ExpectedMovesAnswer} answer
 * @param {readonly Outcome[]} outcomes
 */
export function moveRows(answer, outcomes) {
  const { slot, date, price, expirations } = answer
  return outcomes.map(({ expiration, status, deviations, ...end }) => {
    const { days, iv, move, straddle, straddle_strike: strike, reason } = expiration
    const from = { slot, source: 'chain', reason }
    const isWithin = deviations !== null && Math.abs(deviations) <= 1
    return {
      expiry: expiryName(expiration, expirations, date),
      days: decimals(days, days < 10 ? 1 : 0),
      iv: { text: percent(iv, 1), from: { ...from, basis: 'at the money, from mids' } },
      move: { text: moveText(move, price), from: { ...from, basis: 'price · volatility · √(days / 365)' } },
      straddle: {
        text: decimals(straddle, 2),
        from: {
          ...from,
          basis: strike === null ? null : `call and put mid at ${strike}: the mean absolute move`,
        },
      },
      outcome: { text: outcomeText(status, end), from: outcomeFrom(status, end) },
      deviations: {
        text: deviations === null ? ABSENT : `${signed(deviations, 2)} ${isWithin ? 'within' : 'outside'}`,
        className: status === 'over' ? (isWithin ? 'ok' : 'warn') : '',
        from: deviations === null ? { reason: outcomeFrom(status, end).reason ?? reason } : null,
      },
    }
  })
}

/**
 * @param {Outcome['status']} status
 * @param {Pick<Outcome, 'price' | 'move' | 'at'>} end
 */
function outcomeText(status, { price, move }) {
  if (status === 'to come' || status === 'not stored') return status
  const text = `${signed(move, 2)} to ${decimals(price, 2)}`
  return status === 'over' ? text : `${text} so far`
}

/**
 * @param {Outcome['status']} status
 * @param {Pick<Outcome, 'price' | 'move' | 'at'>} end
 * @returns {Provenance}
 */
function outcomeFrom(status, { at }) {
  if (status === 'not stored') return { reason: 'no slot is stored near the end of this expiration' }
  if (status === 'to come') return { reason: 'no later slot is stored' }
  return { slot: at, source: 'underlying price of the slot', note: 'a stored price, not the settlement' }
}

export const RECORD_COLUMNS = /** @type {const} */ ([
  { key: 'length', title: 'Move over', isHeading: true },
  { key: 'moves', title: 'moves', kind: 'number' },
  { key: 'one', title: 'within one deviation', kind: 'number' },
  { key: 'two', title: 'within two', kind: 'number' },
  { key: 'ratio', title: 'realized / expected', kind: 'number' },
  { key: 'largest', title: 'largest', kind: 'number' },
])

/** @param {MoveDayAnswer} answer */
export function recordRows({ record, date }) {
  return record.map(({ sessions, moves, within_one, within_two, ratio, largest, largest_date }) => ({
    length: sessions === 1 ? 'a session' : `${sessions} sessions`,
    moves: {
      text: String(moves),
      from:
        sessions === 1 ? null : `they overlap: about ${short(Math.floor(moves / sessions))} are independent`,
    },
    one: { text: percent(within_one, 0), from: 'a normal distribution has 68 %' },
    two: { text: percent(within_two, 0), from: 'a normal distribution has 95 %' },
    ratio: { text: decimals(ratio, 2), from: 'below 1 the market moved less than its options expected' },
    largest: {
      text: largest === null ? ABSENT : `${signed(largest, 1)} deviations`,
      from: largest_date === null ? null : `from ${dayName(largest_date, date)} on`,
    },
  }))
}

/**
 * The slot of a path that is shown: the newest at or before a time.
 *
 * @param {MoveDayAnswer['path']} path
 * @param {string | null} at
 */
export function pathIndex({ slots }, at) {
  return at === null ? -1 : slots.findLastIndex((slot) => slot <= at)
}

/**
 * A point of the path in words: the quotes that it is made of.
 *
 * @param {MoveDayAnswer['path']} path
 * @param {number} index
 * @returns {Provenance}
 */
export function pathFrom(path, index) {
  const slot = path.slots[index] ?? null
  if (slot === null) return { reason: 'no options at the money are stored for this slot' }
  const side = (/** @type {number | null | undefined} */ bid, /** @type {number | null | undefined} */ ask) =>
    `${decimals(bid, 2)} to ${decimals(ask, 2)}`
  return {
    slot,
    source: [path.data_type[index], path.greeks_source[index]].filter(Boolean).join(', '),
    basis: `strike ${path.strike[index]}: call ${side(path.call_bid[index], path.call_ask[index])}, put ${side(path.put_bid[index], path.put_ask[index])}`,
    flags: path.flags[index]?.join(' ') ?? null,
  }
}

/**
 * The figures of a slot at the money. A slot without the expiration has none: those of an earlier one would pass for its own.
 *
 * @param {MoveDayAnswer['path']} path
 * @param {string | null} at the slot, ISO time
 */
export function pathFigures(path, at) {
  const index = at === null ? -1 : path.slots.indexOf(at)
  const from = pathFrom(path, index)
  const figure = (/** @type {string} */ text, /** @type {string} */ reason) => ({
    text,
    from: text === ABSENT && index >= 0 ? { ...from, reason } : from,
  })
  return {
    straddle: figure(decimals(path.straddle[index], 2), 'a side of the quotes is missing or stale'),
    iv: figure(percent(path.iv[index], 2), 'neither option has a volatility that is not stale'),
    strike: figure(decimals(path.strike[index], 2), 'not known'),
  }
}

/**
 * @param {MoveDayAnswer} answer
 * @param {number} index
 */
export function pathSummary({ path, date, expiry }, index) {
  const slot = path.slots[index]
  if (slot === undefined || expiry === null) return 'No options at the money are stored up to this slot.'
  const at = `${minuteTime(slot)} of ${dayName(newYorkDay(slot), date)}`
  return `At ${at}: strike ${path.strike[index]}, straddle ${decimals(path.straddle[index], 2)} dollars, volatility ${percent(path.iv[index], 1)}.`
}
