import type { Column } from '../../snapshot/column.ts'

/**
 * The step to which a column's numbers are rounded on disk, in the unit on disk: the largest power of two below one
 * unit of the column's last decimal. Rounding a stored number to these decimals gives back the exact original. The
 * point is compression: the mantissa of 0.182345 has 52 random bits, while the nearest multiple of 2^-20 ends in 32
 * zero bits. Null for a column that is stored unrounded.
 */
export function storageStep({ decimals, type }: Column): number | null {
  if (decimals === undefined) return null
  const unit = type === 'timestamp' ? 10 ** (6 - decimals) : 10 ** -decimals
  return 2 ** (Math.ceil(Math.log2(unit)) - 1)
}

/** The SQL expression that gives back the original values, in the column's own type. */
export function roundedSql({ name, decimals, type }: Column): string {
  if (decimals === undefined) return `"${name}"`
  if (type !== 'timestamp') return `round("${name}", ${decimals})`
  const micros = 10 ** (6 - decimals)
  return `make_timestamptz((epoch_us("${name}") + ${micros / 2}) // ${micros} * ${micros})`
}
