/** Up to this many values are sorted by insertion, the fastest method for so few. */
const INSERTION_SORT_LIMIT = 32
const few = new Float64Array(INSERTION_SORT_LIMIT)

/**
 * The middle value, or the mean of the two middle ones if their number is even; null if there are none. Values must
 * be finite.
 */
export function median(values: readonly number[]): number | null {
  const count = values.length
  if (count === 0) return null
  const sorted = count <= INSERTION_SORT_LIMIT ? sortedFew(values) : Float64Array.from(values).sort()
  const half = count >> 1
  const upper = sorted[half] as number
  return count % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}

/** The values in order at the start of `few`, which the next call overwrites. */
function sortedFew(values: readonly number[]): Float64Array {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    let at = index
    while (at > 0 && (few[at - 1] as number) > value) {
      few[at] = few[at - 1] as number
      at--
    }
    few[at] = value
  }
  return few
}
