import { mix, normal } from '../../../market/random.ts'

/**
 * A Brownian bridge with unit variance over `length` seconds, at one second: the interval is halved down to that second,
 * and each midpoint is drawn with its own key. About fifteen draws.
 */
export function bridge(key: number, second: number, length: number): number {
  let from = 0
  let to = length
  let atFrom = 0
  let atTo = 0
  while (second > from && second < to) {
    const middle = (from + to) >> 1
    const share = (middle - from) / (to - from)
    const sd = Math.sqrt((share * (to - middle)) / length)
    const atMiddle = atFrom + (atTo - atFrom) * share + sd * normal(mix(key, middle))
    if (second < middle) {
      to = middle
      atTo = atMiddle
    } else {
      from = middle
      atFrom = atMiddle
    }
  }
  return second <= from ? atFrom : atTo
}

/** The same bridge at every second from 0 to `length`: one draw each. */
export function wholeBridge(key: number, length: number): Float64Array {
  const values = new Float64Array(length + 1)
  fill(0, length)
  return values

  function fill(from: number, to: number): void {
    const middle = (from + to) >> 1
    if (middle === from) return
    const share = (middle - from) / (to - from)
    const sd = Math.sqrt((share * (to - middle)) / length)
    const atFrom = values[from] as number
    const atTo = values[to] as number
    values[middle] = atFrom + (atTo - atFrom) * share + sd * normal(mix(key, middle))
    fill(from, middle)
    fill(middle, to)
  }
}
