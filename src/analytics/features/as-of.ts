import type { EpochMs } from '../../market/units.ts'

/** A value with the time from which it was known. */
export interface Known<Value> {
  readonly value: Value
  readonly knownAt: EpochMs
}

/** Looks up what was known at successive times. */
export interface AsOf<Value> {
  /**
   * Everything known at a time, that very moment included, in the order in which it became known. Times may come in any
   * order; ascending ones are fastest. The list is valid until the next call.
   */
  at(time: EpochMs): readonly Value[]
}

/**
 * An as-of join: a value may be used by a row if it was known at or before the row's time, whatever the time that it
 * describes. Values that became known in the same moment keep their order.
 */
export function asOf<Value>(items: readonly Known<Value>[]): AsOf<Value> {
  const sorted = [...items].sort((a, b) => a.knownAt - b.knownAt)
  let known: Value[] = []
  return {
    at: (time) => {
      const last = sorted[known.length - 1]
      if (last && last.knownAt > time) known = []
      for (let next = sorted[known.length]; next && next.knownAt <= time; next = sorted[known.length]) {
        known.push(next.value)
      }
      return known
    },
  }
}

/**
 * Of values with the same key the one that became known last, in the order of the first of each: of a value that was
 * written again, and of a file with duplicates. `known` is in the order in which they became known.
 */
export function newestOfEach<Value>(known: readonly Value[], keyOf: (value: Value) => string): Value[] {
  const newest = new Map<string, Value>()
  for (const value of known) newest.set(keyOf(value), value)
  return [...newest.values()]
}
