/** Numbers as the report writes them: grouped thousands, a true minus sign, a dash for what is absent. */

export const ABSENT = '–'

export function decimal(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return ABSENT
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text
}

export function whole(value: number | null): string {
  return decimal(value, 0)
}

/** 0.1234 → "12.3 %". */
export function percent(fraction: number | null, decimals = 1): string {
  const text = decimal(fraction === null ? null : 100 * fraction, decimals)
  return text === ABSENT ? text : `${text} %`
}

/** At most three significant digits, for values of any size: "0.0123", "0.02", "1.23", "123", "12,300". */
export function significant(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return ABSENT
  if (value === 0) return '0'
  const power = Math.floor(Math.log10(Math.abs(value)))
  const unit = 10 ** (power - digits + 1)
  const text = decimal(Math.round(value / unit) * unit, Math.max(0, digits - 1 - power))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** "1 run", "2 runs". */
export function amount(number: number, noun: string): string {
  return `${whole(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** "a", "a and b", "a, b and c". */
export function listing(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** Market time since the first step: 3661.2 s → "1:01:01". */
export function clockTime(seconds: number): string {
  const total = Math.round(seconds)
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${Math.floor(total / 3600)}:${two((total / 60) % 60)}:${two(total % 60)}`
}

/** A time that something lasted: "0.4 s", "12.3 s", "4 min 10 s". */
export function duration(seconds: number | null): string {
  if (seconds === null) return ABSENT
  if (seconds < 60) return `${decimal(seconds, 1)} s`
  const total = Math.round(seconds)
  return `${Math.floor(total / 60)} min ${total % 60} s`
}
