import { totalVarianceAt } from '../../src/analytics/surface/evaluate.ts'
import type { FittedSmile } from '../../src/analytics/surface/smile.ts'
import type { SurfaceFit } from '../../src/analytics/surface/surface.ts'

/** The difference quotients of the density are rough by this much. */
const ROUGHNESS = 1e-4
/** Of the grid, in k. */
const STEP = 0.004

/**
 * Crossings and negative densities of the smiles of one underlying as they are stored, by differences of total variance
 * on a grid of its own. Independent of the check that the fit makes.
 */
export function violationsOf({ slices }: SurfaceFit, gridStep = STEP): string[] {
  const found: string[] = []
  let before: { expiry: string; minutes: number; smile: FittedSmile } | null = null
  for (const { expiry, minutes, smile } of slices) {
    const own = smile.value
    if (!own) continue
    const at = (k: number) => totalVarianceAt(own, k).value ?? Number.NaN
    const scale = Math.sqrt(own.atmVariance)
    for (let k = own.checked.from + gridStep; k < own.checked.to - gridStep; k += gridStep) {
      // Far from the money variances are large, and their differences rough.
      const step = 1e-4 * scale + 1e-5 * Math.abs(k)
      const [low, w, high] = [at(k - step), at(k), at(k + step)] as [number, number, number]
      const slope = (high - low) / (2 * step)
      const bend = (high - 2 * w + low) / (step * step)
      const density = (1 - (k * slope) / (2 * w)) ** 2 - (slope ** 2 / 4) * (1 / w + 0.25) + bend / 2
      if (!(density > -ROUGHNESS)) found.push(`${expiry} has density ${density} at ${k}`)
      const earlier = before && before.minutes < minutes ? totalVarianceAt(before.smile, k).value : null
      if (earlier !== null && earlier > w) found.push(`${before?.expiry} crosses ${expiry} at ${k}`)
    }
    before = { expiry, minutes, smile: own }
  }
  return found
}
