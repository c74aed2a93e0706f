/**
 * Scales of the charts that the script draws.
 *
 * @typedef {object} Scale
 * @property {(value: number) => number} at Position of a value.
 * @property {number[]} ticks Round values to label.
 */

/**
 * @param {number} low
 * @param {number} high
 * @param {number} from Position of `low`.
 * @param {number} to Position of `high`.
 * @param {number} count At most so many ticks, about.
 * @returns {Scale}
 */
export function linearScale(low, high, from, to, count) {
  const span = high - low
  const raw = span / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10)
  const ticks = []
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + 1e-9 * step; at++) ticks.push(at * step)
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks }
}

/**
 * Logarithmic; values below `low` are drawn at `low`.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} from
 * @param {number} to
 * @returns {Scale}
 */
export function logScale(low, high, from, to) {
  const bottom = Math.log10(low)
  const span = Math.log10(high) - bottom
  const ticks = []
  for (let power = Math.floor(bottom); power <= Math.ceil(bottom + span); power++) {
    for (const factor of span > 2.2 ? [1] : [1, 2, 5]) {
      const value = factor * 10 ** power
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push(value)
    }
  }
  return {
    at: (value) => from + ((Math.log10(Math.max(value, low)) - bottom) / span) * (to - from),
    ticks,
  }
}

/**
 * Ticks at round times: seconds to hours.
 *
 * @param {number} low seconds
 * @param {number} high seconds
 * @param {number} count At most so many.
 * @returns {number[]}
 */
export function timeTicks(low, high, count) {
  const every =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400].find(
      (step) => (high - low) / step <= count,
    ) ?? 86_400
  const ticks = []
  for (let at = Math.ceil(low / every); at * every <= high; at++) ticks.push(at * every)
  return ticks
}

/**
 * A number with as many decimals as the difference between two ticks shows, and a true minus sign.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function formatNumber(value, decimals) {
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return value < 0 && Number(text.replaceAll(',', '')) !== 0 ? `−${text}` : text
}

/**
 * Decimals that tell the ticks apart.
 *
 * @param {number[]} ticks
 */
export function decimalsOf(ticks) {
  const [first, second] = ticks
  if (first === undefined) return 2
  const step = second === undefined ? Math.abs(first) : Math.abs(second - first)
  return step === 0 ? 0 : Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
}

/**
 * 3661.2 → "1:01:01.2"; tenths only when `withTenths`.
 *
 * @param {number} seconds
 * @param {boolean} withTenths
 */
export function formatTime(seconds, withTenths) {
  const whole = withTenths ? Math.floor(seconds * 10 + 1e-6) / 10 : Math.round(seconds)
  const two = (/** @type {number} */ value) => String(Math.floor(value)).padStart(2, '0')
  const text = `${Math.floor(whole / 3600)}:${two((whole / 60) % 60)}:${two(whole % 60)}`
  return withTenths ? `${text}.${Math.round(whole * 10) % 10}` : text
}
