/** Time of New York, as the whole page writes it. */

const ZONE = 'America/New_York'

const clock = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
})
const minute = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: ZONE, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
})
const day = new Intl.DateTimeFormat('en-CA', {
  ...{ timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit' },
})
const zone = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, timeZoneName: 'longOffset' })
// British English would write some months with four letters.
const weekday = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', weekday: 'short' })
const month = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short' })

/**
 * HH:MM:SS in New York.
 *
 * @param {number | string} at epoch ms or ISO time
 */
export function clockTime(at) {
  return clock.format(new Date(at))
}

/**
 * HH:MM in New York.
 *
 * @param {number | string} at epoch ms or ISO time
 */
export function minuteTime(at) {
  return minute.format(new Date(at))
}

/**
 * YYYY-MM-DD in New York.
 *
 * @param {number | string} at epoch ms or ISO time
 */
export function newYorkDay(at) {
  return day.format(new Date(at))
}

/**
 * `Fri 20 Nov`, and the year where it is not that of `today`.
 *
 * @param {string} date YYYY-MM-DD
 * @param {string | null} [today] YYYY-MM-DD
 */
export function dayName(date, today = null) {
  const noon = new Date(`${date}T12:00:00Z`)
  const name = `${weekday.format(noon)} ${noon.getUTCDate()} ${month.format(noon)}`
  return today === null || today.slice(0, 4) === date.slice(0, 4) ? name : `${name} ${date.slice(0, 4)}`
}

/**
 * ISO time with the offset of New York, as addresses of the page have it: `2026-11-20T10:05:00-05:00`.
 *
 * @param {string} iso
 */
export function withOffset(iso) {
  const at = new Date(iso)
  const name = zone.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const offset = /[+-]\d\d:\d\d/.exec(name)?.[0] ?? '-05:00'
  return `${newYorkDay(iso)}T${clockTime(iso)}${offset}`
}

/**
 * The same moment as answers write it; null if it is no time with an offset.
 *
 * @param {string} text
 */
export function isoOf(text) {
  const time = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(time) ? new Date(time).toISOString() : null
}

/**
 * A length of time in its two largest units: `42 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 86_400) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min')
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h')
}

/**
 * @param {number} large
 * @param {string} largeUnit
 * @param {number} small
 * @param {string} smallUnit
 */
function two(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
