/** The lowest and the highest value of each bucket of steps; NaN where no step of the bucket has a value. */
export interface ThinSeries {
  readonly low: Float64Array
  readonly high: Float64Array
}

/**
 * Thins a column of a run to `buckets` stretches of equal numbers of steps. Each keeps its lowest and its highest value, so
 * that a crash, however short, keeps its trough. A step that is missing from the file leaves a gap only where a whole
 * bucket is missing.
 * @param steps rising, one for each value.
 * @param values NaN where there is none.
 */
export function thinSeries(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  buckets: number,
  { firstStep, lastStep }: { readonly firstStep: number; readonly lastStep: number },
): ThinSeries {
  const low = new Float64Array(buckets).fill(Number.NaN)
  const high = new Float64Array(buckets).fill(Number.NaN)
  const perStep = buckets / (lastStep - firstStep + 1)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    const bucket = Math.min(buckets - 1, Math.floor(((steps[row] as number) - firstStep) * perStep))
    if (!(value >= (low[bucket] as number))) low[bucket] = value
    if (!(value <= (high[bucket] as number))) high[bucket] = value
  }
  return { low, high }
}
