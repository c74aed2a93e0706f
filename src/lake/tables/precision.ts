import type { Column } from '../../snapshot/column.ts'

/**
 * Numbers of a column are rounded on disk to multiples of this step, in the unit on disk: the largest power of two
 * below one unit of the column's last decimal. Rounding a stored number to that decimal restores the exact original.
 * This helps compression: the mantissa of 0.182345 has 52 random bits, while the nearest multiple of 2^-20 ends in 32
 * zero bits. Null for a column stored unrounded.
 */
export function storageStep({ decimals, type }: Column): number | null {
  if (decimals === undefined) return null
  const unit = type === 'timestamp' ? 10 ** (6 - decimals) : 10 ** -decimals
  return 2 ** (Math.ceil(Math.log2(unit)) - 1)
}

/** A number rounded as on disk. One that is too large to round is a multiple of the step already. */
export function toStep(value: number, step: number): number {
  const multiple = Math.round(value / step) * step
  return Number.isFinite(multiple) ? multiple : value
}

/**
 * The number that is read after this one was stored: the same as of `roundedSql`, also for zeros with a sign and halves
 * of the last decimal.
 */
export function readBack(column: Column): (value: number | null) => number | null {
  const { type, decimals } = column
  // Integers have no negative zero.
  if (type !== 'double') return (value) => (value === null ? null : value + 0)
  const step = storageStep(column)
  if (step === null || decimals === undefined) return (value) => value
  const scale = 10 ** decimals
  return (value) => {
    if (value === null) return null
    const stored = toStep(value, step)
    const scaled = stored * scale
    // DuckDB rounds halves away from zero, Math.round up.
    const rounded = (scaled < 0 ? -Math.round(-scaled) : Math.round(scaled)) / scale
    return Number.isFinite(rounded) ? rounded : stored
  }
}

/** The SQL expression that restores the original values, in the column's type. */
export function roundedSql({ name, decimals, type }: Column): string {
  if (decimals === undefined) return `"${name}"`
  if (type !== 'timestamp') return `round("${name}", ${decimals})`
  const micros = 10 ** (6 - decimals)
  return `make_timestamptz((epoch_us("${name}") + ${micros / 2}) // ${micros} * ${micros})`
}
