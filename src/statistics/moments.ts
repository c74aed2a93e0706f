/** Mean of the values; null when there are none. */
export function mean(values: ArrayLike<number>): number | null {
  const { length } = values
  if (length === 0) return null
  let sum = 0
  for (let at = 0; at < length; at++) sum += values[at] as number
  return sum / length
}

/** Mean of (x − mean)^power; null when there are no values. */
function centralMoment(values: ArrayLike<number>, power: number): number | null {
  const centre = mean(values)
  if (centre === null) return null
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += ((values[at] as number) - centre) ** power
  return sum / values.length
}

/** Standard deviation of a sample (divided by n − 1); null for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number | null {
  const variance = centralMoment(values, 2)
  if (variance === null || values.length < 2) return null
  return Math.sqrt((variance * values.length) / (values.length - 1))
}

/** Fourth central moment over the square of the second: 3 for a normal distribution. Null when nothing varies. */
export function kurtosis(values: ArrayLike<number>): number | null {
  const variance = centralMoment(values, 2)
  const fourth = centralMoment(values, 4)
  if (variance === null || fourth === null || variance === 0) return null
  return fourth / variance ** 2
}
