export const INVERSE_ROOT_2_PI = 0.3989422804014327

/** Beyond this the distribution is 0 or 1 to the last digit of a double. */
const FARTHEST = 8.3

/** The density of the standard normal distribution at z. */
export function normalDensity(z: number): number {
  return INVERSE_ROOT_2_PI * Math.exp((-z * z) / 2)
}

/**
 * The cumulative normal distribution at z, to about 1e-15: 1/2 + φ(z)·(z + z³/3 + z⁵/(3·5) + …), whose terms all have the
 * sign of z. Source: G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11 (4), 2004.
 */
export function exactNormalCdf(z: number): number {
  if (z >= FARTHEST) return 1
  if (z <= -FARTHEST) return 0
  let sum = z
  let term = z
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return Math.max(0, 0.5 + sum * normalDensity(z))
}

/**
 * The cumulative normal distribution at z, to 7.5e-8.
 * Source: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 26.2.17.
 */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = normalDensity(z) * poly
  return z > 0 ? 1 - tail : tail
}
