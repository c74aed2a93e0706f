/**
 * Reads the series that `report/pack-series.ts` has written: one low and one high value for each stretch of steps.
 *
 * @import { PackedSeries } from '../pack-series.ts'
 */

/**
 * @typedef {object} Series The lowest and the highest value of each stretch; NaN where no step of it has a value.
 * @property {Float64Array} low
 * @property {Float64Array} high
 */

/**
 * @param {PackedSeries} packed
 * @param {number} count
 * @returns {Series}
 */
export function unpackSeries({ quantum, data }, count) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  let at = 0
  /** A variable-length integer: seven bits a byte, lowest first. */
  const next = () => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
  const low = new Float64Array(count).fill(Number.NaN)
  const high = new Float64Array(count).fill(Number.NaN)
  let last = 0
  for (let index = 0; index < count; index++) {
    const token = next()
    if (token === 0) continue
    const zigzag = token - 1
    last += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    low[index] = last * quantum
    high[index] = (last + next()) * quantum
  }
  return { low, high }
}
