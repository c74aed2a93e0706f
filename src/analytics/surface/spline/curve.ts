import type { Smile } from '../smile.ts'
import { intervalOf, secondDerivatives } from './natural-spline.ts'

/** A smile with the second derivatives at its knots, so that it is evaluated quickly at many points. */
export interface Curve extends Pick<Smile, 'knots' | 'atmVariance'> {
  readonly values: ArrayLike<number>
  readonly bends: Float64Array
  /** √w_atm: z = k/scale. */
  readonly scale: number
}

export function curveOf({
  knots,
  values,
  atmVariance,
}: Pick<Smile, 'knots' | 'atmVariance'> & { readonly values: ArrayLike<number> }): Curve {
  return {
    knots,
    values,
    atmVariance,
    bends: secondDerivatives(knots, values),
    scale: Math.sqrt(atmVariance),
  }
}

/** Total variance at k = ln(K/F), beyond the end knots along the tangent in k. */
export function varianceOn(curve: Curve, k: number): number {
  const into = point
  fillPoint(curve, k / curve.scale, into)
  return curve.atmVariance * into.y
}

/** A point of a curve that the next call overwrites. */
export interface MutablePoint {
  z: number
  y: number
  slope: number
  bend: number
}

const point: MutablePoint = { z: 0, y: 0, slope: 0, bend: 0 }

export function fillPoint({ knots, values, bends }: Curve, z: number, into: MutablePoint): void {
  const last = knots.length - 1
  const at = intervalOf(knots, z)
  const from = knots[at] as number
  const width = (knots[at + 1] as number) - from
  const [low, high] = [values[at] as number, values[at + 1] as number]
  const [lowBend, highBend] = [bends[at] as number, bends[at + 1] as number]
  const inside = Math.min(Math.max(z, knots[0] as number), knots[last] as number)
  const right = (inside - from) / width
  const left = 1 - right
  const square = (width * width) / 6
  const beyond = z - inside
  const slope =
    (high - low) / width +
    (width / 6) * ((1 - 3 * left * left) * lowBend + (3 * right * right - 1) * highBend)
  into.z = z
  into.slope = slope
  into.y =
    left * low +
    right * high +
    square * ((left * left * left - left) * lowBend + (right * right * right - right) * highBend) +
    beyond * slope
  into.bend = beyond === 0 ? left * lowBend + right * highBend : 0
}
