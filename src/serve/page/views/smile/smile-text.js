/**
 * What the view "Smile" says in words and tables. Pure.
 *
 * @import { CurveAnswer, SmileOfExpiration } from '../../../../analytics/answers/smile-answer.ts'
 * @import { SmileBody } from '../../../views/smile-api.ts'
 * @import { Column, Row } from '../../charts/table.js'
 * @import { QuotePoint } from './smile-points.js'
 */
import { ABSENT, count, decimals, percent, signed } from '../../text/number.js'
import { reasonText as plainReason } from '../../text/reason.js'
import { earlierSlotLines, slotName } from '../../text/slot.js'
import { dayName } from '../../text/time.js'
import { volatilityOn } from './smile-points.js'

/** What the view says of surfaces in words of its own. */
const REASONS = /** @type {Readonly<Record<string, string>>} */ ({
  not_stored:
    'no surface is stored for this slot: it follows within seconds of a new slot, and `optionlake metrics --rebuild` fits those of the past',
  no_session_before: 'no surface of the session before is stored',
  none_as_early: 'the session before has no stored surface at or before this time of day',
  no_bracket: 'no expiration on one side of it has a curve',
  no_curve_before: 'the earlier slot has no curve of this expiration',
  first_expiration: 'there is no expiration before it',
  less_variance: 'the expiration before has as much variance or more, or less than half a day lies between',
  not_on_spot: 'these options are on a future or a forward, which costs nothing to carry',
})

/** @param {string | null} reason */
export function reasonText(reason) {
  return REASONS[reason ?? ''] ?? plainReason(reason)
}

/**
 * YYYY-MM-DD of an expiry.
 *
 * @param {string} expiry YYYYMMDD
 */
export function expiryDay(expiry) {
  return `${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`
}

/** @param {number} days */
export function daysText(days) {
  if (days >= 2) return `${decimals(days, 0)} d`
  return days * 24 >= 2 ? `${decimals(days * 24, 0)} h` : `${decimals(days * 1_440, 0)} min`
}

/** @param {Pick<SmileOfExpiration, 'expiry' | 'days'>} smile */
export function smileName({ expiry, days }) {
  return `${dayName(expiryDay(expiry)).slice(4)}, ${daysText(days)}`
}

/**
 * What the dashed lines are; why there are none.
 *
 * @param {Pick<SmileBody, 'before' | 'before_reason' | 'against'>} answer
 */
export function beforeText({ before, before_reason, against }) {
  if (against === 'none') return ''
  return before
    ? `Dashed: ${slotName(before.slot)}.`
    : `Nothing to compare with: ${reasonText(before_reason)}.`
}

/** @param {SmileBody} answer why there is nothing to draw */
export function absenceOf({ slot, smiles, missing, symbol }) {
  if (slot === null) return `No slot of ${symbol} with options is stored at or before this time.`
  const [first] = smiles
  if (first) {
    const reason = first.forward_reason ?? first.curve_reason
    return `No volatility can be drawn: ${reasonText(reason)}.`
  }
  return missing.length > 0
    ? 'None of the chosen expirations is in this slot.'
    : 'The slot has no expiration that is not over.'
}

/**
 * One quote in one line.
 *
 * @param {Pick<SmileBody, 'flag_names'>} answer
 * @param {{ smile: SmileOfExpiration, quote: QuotePoint }} one
 */
export function describeQuote({ flag_names }, { smile, quote }) {
  const { bid, ask, flags } = smile.quotes
  const { index, strike, right, low, high, isFitted, isOutOfTheMoney } = quote
  const k = smile.forward === null ? null : Math.log(strike / smile.forward)
  const fitted = k === null || !smile.curve ? null : volatilityOn(smile.curve, k)
  const names = flag_names[String(flags[index] ?? 0)] ?? []
  return [
    `${dayName(expiryDay(smile.expiry)).slice(4)} ${strike} ${right === 'P' ? 'put' : 'call'}`,
    `bid ${decimals(bid[index], 2)} = ${percent(low, 2)}, ask ${decimals(ask[index], 2)} = ${percent(high, 2)}`,
    `curve ${percent(fitted, 2)}`,
    ...(isFitted ? [] : [isOutOfTheMoney ? 'not used by the fit' : 'in the money, not used by the fit']),
    ...(names.length > 0 ? [`flags: ${names.join(', ')}`] : []),
  ].join(' · ')
}

/**
 * The quotes and the curve as a table.
 *
 * @param {SmileBody} answer
 */
export function smileTable({ smiles, flag_names }) {
  const titles = [
    'expiration',
    'strike',
    'right',
    'bid',
    'ask',
    'bid volatility',
    'ask volatility',
    'curve',
    'flags',
  ]
  return {
    columns: titles.map((title, at) => ({
      title,
      kind: /** @type {'text' | 'number'} */ (at === 0 || at === 2 || at === 8 ? 'text' : 'number'),
    })),
    rows: smiles.flatMap((smile) => {
      const { strike, right, bid, ask, bid_iv, ask_iv, flags } = smile.quotes
      return strike.map((own, at) => [
        ...[
          expiryDay(smile.expiry),
          String(own),
          right[at] ?? '',
          decimals(bid[at], 2),
          decimals(ask[at], 2),
        ],
        ...[percent(bid_iv[at], 2), percent(ask_iv[at], 2), percent(curveAt(smile, own), 2)],
        (flag_names[String(flags[at] ?? 0)] ?? []).join(', '),
      ])
    }),
  }
}

/** @param {SmileOfExpiration} smile @param {number} strike */
function curveAt({ curve }, strike) {
  return curve && volatilityOn(curve, Math.log(strike / curve.forward))
}

/** @type {readonly Column[]} */
export const FIT_COLUMNS = [
  { key: 'expiration', title: 'Expiration', isHeading: true },
  { key: 'days', title: 'Left', kind: 'number' },
  { key: 'forward', title: 'Forward', kind: 'number' },
  { key: 'atm', title: 'At the money', kind: 'number' },
  { key: 'change', title: 'Change', kind: 'number' },
  { key: 'skew', title: 'Skew dσ/dk', kind: 'number' },
  { key: 'quotes', title: 'Quotes fitted', kind: 'number' },
  { key: 'within', title: 'Within bid–ask', kind: 'number' },
  { key: 'note', title: '' },
]

/**
 * Forward and fit of each expiration, each number with its error and where it comes from.
 *
 * @param {SmileBody} answer
 * @returns {Row[]}
 */
export function fitRows(answer) {
  return answer.smiles.map((smile, at) => {
    const { curve, before, forward, forward_error } = smile
    const basis = {
      slot: answer.slot,
      source: 'chain',
      definition_version: curve?.definition_version ?? null,
    }
    const from = curve
      ? { ...basis, basis: 'surfaces', observations: curve.quotes }
      : { reason: reasonText(smile.curve_reason) }
    const change =
      curve?.atm_iv != null && before?.atm_iv != null ? 100 * (curve.atm_iv - before.atm_iv) : null
    const forwardFrom =
      forward === null
        ? { reason: reasonText(smile.forward_reason) }
        : { ...basis, basis: 'put-call parity of the strikes near the money' }
    const changeFrom =
      answer.before && change !== null
        ? {
            ...basis,
            note: `points of volatility since ${slotName(answer.before.slot)}: ${percent(before?.atm_iv, 2)} then`,
          }
        : {
            reason:
              answer.against === 'none'
                ? 'nothing is compared'
                : reasonText(answer.before_reason ?? (curve ? 'no_curve_before' : 'not_stored')),
          }
    return {
      expiration: {
        text: smileName(smile),
        className: `smile-name series-${at + 1}`,
        from: { as_of: smile.expires_at, note: 'when the value is fixed' },
      },
      days: daysText(smile.days),
      forward: { text: withError(decimals(forward, 2), forward_error, 3), from: forwardFrom },
      atm: {
        text: withError(
          percent(curve?.atm_iv, 2),
          curve?.atm_iv_error == null ? null : 100 * curve.atm_iv_error,
          2,
        ),
        from,
      },
      change: { text: signed(change, 2), from: changeFrom },
      skew: { text: withError(signed(curve?.skew, 2), curve?.skew_error ?? null, 2), from },
      quotes: { text: count(curve?.quotes), from },
      within: { text: percent(curve?.within_one, 0), from: curve ? { ...from, note: fitNote(curve) } : from },
      note: noteOf(smile),
    }
  })
}

/** @param {CurveAnswer} curve */
function fitNote({ within_two, residual, constrained }) {
  const bent = constrained ? '; bent to be free of arbitrage' : ''
  return `within two half-widths ${percent(within_two, 0)}; root mean square off the middle ${percent(residual, 2)}${bent}`
}

/** @param {SmileOfExpiration} smile */
function noteOf({ curve, curve_reason, forward_reason }) {
  if (curve) return curve.constrained ? 'bent to be free of arbitrage' : ''
  return reasonText(forward_reason ?? curve_reason)
}

/**
 * @param {string} text
 * @param {number | null} error
 * @param {number} digits
 */
export function withError(text, error, digits) {
  return text === ABSENT || error === null ? text : `${text} ± ${decimals(error, digits)}`
}

/**
 * The lines under the chart: what the marks mean, what is compared, what is missing, and which slot it is if not the one
 * that was asked for.
 *
 * @param {SmileBody} answer
 * @param {{ readonly at: string | null }} state
 */
export function noteLines(answer, { at }) {
  const { slot, smiles, missing } = answer
  const without = smiles.filter(({ curve }) => curve === null)
  const [first] = without
  return [
    ...earlierSlotLines(slot, at),
    ...(first
      ? [
          `${without.length === smiles.length ? 'No curve' : `No curve for ${without.map(smileName).join(' and ')}`}: ${reasonText(first.curve_reason)}.`,
        ]
      : []),
    ...(missing.length > 0
      ? [
          `Not in this slot: ${missing.map(({ expiry }) => dayName(expiryDay(expiry), answer.date)).join(', ')}.`,
        ]
      : []),
    'Bars reach from bid to ask; faint ones are not used by the fit, × marks doubtful flags, ▽ a quote without a bid. Rings are at the forward.',
    beforeText(answer),
  ].filter((line) => line !== '')
}

/**
 * One sentence for those who cannot see the chart.
 *
 * @param {SmileBody} answer
 */
export function summaryOf({ slot, smiles }) {
  const parts = smiles.map(
    ({ expiry, days, curve }) =>
      `${dayName(expiryDay(expiry))} (${daysText(days)}): ${curve ? `${percent(curve.atm_iv, 1)} at the money, skew ${signed(curve.skew, 2)}` : 'no curve'}`,
  )
  return `${slot === null ? '' : slotName(slot)}: ${parts.join('; ')}.`
}
