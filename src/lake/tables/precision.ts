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

/** The SQL expression that restores the original values, in the column's type. */
export function roundedSql({ name, decimals, type }: Column): string {
  if (decimals === undefined) return `"${name}"`
  if (type !== 'timestamp') return `round("${name}", ${decimals})`
  const micros = 10 ** (6 - decimals)
  return `make_timestamptz((epoch_us("${name}") + ${micros / 2}) // ${micros} * ${micros})`
}
