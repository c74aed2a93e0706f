import { fitLine } from './fit-line.ts'
import { mean } from './moments.ts'

/** The effect of one metaorder: how far the mid moved in its direction, against the same market without it. */
export interface MeasuredImpact {
  readonly lots: number
  /** Ticks. */
  readonly impact: number
}

/** Mean impact of each size, smallest size first. */
export function impactBySize(impacts: readonly MeasuredImpact[]): MeasuredImpact[] {
  const bySize = new Map<number, number[]>()
  for (const { lots, impact } of impacts) bySize.set(lots, [...(bySize.get(lots) ?? []), impact])
  return [...bySize]
    .map(([lots, same]) => ({ lots, impact: mean(same) as number }))
    .sort((one, other) => one.lots - other.lots)
}

/**
 * Exponent δ of I ∝ Q^δ: the slope of the logarithm of the mean impact over the logarithm of the size, each size with
 * the same weight. Null when the mean impact of a size is not positive, or with fewer than three sizes.
 */
export function impactExponent(impacts: readonly MeasuredImpact[]): number | null {
  const sizes = impactBySize(impacts)
  if (sizes.length < 3 || sizes.some(({ impact }) => !(impact > 0))) return null
  const line = fitLine(
    sizes.map(({ lots }) => Math.log(lots)),
    sizes.map(({ impact }) => Math.log(impact)),
  )
  return line?.slope ?? null
}
