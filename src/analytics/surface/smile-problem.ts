import type { QuotedVariance } from './quoted-volatility.ts'
import type { LogMoneynessRange } from './smile.ts'
import { bendMatrix, createSplineRows, fillSplineRows, roughnessMatrix } from './spline-rows.ts'

/**
 * The least squares problem of one smile: minimise Σ((w − w_mid)/h)² + λ·n·∫y″²dz over the values y at the knots, where
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
  -9, -7.2, -5.8, -4.7, -3.8, -3.1, -2.5, -2, -1.55, -1.15, -0.8, -0.45, -0.15, 0.15, 0.4, 0.65, 0.9, 1.15,
  1.4, 1.7, 2.05, 2.5, 3.1, 3.9, 5,
]
/** Distance in z that a knot keeps from the first and the last quote, which have knots of their own. */
const CLEARANCE = 0.25
/** Where knots lie between the last quote and the reach of the earlier expirations. */
const REACH_SHARES = [0.15, 0.4, 0.7, 1]
/** Fewer quotes say too little about a smile, and so does one side of the money alone. */
const FEWEST_QUOTES = 8
const FEWEST_A_SIDE = 2

/** Null if there are too few quotes. `reach` is how far the smile is bent by others: it has knots as far as that. */
export function smileProblem(
  quotes: readonly QuotedVariance[],
  reach: LogMoneynessRange,
): SmileProblem | null {
  const puts = quotes.filter(({ k }) => k < 0).length
  if (quotes.length < FEWEST_QUOTES || Math.min(puts, quotes.length - puts) < FEWEST_A_SIDE) return null
  const atmVariance = varianceAtTheMoney(quotes)
  const knots = knotsOf(quotes, atmVariance, reach)
  const size = knots.length
  const bends = bendMatrix(knots)
  const gram = new Float64Array(size * size)
  const linear = new Float64Array(size)
  const rows = createSplineRows(size)
  for (const { k, variance, halfWidth } of quotes) {
    fillSplineRows({ knots, bends }, k / Math.sqrt(atmVariance), rows)
    const scale = atmVariance / halfWidth
    for (let row = 0; row < size; row++) {
      const part = scale * (rows.value[row] as number)
      linear[row] = (linear[row] as number) + (part * variance) / halfWidth
      for (let column = 0; column <= row; column++) {
        const cell = row * size + column
        gram[cell] = (gram[cell] as number) + part * scale * (rows.value[column] as number)
      }
    }
  }
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
  const below = beyond(first, Math.min(first, reach.from / scale)).reverse()
  return [...below, first, ...inner, last, ...beyond(last, Math.max(last, reach.to / scale))]
}

/** Knots from the last quote, not included, to the reach. */
function beyond(end: number, reach: number): number[] {
  if (Math.abs(reach - end) < CLEARANCE) return []
  return REACH_SHARES.map((share) => end + share * (reach - end))
}
