/**
 * What the view "Term structure" says in words and tables. Pure.
 *
 * @import { TermBody, TenorsBody } from '../../../views/smile-api.ts'
 * @import { Provenance } from '../../charts/provenance.js'
 * @import { Column, Row } from '../../charts/table.js'
 */
import { ABSENT, count, decimals, percent, signed } from '../../text/number.js'
import { earlierSlotLines, slotName } from '../../text/slot.js'
import { dayName, minuteTime } from '../../text/time.js'
import { beforeText, daysText, expiryDay, reasonText, withError } from '../smile/smile-text.js'
import { earlierVolatility } from './term-points.js'

/** @type {readonly Column[]} */
export const TERM_COLUMNS = [
  { key: 'expiration', title: 'Expiration', isHeading: true },
  { key: 'days', title: 'Left', kind: 'number' },
  { key: 'atm', title: 'At the money', kind: 'number' },
  { key: 'change', title: 'Change', kind: 'number' },
  { key: 'put', title: '25-delta put', kind: 'number' },
  { key: 'call', title: '25-delta call', kind: 'number' },
  { key: 'forwardVol', title: 'Forward volatility', kind: 'number' },
  { key: 'skew', title: 'Skew dσ/dk', kind: 'number' },
  { key: 'forward', title: 'Forward', kind: 'number' },
  { key: 'carry', title: 'Carry', kind: 'number' },
  { key: 'quotes', title: 'Quotes', kind: 'number' },
  { key: 'note', title: '' },
]

/**
 * @param {TermBody} answer
 * @returns {Row[]}
 */
export function termRows(answer) {
  const { expirations, before, slot, definition_version, against, before_reason } = answer
  const then = earlierVolatility(before)
  const isClassNamed = new Set(expirations.trading_class).size > 1
  return expirations.expiry.map((expiry, at) => {
    const of = (/** @type {readonly (number | null)[]} */ column) => column[at] ?? null
    const reason = expirations.reason[at] ?? null
    /** @type {Provenance} */
    const from =
      reason === null
        ? {
            slot,
            source: 'chain',
            definition_version,
            basis: 'surfaces',
            observations: of(expirations.quotes),
          }
        : { slot, reason: reasonText(reason) }
    const cell = (/** @type {string} */ text, absence = 'outside_quotes') => ({
      text,
      from: text === ABSENT && reason === null ? { slot, reason: reasonText(absence) } : from,
    })
    const atm = of(expirations.atm_iv)
    const earlier = then.get(`${expiry} ${expirations.trading_class[at]}`) ?? null
    const change = atm === null || earlier === null ? null : 100 * (atm - earlier)
    const changeFrom =
      before && change !== null
        ? {
            ...from,
            note: `points of volatility since ${slotName(before.slot)}: ${percent(earlier, 2)} then`,
          }
        : {
            reason:
              against === 'none'
                ? 'nothing is compared'
                : reasonText(before_reason ?? reason ?? 'no_curve_before'),
          }
    const atmError = of(expirations.atm_iv_error)
    return {
      expiration: {
        text: `${dayName(expiryDay(expiry))}${isClassNamed ? ` ${expirations.trading_class[at]}` : ''}`,
        className: 'term-expiration',
      },
      days: daysText(expirations.days[at] ?? 0),
      atm: cell(withError(percent(atm, 2), atmError === null ? null : 100 * atmError, 2)),
      change: { text: signed(change, 2), from: changeFrom },
      put: cell(percent(of(expirations.put_25d), 2)),
      call: cell(percent(of(expirations.call_25d), 2)),
      forwardVol: cell(
        percent(of(expirations.forward_iv), 2),
        at === 0 ? 'first_expiration' : 'less_variance',
      ),
      skew: cell(withError(signed(of(expirations.skew), 2), of(expirations.skew_error), 2)),
      forward: cell(withError(decimals(of(expirations.forward), 2), of(expirations.forward_error), 3)),
      carry: cell(carryText(of(expirations.carry), of(expirations.carry_error)), 'not_on_spot'),
      quotes: cell(count(of(expirations.quotes))),
      note: reasonText(reason),
    }
  })
}

/** @param {number | null} carry @param {number | null} error */
function carryText(carry, error) {
  return withError(percent(carry, 2), error === null ? null : 100 * error, 2)
}

/**
 * The lines under the chart.
 *
 * @param {TermBody} answer
 * @param {{ readonly at: string | null }} state
 */
export function termNotes(answer, { at }) {
  return [
    ...earlierSlotLines(answer.slot, at),
    'Bars at the money are standard errors of the fit; steps hold the volatility between two expirations, in calendar time.',
    beforeText(answer),
  ].filter((line) => line !== '')
}

/** @param {TermBody} answer why there is nothing to draw */
export function termAbsence({ slot, reason, symbol }) {
  return slot === null
    ? `No slot of ${symbol} with options is stored at or before this time.`
    : `Nothing to draw: ${reasonText(reason)}.`
}

/** @param {TermBody} answer */
export function termSummary({ slot, expirations }) {
  const first = expirations.atm_iv.findIndex((iv) => iv !== null)
  const last = expirations.atm_iv.findLastIndex((iv) => iv !== null)
  const one = (/** @type {number} */ at) =>
    `${percent(expirations.atm_iv[at], 1)} at ${daysText(expirations.days[at] ?? 0)}`
  const ends = first < 0 ? 'no expiration has a curve' : `at the money ${one(first)}, ${one(last)}`
  return `${slot === null ? '' : slotName(slot)}: ${ends}.`
}

/**
 * The value of a tenor in a slot, with its place among the sessions before.
 *
 * @param {TenorsBody} answer
 * @param {object} shown
 * @param {number} shown.tenor index
 * @param {number} shown.place index of the slot with values; −1: none
 * @param {string | null} shown.at the slot looked at, ISO time
 */
export function tenorFigure(
  { slots, observations, window, point, definition_version },
  { tenor, place, at },
) {
  const value = slots.iv[tenor]?.[place] ?? null
  const [rank, percentile] = [slots.rank[tenor]?.[place] ?? null, slots.percentile[tenor]?.[place] ?? null]
  const slot = slots.slot[place] ?? null
  const reason = value !== null ? null : reasonText(slots.reason[tenor]?.[place] ?? 'not_stored')
  const earlier =
    slot === null || at === null || slot === at ? '' : `of ${minuteTime(slot)}: this slot has none yet; `
  const ranked =
    percentile === null
      ? rankReason(point, observations[tenor] ?? 0)
      : `percentile ${decimals(percentile, 0)}, rank ${decimals(rank, 0)} of ${window} sessions before`
  return {
    text: value === null ? ABSENT : `${percent(value, 2)}`,
    from: {
      ...{ slot, source: 'chain', definition_version, basis: `surface_grid, ${point}`, reason },
      observations: observations[tenor] ?? null,
      note: value === null ? null : ranked,
    },
    place:
      value === null
        ? ''
        : `${earlier}${percentile === null ? 'no rank yet' : `percentile ${decimals(percentile, 0)}`}`,
  }
}

/** @param {string} point @param {number} observations */
function rankReason(point, observations) {
  return point === 'skew_25d' ? 'a skew has no rank' : `no rank: ${observations} observations, 20 are needed`
}

/**
 * @param {TenorsBody} answer
 * @param {number} place
 */
export function historySummary({ sessions, slots, tenor_days, date }, place) {
  const known = sessions.date.filter((_, at) => sessions.iv.some((column) => column[at] != null)).length
  const parts = tenor_days.map((days, at) => `${days} days ${percent(slots.iv[at]?.[place] ?? null, 1)}`)
  return `${known} session${known === 1 ? '' : 's'} with a value before ${dayName(date)}; now ${parts.join(', ')}.`
}
