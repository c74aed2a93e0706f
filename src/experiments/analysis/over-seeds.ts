import { impactExponent, type MeasuredImpact } from '../../statistics/impact-exponent.ts'
import { bootstrapInterval, type Interval, meanInterval } from '../../statistics/intervals.ts'

/** A figure over several seeds. */
export interface SeedFigure {
  /** The mean over the seeds; null when none has it. */
  readonly mean: number | null
  /** 95 % interval of the mean (Student's t); null for fewer than two seeds. */
  readonly interval: Interval | null
  /** Seeds that have it. */
  readonly seeds: number
}

/** One value a seed; null where a seed has none. */
export function overSeeds(values: readonly (number | null)[]): SeedFigure {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { mean: null, interval: null, seeds: 0 }
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    interval: meanInterval(known),
    seeds: known.length,
  }
}

/** What an interval says about a difference. `unknown`: there is no interval. */
export type Evidence = 'above zero' | 'below zero' | 'contains zero' | 'unknown'

export function evidenceOf({ interval }: Pick<SeedFigure, 'interval'>): Evidence {
  if (interval === null) return 'unknown'
  if (interval[0] > 0) return 'above zero'
  return interval[1] < 0 ? 'below zero' : 'contains zero'
}

/** Impact of one quantity at one seed. */
export interface ImpactPoint {
  /** Shares. */
  readonly quantity: number
  /** Dollars. */
  readonly impact: number
}

export interface ImpactCurve {
  /** One a quantity, smallest first. */
  readonly points: readonly (SeedFigure & { readonly quantity: number })[]
  /** δ of I ∝ Q^δ through the mean impacts; null when one of them is not positive, or with fewer than three. */
  readonly exponent: number | null
  /** 95 % interval: the seeds drawn again with replacement, each with all its quantities. Null for fewer than five seeds. */
  readonly exponentInterval: Interval | null
}

/** Samples drawn from fewer seeds are too much alike: the interval would be far too narrow. */
const MIN_SEEDS_DRAWN = 5

/** @param seeds the points of each seed; a quantity counts at the seeds that have it. */
export function impactCurve(seeds: readonly (readonly ImpactPoint[])[]): ImpactCurve {
  const quantities = [...new Set(seeds.flat().map(({ quantity }) => quantity))].sort(
    (one, other) => one - other,
  )
  const measured = seeds.map((points) => points.map(({ quantity, impact }) => ({ lots: quantity, impact })))
  const exponentOf = (sample: readonly MeasuredImpact[][]) => {
    const impacts = sample.flat()
    // A sample without one of the quantities would fit another curve.
    return new Set(impacts.map(({ lots }) => lots)).size < quantities.length ? null : impactExponent(impacts)
  }
  const exponent = exponentOf(measured)
  return {
    points: quantities.map((quantity) => ({
      quantity,
      ...overSeeds(
        seeds.map((points) => {
          const same = points.filter((point) => point.quantity === quantity)
          return same.length === 0 ? null : same.reduce((sum, { impact }) => sum + impact, 0) / same.length
        }),
      ),
    })),
    exponent,
    exponentInterval:
      exponent === null || seeds.length < MIN_SEEDS_DRAWN ? null : bootstrapInterval(measured, exponentOf),
  }
}
