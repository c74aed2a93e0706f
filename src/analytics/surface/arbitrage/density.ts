/** A point of a smile in standardized variables: y = w/w_atm and its derivatives by z = k/√w_atm. */
export interface SmilePoint {
  readonly z: number
  readonly y: number
  readonly slope: number
  readonly bend: number
}

/**
 * g(k) = (1 − k·w′/2w)² − w′²/4·(1/w + 1/4) + w″/2, here with y and z: the density of the underlying at expiry up to a
 * positive factor. Source: J. Gatheral, A. Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14 (1),
 * 2014, section 2.
 */
export function densityOf({ z, y, slope, bend }: SmilePoint, atmVariance: number): number {
  const lean = 1 - (z * slope) / (2 * y)
  return lean * lean - (slope * slope) / (4 * y) - (atmVariance * slope * slope) / 16 + bend / 2
}

/** Its derivatives by y and y′; that by y″ is ½. */
export function densityGradient(
  { z, y, slope }: SmilePoint,
  atmVariance: number,
): { readonly byValue: number; readonly bySlope: number } {
  const lean = 1 - (z * slope) / (2 * y)
  return {
    byValue: (lean * z * slope) / (y * y) + (slope * slope) / (4 * y * y),
    bySlope: (-lean * z) / y - slope / (2 * y) - (atmVariance * slope) / 8,
  }
}
