import { totalVarianceAt } from '../../../src/analytics/surface/evaluate.ts'
import type { SurfaceFit, SurfaceSlice } from '../../../src/analytics/surface/surface.ts'

const STEP = 0.002
/** Difference quotients of the density are rough by this much. */
const ROUGHNESS = 1e-4

/** Points with arbitrage on a grid of their own, by differences of the stored smiles: densities, then crossings. */
export function countViolations({ slices }: SurfaceFit): number {
  let count = 0
  let before: SurfaceSlice | null = null
  for (const slice of slices) {
    const own = slice.smile.value
    if (!own) continue
    const at = (k: number) => totalVarianceAt(own, k).value ?? Number.NaN
    const scale = Math.sqrt(own.atmVariance)
    for (let k = own.checked.from + STEP; k < own.checked.to - STEP; k += STEP) {
      // Far from the money variances are large, and their differences rough.
      const step = 1e-4 * scale + 1e-5 * Math.abs(k)
      const [low, w, high] = [at(k - step), at(k), at(k + step)] as [number, number, number]
      const slope = (high - low) / (2 * step)
      const bend = (high - 2 * w + low) / (step * step)
      const density = (1 - (k * slope) / (2 * w)) ** 2 - (slope ** 2 / 4) * (1 / w + 0.25) + bend / 2
      if (!(density > -ROUGHNESS)) count++
      const earlier = earlierVariance(before, slice, k)
      if (earlier !== null && earlier > w) count++
    }
    before = slice
  }
  return count
}

function earlierVariance(before: SurfaceSlice | null, slice: SurfaceSlice, k: number): number | null {
  const smile = before?.smile.value
  return smile && before && before.minutes < slice.minutes ? totalVarianceAt(smile, k).value : null
}
