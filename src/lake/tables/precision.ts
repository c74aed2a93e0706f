import type { Column } from '../../snapshot/column.ts'

/**
 * The step in which a column's numbers are stored, in the unit on disk: the largest power of two below one unit of its
 * last decimal, so that rounding to its decimals gives back what was stored, exactly. 0.182345 has a fraction of 52
 * random bits; the nearest multiple of 2^-20 has 32 zero bits at its end, which pack to almost nothing. Null where a
 * value is stored as it is.
 */
export function storageStep({ decimals, type }: Column): number | null {
  if (decimals === undefined) return null
  const unit = type === 'timestamp' ? 10 ** (6 - decimals) : 10 ** -decimals
  return 2 ** (Math.ceil(Math.log2(unit)) - 1)
}

/** The SQL that undoes it, of the column's own type. */
export function roundedSql({ name, decimals, type }: Column): string {
  if (decimals === undefined) return `"${name}"`
  if (type !== 'timestamp') return `round("${name}", ${decimals})`
  const micros = 10 ** (6 - decimals)
  return `make_timestamptz((epoch_us("${name}") + ${micros / 2}) // ${micros} * ${micros})`
}
