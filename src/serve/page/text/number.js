/** Numbers as the page writes them. What is absent is a dash; the reason stands beside it. */

export const ABSENT = '–'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/**
 * @param {number | null | undefined} value
 * @param {number} digits
 */
export function decimals(value, digits) {
  return value === null || value === undefined || !Number.isFinite(value) ? ABSENT : value.toFixed(digits)
}

/**
 * With thousands separated.
 *
 * @param {number | null | undefined} value
 */
export function count(value) {
  return value === null || value === undefined || !Number.isFinite(value) ? ABSENT : whole.format(value)
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
  return text === ABSENT || text.startsWith('-') ? text.replace('-', '−') : `+${text}`
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
  return [number, `${letter}${unit}`].filter((part) => part !== '').join(' ')
}
