/** The values of some successive steps; null when none of them has a value. */
export type Bucket = { readonly low: number; readonly high: number; readonly mean: number } | null

/** Divides a column into `count` buckets of nearly equal length. `read` turns a value into what is drawn, or into none. */
export function bucketsOf(
  values: ArrayLike<number>,
  count: number,
  read: (value: number) => number | null = (value) => value,
): Bucket[] {
  return rangesOf(values.length, count).map(([from, to]) => {
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    let sum = 0
    let counted = 0
    for (let index = from; index < to; index++) {
      const value = read(values[index] as number)
      if (value === null) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
      sum += value
      counted++
    }
    return counted === 0 ? null : { low, high, mean: sum / counted }
  })
}

/** The sum of each bucket. */
export function sumsOf(values: ArrayLike<number>, count: number): number[] {
  return rangesOf(values.length, count).map(([from, to]) => {
    let sum = 0
    for (let index = from; index < to; index++) sum += values[index] as number
    return sum
  })
}

function rangesOf(length: number, count: number): (readonly [from: number, to: number])[] {
  return Array.from(
    { length: count },
    (_, at) => [Math.floor((at * length) / count), Math.floor(((at + 1) * length) / count)] as const,
  )
}
