/** Least squares y ≈ intercept + slope·x, with weights. Null for fewer than two different x. */
export function fitLine(
  x: readonly number[],
  y: readonly number[],
  weights: readonly number[] = x.map(() => 1),
): { readonly slope: number; readonly intercept: number } | null {
  let total = 0
  let meanX = 0
  let meanY = 0
  for (let at = 0; at < x.length; at++) {
    const weight = weights[at] as number
    total += weight
    meanX += weight * (x[at] as number)
    meanY += weight * (y[at] as number)
  }
  meanX /= total
  meanY /= total
  let varianceX = 0
  let covariance = 0
  for (let at = 0; at < x.length; at++) {
    const dx = (x[at] as number) - meanX
    varianceX += (weights[at] as number) * dx * dx
    covariance += (weights[at] as number) * dx * ((y[at] as number) - meanY)
  }
  if (!(varianceX > 0)) return null
  const slope = covariance / varianceX
  return { slope, intercept: meanY - slope * meanX }
}
