import { storedAt } from '../../state/day.js'
import { decimals } from '../../text/number.js'
import { dayName, minuteTime } from '../../text/time.js'

/**
 * What the view of volatility draws, from the answer of a day. Volatilities are points here: 17.1 for a fraction of 0.171.
 *
 * @import { VolatilityAnswer } from '../../../views/volatility-api.ts'
 * @import { DayFigureName, DayFigures } from '../../../../analytics/answers/day-figures.ts'
 * @import { Provenance } from '../../charts/provenance.js'
 * @import { ViewState } from '../../view.ts'
 *
 * @typedef {'60' | '126' | '252'} Sessions
 * @typedef {'yang_zhang' | 'close_to_close' | 'parkinson' | 'five_minute'} Estimator
 * @typedef {'before' | 'after'} Compared
 * @typedef {{ sessions: Sessions, estimator: Estimator, compared: Compared }} VolatilityOptions
 */

export const SESSIONS = /** @type {const} */ ([
  { value: '252', text: 'a year' },
  { value: '126', text: 'half a year' },
  { value: '60', text: '60 sessions' },
])

export const ESTIMATORS = /** @type {const} */ ([
  { value: 'yang_zhang', text: 'Yang and Zhang' },
  { value: 'close_to_close', text: 'close to close' },
  { value: 'parkinson', text: 'Parkinson (without nights)' },
  { value: 'five_minute', text: 'five-minute returns' },
])

export const COMPARED = /** @type {const} */ ([
  { value: 'before', text: 'the 20 sessions before' },
  { value: 'after', text: 'the 20 sessions after' },
])

/** The stored figure of each estimator, over 20 sessions. @type {Readonly<Record<Estimator, DayFigureName>>} */
export const REALIZED_FIGURE = {
  yang_zhang: 'realized_vol_yang_zhang',
  close_to_close: 'realized_vol_close',
  parkinson: 'realized_vol_parkinson',
  five_minute: 'realized_vol_5min',
}

/** Rank and percentile of each length. */
export const RANK_FIGURES = /** @type {const} */ ({
  252: ['iv_rank', 'iv_percentile'],
  126: ['iv_rank_126d', 'iv_percentile_126d'],
  60: ['iv_rank_60d', 'iv_percentile_60d'],
})

/**
 * @param {Readonly<Record<string, string>>} options of the address
 * @returns {VolatilityOptions}
 */
export function volatilityOptions(options) {
  return {
    sessions: SESSIONS.find(({ value }) => value === options.sessions)?.value ?? '252',
    estimator: ESTIMATORS.find(({ value }) => value === options.estimator)?.value ?? 'yang_zhang',
    compared: options.compared === 'after' ? 'after' : 'before',
  }
}

/**
 * The path of the answer: one for all slots of a date, that of its newest, so that they are played without a request.
 *
 * @param {ViewState} state
 */
export function volatilityPath({ symbol, at, slots, options }) {
  const newest = storedAt(slots, null)?.slot ?? at
  if (newest === null) return null
  const { sessions, estimator } = volatilityOptions(options)
  return `/api/views/volatility/${encodeURIComponent(symbol)}?at=${newest}&sessions=${sessions}&estimator=${estimator}`
}

/**
 * The place of the newest slot with figures at or before a time; −1 if there is none.
 *
 * @param {Pick<DayFigures, 'slots'>} day
 * @param {string | null} at
 */
export function slotIndex({ slots }, at) {
  return at === null ? -1 : slots.findLastIndex((slot) => slot <= at)
}

/**
 * The time of the figures where they are of an earlier slot than the one that is looked at; null where they are its own.
 *
 * @param {Pick<DayFigures, 'slots'>} day
 * @param {number} index
 * @param {string | null} at
 */
export function figuresTime({ slots }, index, at) {
  const slot = slots[index]
  return slot === undefined || slot === at ? null : minuteTime(slot)
}

/**
 * A figure of a slot with where it comes from.
 *
 * @param {DayFigures} day
 * @param {DayFigureName} name
 * @param {number} index of the slot; −1 without one
 * @returns {{ value: number | null } & Provenance}
 */
export function figureAt(day, name, index) {
  const { values, reasons, sources, source, unit, window } = day.figures[name]
  const slot = day.slots[index] ?? null
  if (slot === null) return { value: null, reason: 'no figures are stored for this slot' }
  const value = values[index] ?? null
  const isRank = name.startsWith('iv_rank') || name.startsWith('iv_percentile')
  const expirations = name === 'iv30' ? (day.iv30_expirations[index] ?? null) : null
  return {
    value,
    slot,
    reason: value === null ? (reasons?.[index] ?? 'not known') : null,
    source: sources?.[index] ?? source,
    basis: [name, unit, window === null ? '' : `window of ${window} sessions`].filter(Boolean).join(', '),
    observations: isRank && window === 252 ? (day.iv_observations[index] ?? null) : null,
    definition_version: day.definition_versions[index] ?? null,
    note: expirations === null ? null : `from the expirations ${expirations.join(' and ')}`,
  }
}

/**
 * Implied less realized volatility of a slot, as points or as variances, by the estimator that is chosen: the stored figure is
 * by Yang and Zhang, others are the difference of what is shown beside it.
 *
 * @param {DayFigures} day
 * @param {'volatility_spread' | 'variance_risk_premium'} name
 * @param {{ estimator: Estimator, index: number }} chosen
 * @returns {{ value: number | null } & Provenance}
 */
export function premiumAt(day, name, { estimator, index }) {
  if (estimator === 'yang_zhang') return figureAt(day, name, index)
  const realizedName = REALIZED_FIGURE[estimator]
  const [iv, realized] = [figureAt(day, 'iv30', index), figureAt(day, realizedName, index)]
  const isSpread = name === 'volatility_spread'
  const [implied, was] = [iv.value, realized.value]
  const value =
    implied === null || was === null ? null : isSpread ? 100 * (implied - was) : implied ** 2 - was ** 2
  return {
    value,
    slot: iv.slot ?? null,
    reason: value === null ? (iv.reason ?? realized.reason ?? 'not known') : null,
    source: [iv.source, realized.source].filter(Boolean).join(' and '),
    basis: isSpread ? `100 · (iv30 − ${realizedName})` : `iv30² − ${realizedName}²`,
    definition_version: iv.definition_version ?? null,
  }
}

/** @param {number | null | undefined} fraction */
function points(fraction) {
  return fraction === null || fraction === undefined ? null : 100 * fraction
}

/**
 * The columns of the history, one row a session and the slot as the last.
 *
 * @param {VolatilityAnswer} answer
 * @param {number} index of the slot in the day
 */
export function historyColumns(answer, index) {
  const { day, band, iv_source: source } = answer
  const current = (/** @type {DayFigureName} */ name) => day.figures[name].values[index] ?? null
  const iv = current(source === 'chain' ? 'iv30' : 'iv30_ib_index')
  const columns = {
    iv: [...answer.iv, iv].map(points),
    vix: [...answer.vix, current('vix')],
    realized: [...answer.realized_before, current(REALIZED_FIGURE[answer.estimator])].map(points),
  }
  const dates = [...answer.dates, answer.date]
  if (band.low === null || band.high === null) return { dates, columns }
  const [low, high] = [points(band.low), points(band.high)]
  return { dates, columns: { ...columns, low: dates.map(() => low), high: dates.map(() => high) } }
}

/**
 * Implied less realized volatility of each session, points; null where either is.
 *
 * @param {VolatilityAnswer} answer
 * @param {Compared} compared
 */
export function premiums({ iv, realized_before, realized_after }, compared) {
  const realized = compared === 'before' ? realized_before : realized_after
  return iv.map((value, at) => {
    const other = realized[at] ?? null
    return value === null || other === null ? null : 100 * (value - other)
  })
}

/**
 * The day up to a slot: what is later is null, so that a played day draws itself.
 *
 * @param {DayFigures} day
 * @param {number} index
 */
export function dayColumns(day, index) {
  const until = (/** @type {readonly (number | null)[]} */ values) =>
    values.map((value, at) => (at <= index ? value : null))
  return {
    iv: until(day.figures.iv30.values.map(points)),
    vix: until(day.figures.vix.values),
    realized: until(day.figures.realized_vol_today.values.map(points)),
  }
}

/** @param {DayFigures} day */
export function dayRange(day) {
  return [
    ...day.figures.iv30.values.map(points),
    ...day.figures.vix.values,
    ...day.figures.realized_vol_today.values.map(points),
  ]
}

/**
 * What the history shows, in a sentence.
 *
 * @param {VolatilityAnswer} answer
 * @param {number} index
 */
export function historySummary(answer, index) {
  const { band, window, dates } = answer
  const [rank, percentile] = RANK_FIGURES[window]
  const of = (/** @type {DayFigureName} */ name) => answer.day.figures[name].values[index] ?? null
  const iv = points(of(answer.iv_source === 'chain' ? 'iv30' : 'iv30_ib_index'))
  const known = answer.iv.filter((value) => value !== null).length
  const now = iv === null ? 'No volatility in this slot' : `Volatility ${decimals(iv, 1)}`
  if (band.low === null || band.high === null) {
    return `${now}. ${known} of ${dates.length} sessions have one: too few for a band.`
  }
  const place = `rank ${decimals(of(rank), 0)}, percentile ${decimals(of(percentile), 0)}`
  const low = `lowest ${decimals(points(band.low), 1)} on ${dayName(band.low_date ?? '', answer.date)}`
  const high = `highest ${decimals(points(band.high), 1)} on ${dayName(band.high_date ?? '', answer.date)}`
  return `${now}, ${place}; ${low}, ${high}, of ${band.observations} sessions.`
}

/**
 * @param {readonly (number | null)[]} values
 * @param {Compared} compared
 */
export function premiumSummary(values, compared) {
  const known = values.flatMap((value) => value ?? [])
  if (known.length === 0) return 'No session has both volatilities.'
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  const above = known.filter((value) => value > 0).length
  const realized = compared === 'before' ? 'was' : 'turned out'
  return `Implied volatility was above what ${realized} realized on ${above} of ${known.length} sessions, by ${decimals(mean, 1)} points on average.`
}
