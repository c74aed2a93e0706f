import type { QuotedVariance } from '../quotes/quoted-volatility.ts'
import type { LogMoneynessRange } from '../smile.ts'
import { normalEquations } from './normal-equations.ts'
import { bendMatrix, roughnessMatrix } from './spline-rows.ts'

/**
 * The least squares problem of one smile: minimize Σ((w − w_mid)/h)² + λ·n·∫y″²dz over the values y at the knots, where
 * w = w_atm·y, h is the half-width of a quote and n their number.
 */
export interface SmileProblem {
  readonly quotes: readonly QuotedVariance[]
  readonly atmVariance: number
  readonly knots: readonly number[]
  /** Second derivatives at the knots as a matrix applied to the values. */
  readonly bends: Float64Array
  /** Of the quotes alone, by rows; lower triangle. */
  readonly gram: Float64Array
  /** With the penalty; lower triangle. */
  readonly hessian: Float64Array
  readonly linear: Float64Array
}

/** λ. */
const SMOOTHING = 0.5
/** Where knots lie if quotes reach beyond them: closest where smiles bend most. */
const KNOTS = [
  -24, -19.5, -16, -13.2, -11, -9, -7.2, -5.8, -4.7, -3.8, -3.1, -2.5, -2, -1.55, -1.15, -0.8, -0.45, -0.15,
  0.15, 0.4, 0.65, 0.9, 1.15, 1.4, 1.7, 2.05, 2.5, 3.1, 3.9, 5, 6.5, 8.5, 11, 14,
]
/** Distance in z that a knot keeps from the first and the last quote, which have knots of their own. */
const CLEARANCE = 0.25
/** Every smile reaches this far, a little beyond the range that is checked, and beyond the quotes that matter to it. */
const WINGS: LogMoneynessRange = { from: Math.log(0.45), to: Math.log(1.6) }
const WING_MARGIN = 0.1
/**
 * Knots from the last quote to the end of a wing, and the distance of the first one in z: a wing that has to bend for the
 * sake of other expirations must not take the quotes with it.
 */
const WING_KNOTS = 4
const FIRST_WING_KNOT = 0.75
/** Fewer quotes say too little about a smile, and so does one side of the money alone. */
const FEWEST_QUOTES = 8
const FEWEST_A_SIDE = 2

/** Null if there are too few quotes. `reach` is how far the quotes reach that matter to it. */
export function smileProblem(
  quotes: readonly QuotedVariance[],
  reach: LogMoneynessRange,
): SmileProblem | null {
  const puts = quotes.filter(({ k }) => k < 0).length
  if (quotes.length < FEWEST_QUOTES || Math.min(puts, quotes.length - puts) < FEWEST_A_SIDE) return null
  const atmVariance = varianceAtTheMoney(quotes)
  const knots = knotsOf(quotes, atmVariance, reach)
  const bends = bendMatrix(knots)
  const { gram, linear } = normalEquations(quotes, { knots, bends, atmVariance })
  const hessian = roughnessMatrix(knots, bends)
  for (let cell = 0; cell < hessian.length; cell++) {
    hessian[cell] = (gram[cell] as number) + SMOOTHING * quotes.length * (hessian[cell] as number)
  }
  return { quotes, atmVariance, knots, bends, gram, hessian, linear }
}

/** Linear between the quotes on both sides of the money. */
function varianceAtTheMoney(quotes: readonly QuotedVariance[]): number {
  const above = quotes.findIndex(({ k }) => k >= 0)
  const low = quotes[above - 1] as QuotedVariance
  const high = quotes[above] as QuotedVariance
  return low.variance + ((high.variance - low.variance) * -low.k) / (high.k - low.k)
}

function knotsOf(quotes: readonly QuotedVariance[], atmVariance: number, reach: LogMoneynessRange): number[] {
  const scale = Math.sqrt(atmVariance)
  const first = (quotes[0] as QuotedVariance).k / scale
  const last = (quotes.at(-1) as QuotedVariance).k / scale
  const inner = KNOTS.filter((knot) => knot > first + CLEARANCE && knot < last - CLEARANCE)
  const low = wingDistances(first - Math.min(WINGS.from, reach.from - WING_MARGIN) / scale)
  const high = wingDistances(Math.max(WINGS.to, reach.to + WING_MARGIN) / scale - last)
  return [
    ...low.map((distance) => first - distance).reverse(),
    ...[first, ...inner, last],
    ...high.map((distance) => last + distance),
  ]
}

/** Distances of a wing's knots from the last quote: each a multiple of the one before. */
function wingDistances(whole: number): number[] {
  const factor = (Math.min(FIRST_WING_KNOT, whole / WING_KNOTS) / whole) ** (1 / (WING_KNOTS - 1))
  return Array.from({ length: WING_KNOTS }, (_, at) => whole * factor ** (WING_KNOTS - 1 - at))
}
