import { fitLine } from './fit-line.ts'

/** Shortest block, and the fewest blocks that the longest block leaves. */
const SHORTEST_BLOCK = 10
const FEWEST_BLOCKS = 20

/**
 * Hurst exponent H of a series of ±1: the mean square of sums over blocks of m values grows as m^(2H). 0.5 without
 * memory; with autocorrelations that fall as lag^(−γ), H = 1 − γ/2. The mean of the signs is taken as 0, which buyers
 * and sellers of equal number have. Null for fewer than 2,000 values.
 */
export function hurstExponent(signs: ArrayLike<number>): number | null {
  const count = signs.length
  if (count < 2_000) return null
  const cumulated = new Float64Array(count + 1)
  for (let at = 0; at < count; at++) cumulated[at + 1] = (cumulated[at] as number) + (signs[at] as number)
  const x: number[] = []
  const y: number[] = []
  for (let block = SHORTEST_BLOCK; block * FEWEST_BLOCKS <= count; block = Math.ceil(block * 1.5)) {
    let sum = 0
    let blocks = 0
    for (let end = block; end <= count; end += block) {
      sum += ((cumulated[end] as number) - (cumulated[end - block] as number)) ** 2
      blocks++
    }
    if (sum === 0) return null
    x.push(Math.log(block))
    y.push(Math.log(sum / blocks))
  }
  const line = fitLine(x, y)
  return line === null ? null : line.slope / 2
}
