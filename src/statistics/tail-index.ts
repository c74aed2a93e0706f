/**
 * Exponent α of a tail P(|x| > u) ∝ u^(−α), by Hill's estimator over the largest values (Annals of Statistics 3(5), 1975).
 * @param fraction share of the values that counts as tail
 * @returns null with fewer than ten values in the tail, or without any spread in it
 */
export function hillTailIndex(values: ArrayLike<number>, fraction = 0.05): number | null {
  const sizes = Float64Array.from(values, Math.abs).sort()
  const count = Math.floor(sizes.length * fraction)
  if (count < 10) return null
  const threshold = sizes[sizes.length - count - 1] as number
  if (threshold <= 0) return null
  let sum = 0
  for (let at = sizes.length - count; at < sizes.length; at++)
    sum += Math.log((sizes[at] as number) / threshold)
  return sum > 0 ? count / sum : null
}
