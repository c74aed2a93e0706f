import { count, decimals, short } from '../../text/number.js'
import { reasonText } from '../../text/reason.js'
import { dayName } from '../../text/time.js'
import { expiryName } from '../expected-move/move-text.js'
import { WIDTHS } from './strike-bars.js'

/**
 * What the view of positioning says, and the path it reads.
 *
 * @import { PositioningByStrike } from '../../../../analytics/answers/positioning-by-strike.ts'
 * @import { ViewState } from '../../view.ts'
 * @import { Width } from './strike-bars.js'
 */

export const SHOWN = /** @type {const} */ ([
  { value: 'oi', text: 'open interest' },
  { value: 'change', text: 'its change since the session before' },
])

export const EXPIRATION_COLUMNS = /** @type {const} */ ([
  { key: 'expiry', title: 'Expiration', isHeading: true },
  { key: 'days', title: 'days', kind: 'number' },
  { key: 'calls', title: 'calls', kind: 'number' },
  { key: 'puts', title: 'puts', kind: 'number' },
  { key: 'change', title: 'change', kind: 'number' },
  { key: 'exposure', title: 'gamma exposure, $', kind: 'number' },
  { key: 'pain', title: 'max pain', kind: 'number' },
])

const SIZES = /** @type {const} */ ([
  [1e9, 'bn'],
  [1e6, 'm'],
  [1e3, 'k'],
])

/** @param {number} value */
export const contracts = (value) => short(Math.abs(value))
/**
 * Dollars as an axis has them: `1.54 bn`.
 *
 * @param {number} value
 */
export const dollars = (value) => {
  const [size, name] = SIZES.find(([least]) => Math.abs(value) >= least) ?? [1, '']
  const scaled = value / size
  return `${decimals(scaled, Math.abs(scaled) < 10 && size > 1 ? 2 : 0)} ${name}`.trim()
}

/** With a sign and thousands separated. @param {number} value */
export const changeText = (value) => `${value < 0 ? '−' : '+'}${count(Math.abs(value))}`

/**
 * @param {Readonly<Record<string, string>>} options
 * @returns {{ expiry: string, show: 'oi' | 'change', width: Width }}
 */
export function positioningOptions({ expiry = '', show, width }) {
  return {
    expiry: /^\d{8}$/.test(expiry) ? expiry : '',
    show: show === 'change' ? 'change' : 'oi',
    width: WIDTHS.find(({ value }) => value === width)?.value ?? '10',
  }
}

/** @param {ViewState} state */
export function positioningPath({ symbol, at, options }) {
  if (at === null) return null
  const { expiry } = positioningOptions(options)
  const query = expiry === '' ? '' : `&expiry=${expiry}`
  return `/api/views/positioning/${encodeURIComponent(symbol)}?at=${at}${query}`
}

/** @param {PositioningByStrike['listed']} listed */
export function distinctDates(listed) {
  return listed.filter((one, at) => listed.findIndex(({ expiry }) => expiry === one.expiry) === at)
}

/** @param {PositioningByStrike} answer */
export function assumptionText({ assumption, oi_date, date }) {
  const counted =
    oi_date === null
      ? 'When open interest was counted is not known.'
      : `Open interest was counted at the end of ${dayName(oi_date, date)}.`
  return `Assumption: ${assumption}. No data show who holds the contracts. ${counted}`
}

/**
 * @param {PositioningByStrike} answer
 * @param {'oi' | 'change' | 'gamma'} what
 */
export function absence({ figures, oi_date_before }, what) {
  if (what === 'change' && oi_date_before === null) return 'No slot of the session before is stored.'
  if (what === 'gamma')
    return `No gamma exposure: ${reasonText(figures?.gamma_exposure.reason ?? 'not known')}.`
  return 'No contract of these strikes has a known open interest.'
}

/** @param {PositioningByStrike} answer */
export function expirationRows({ expirations, by_expiration: columns, slot, date, oi_date, oi_date_before }) {
  const from = {
    slot,
    source: 'chain',
    note: oi_date === null ? null : `open interest of ${dayName(oi_date)}`,
  }
  const openInterest = (/** @type {number | null | undefined} */ value) => ({
    text: count(value),
    from: { ...from, reason: value == null ? 'no contract has a known open interest' : null },
  })
  const noChange =
    oi_date_before === null
      ? 'no slot of the session before is stored'
      : 'the change of the calls or of the puts is not known'
  return expirations.map((one, at) => {
    const [calls, puts] = [columns.call_change[at] ?? null, columns.put_change[at] ?? null]
    // A sum without one of its parts would be taken for the whole.
    const changes = calls === null || puts === null ? null : calls + puts
    const [up, down] = [columns.call_exposure[at] ?? null, columns.put_exposure[at] ?? null]
    const exposure = up === null || down === null ? null : up + down
    return {
      expiry: expiryName(one, expirations, date),
      days: decimals(one.days, one.days < 10 ? 1 : 0),
      calls: openInterest(columns.call_oi[at]),
      puts: openInterest(columns.put_oi[at]),
      change: {
        text: changes === null ? '–' : changeText(changes),
        from: { ...from, reason: changes === null ? noChange : null },
      },
      exposure: {
        text: exposure === null ? '–' : dollars(exposure),
        from: {
          ...from,
          reason: exposure === null ? 'the exposure of the calls or of the puts is not known' : null,
        },
      },
      pain: { text: decimals(one.max_pain, 2), from: { ...from, reason: one.max_pain_reason } },
    }
  })
}
