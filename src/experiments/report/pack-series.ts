import type { ThinSeries } from './thin-series.ts'

/** A series as text: integers of variable length, in base64. Read by `page/packed-series.js`. */
export interface PackedSeries {
  /** Values are multiples of it. */
  readonly quantum: number
  readonly data: string
}

/** Tried in this order: the first one of which every value is a multiple makes the shortest text. */
const QUANTA = [100, 10, 1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0001]

/**
 * Packs the low and the high value of each bucket: for a bucket without a value 0, otherwise 1 + the zigzag of the change
 * of the low value, and then high − low. Prices and positions change little between buckets, so most numbers take one byte.
 * Values are kept exactly when they are multiples of 0.0001, and are rounded to it otherwise.
 */
export function packSeries({ low, high }: ThinSeries): PackedSeries {
  const quantum = QUANTA.find((one) => isMultiple(low, one) && isMultiple(high, one)) ?? 0.0001
  const bytes: number[] = []
  const push = (value: number) => {
    let rest = value
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
  }
  let last = 0
  for (let index = 0; index < low.length; index++) {
    const least = low[index] as number
    if (Number.isNaN(least)) {
      push(0)
      continue
    }
    const value = Math.round(least / quantum)
    const change = value - last
    push(1 + (change >= 0 ? 2 * change : -2 * change - 1))
    push(Math.round((high[index] as number) / quantum) - value)
    last = value
  }
  return { quantum, data: Buffer.from(bytes).toString('base64') }
}

function isMultiple(values: Float64Array, quantum: number): boolean {
  return values.every((value) => {
    const multiple = value / quantum
    return Number.isNaN(value) || Math.abs(multiple - Math.round(multiple)) < 1e-6
  })
}
