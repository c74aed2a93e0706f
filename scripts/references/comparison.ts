/** Our values held against those of one reference. */
export interface Comparison {
  /** Where the reference comes from. */
  readonly reference: string
  readonly figure: string
  readonly unit: string
  /** Sizes of the differences, ours less the reference. */
  readonly errors: readonly number[]
  /** Bound of the 99th percentile that has to be met; the error of the method or the digits published. */
  readonly atMost: number
}

/** Errors this small are rounding of the computer's numbers. */
const ROUNDING = 1e-12

/** The error that a share of them is not above; NaN without errors. */
export function quantileOf({ errors }: Pick<Comparison, 'errors'>, share: number): number {
  const sorted = errors.map(Math.abs).sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The one value of a reference. */
export function exact(
  facts: Pick<Comparison, 'reference' | 'figure' | 'unit'>,
  {
    ours,
    theirs,
    atMost,
  }: { readonly ours: number | null; readonly theirs: number; readonly atMost: number },
): Comparison {
  return { ...facts, errors: ours === null ? [Number.POSITIVE_INFINITY] : [ours - theirs], atMost }
}

/** Two digits, the same on every machine: nothing is measured closer than that. */
export function shownError(error: number): string {
  if (Number.isNaN(error)) return '–'
  if (error < ROUNDING) return '0'
  if (!Number.isFinite(error)) return 'null'
  const [digits, exponent] = error.toExponential(1).split('e') as [string, string]
  return error >= 0.01 ? String(Number(error.toPrecision(2))) : `${digits}e${Number(exponent)}`
}
