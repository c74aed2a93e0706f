import { type EpochMs, epochMs } from '../../../../market/units.ts'
import type { Segment } from './trade-dates.ts'

/** Interval of the marks that bound a path, s. All openings and closes are multiples of it. */
export const MARK_SECONDS = 300

export interface Range {
  readonly low: number
  readonly high: number
}

/** Every five minutes of a segment, its opening and its close included. */
export function marksOf({ openAt, closeAt }: Segment): EpochMs[] {
  const marks: EpochMs[] = []
  for (let at: number = openAt; at <= closeAt; at += MARK_SECONDS * 1_000) marks.push(epochMs(at))
  return marks
}

/** The lowest and highest of a path's values at the marks. */
export function rangeOf(values: readonly number[]): Range {
  return { low: Math.min(...values), high: Math.max(...values) }
}

/** A value between two marks, kept within their range: what is beyond an extreme is reflected at it. */
export function keptWithin(value: number, { low, high }: Range): number {
  if (value > high) return Math.max(low, 2 * high - value)
  return value < low ? Math.min(high, 2 * low - value) : value
}
