/** Numbers as the page writes them, with a true minus sign. What is absent is a dash; the reason stands beside it. */

export const ABSENT = '–'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/**
 * @param {number | null | undefined} value
 * @param {number} digits
 */
export function decimals(value, digits) {
  return value === null || value === undefined || !Number.isFinite(value)
    ? ABSENT
    : withMinus(value.toFixed(digits))
}

/**
 * A number below zero has a minus sign, U+2212, wherever the page writes one; what is rounded to zero has none.
 *
 * @param {string} number as JavaScript writes it
 */
function withMinus(number) {
  return number.startsWith('-') ? (/[1-9]/.test(number) ? `−${number.slice(1)}` : number.slice(1)) : number
}

/**
 * With thousands separated.
 *
 * @param {number | null | undefined} value
 */
export function count(value) {
  return value === null || value === undefined || !Number.isFinite(value)
    ? ABSENT
    : withMinus(whole.format(value))
}

/**
 * A fraction as per cent: 0.1712 is `17.1 %`.
 *
 * @param {number | null | undefined} fraction
 * @param {number} [digits]
 */
export function percent(fraction, digits = 1) {
  const text = decimals(fraction === null || fraction === undefined ? fraction : 100 * fraction, digits)
  return text === ABSENT ? ABSENT : `${text} %`
}

/**
 * @param {number | null | undefined} value
 * @param {number} digits
 */
export function signed(value, digits) {
  const text = decimals(value, digits)
  return text === ABSENT || text.startsWith('−') ? text : `+${text}`
}

const SIZES = /** @type {const} */ ([
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
])

/**
 * Three digits and a unit of a thousand: `1.23 M`.
 *
 * @param {number | null | undefined} value
 * @param {string} [unit]
 */
export function short(value, unit = '') {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT
  const [size, letter] = SIZES.find(([least]) => Math.abs(value) >= least) ?? [1, '']
  const scaled = value / size
  const digits = size === 1 || Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2
  const number = scaled.toFixed(size === 1 && !Number.isInteger(value) ? 2 : digits)
  return [withMinus(number), `${letter}${unit}`].filter((part) => part !== '').join(' ')
}
