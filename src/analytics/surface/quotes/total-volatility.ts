/**
 * Black's formula and its inverse for options out of the money, in the variables in which they need neither price level,
 * rate nor time: x = −|ln(K/F)|, the total volatility s = σ√T, and b = price / (discount·√(F·K)), which is the same for a
 * call at K and a put at F²/K. Written with the scaled complementary error function, so that it keeps its digits where
 * an option is worth next to nothing.
 * Sources: F. Black, "The Pricing of Commodity Contracts", 1976; P. Jäckel, "Let's be rational", Wilmott, 2015.
 */

const ROOT_HALF = Math.SQRT1_2
const ROOT_HALF_PI = 1.2533141373155003
const INVERSE_ROOT_2_PI = 0.3989422804014327
const ROUNDS = 60
const TOLERANCE = 1e-10
const MOST = 50

/** The price b of an option out of the money, with x ≤ 0 and s > 0. */
export function scaledPrice(x: number, s: number): number {
  const h = x / s
  const t = s / 2
  const density = Math.exp(-(h * h + t * t) / 2)
  // With x at most 0 the second argument is never below 0; the first is, for large volatilities.
  return 0.5 * density * (scaledErfc(-(h + t) * ROOT_HALF) - scaledErfc((t - h) * ROOT_HALF))
}

/** db/ds. */
export function scaledVega(x: number, s: number): number {
  const h = x / s
  return INVERSE_ROOT_2_PI * Math.exp(-(h * h + (s * s) / 4) / 2)
}

/**
 * The total volatility s at which the price is b, to a relative 1e-10; null where none is: b must lie between 0 and
 * e^{x/2}. Newton's method on ln b, which is concave in s, inside a bracket; `guess` is where it starts.
 */
export function totalVolatilityOf(x: number, b: number, guess: number): number | null {
  if (!(b > 0) || !(b < Math.exp(x / 2))) return null
  const target = Math.log(b)
  let low = 0
  let high = MOST
  let s = guess > 0 && guess < MOST ? guess : 0.1
  for (let round = 0; round < ROUNDS; round++) {
    const price = scaledPrice(x, s)
    const miss = Math.log(price) - target
    if (miss > 0) high = s
    else low = s
    const step = (miss * price) / scaledVega(x, s)
    let next = s - step
    // A price that has vanished has no logarithm: the volatility is far too low.
    if (!(next > low && next < high)) next = high === MOST ? 2 * s : (low + high) / 2
    if (Math.abs(next - s) <= TOLERANCE * next) return next
    s = Math.min(next, MOST)
  }
  return high - low <= 1e-6 * high ? s : null
}

/** N(z)/φ(z) of the standard normal distribution. */
export function cdfOverDensity(z: number): number {
  return ROOT_HALF_PI * scaledErfc(-z * ROOT_HALF)
}

/**
 * e^{x²}·erfc(x), to about 1e-15. Source of the rational approximations: W. J. Cody, "Rational Chebyshev Approximations
 * for the Error Function", Mathematics of Computation 23, 1969.
 */
function scaledErfc(x: number): number {
  const size = Math.abs(x)
  if (size <= 0.46875) return Math.exp(x * x) * (1 - x * ratio(NEAR, x * x))
  const upper = size <= 4 ? ratio(MIDDLE, size) : farErfc(size)
  return x > 0 ? upper : 2 * Math.exp(x * x) - upper
}

function farErfc(size: number): number {
  const inverse = 1 / (size * size)
  return (ROOT_PI_INVERSE - inverse * ratio(FAR, inverse)) / size
}

interface Rational {
  /** Coefficients of the numerator and the denominator, from the highest power. */
  readonly top: readonly number[]
  readonly bottom: readonly number[]
}

function ratio({ top, bottom }: Rational, x: number): number {
  let above = 0
  let below = 0
  for (let at = 0; at < top.length; at++) above = above * x + (top[at] as number)
  for (let at = 0; at < bottom.length; at++) below = below * x + (bottom[at] as number)
  return above / below
}

const ROOT_PI_INVERSE = 0.5641895835477563
const NEAR: Rational = {
  top: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  bottom: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
}
const MIDDLE: Rational = {
  top: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  bottom: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
}
const FAR: Rational = {
  top: [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  bottom: [
    1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
  ],
}
