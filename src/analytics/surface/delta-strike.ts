import type { Right } from '../../market/contract.ts'
import { exactNormalCdf } from '../../market/pricing/normal.ts'
import { absent, type Found, found } from '../measured.ts'
import type { MaturitySmile } from './maturity.ts'

/** A point of a smile. */
export interface SmileVolatility {
  /** ln(K/F). */
  readonly k: number
  /** A fraction a year. */
  readonly volFraction: number
}

/** Steps of the search outward from the money, in standard deviations, and bisections of the one that holds the delta. */
const STEP = 0.05
const BISECTIONS = 50

/** The volatility at k = ln(K/F); `outside_quotes` where the quotes do not reach. */
export function volAtLogMoneyness(smile: MaturitySmile, k: number): Found<SmileVolatility> {
  const variance = smile.totalVarianceAt(k)
  return variance === null || !(variance > 0)
    ? absent('outside_quotes')
    : found({ k, volFraction: Math.sqrt(variance / smile.years) })
}

/**
 * The strike at which an option has this delta, above 0 and at most 0.5 for both rights, and its volatility. The delta is
 * that of the forward: N(d1) of a call and N(−d1) of a put, with d1 = −k/s + s/2 and s = σ(k)√T. It depends on the smile
 * alone, and is that of the stock times e^{qT}, which at 60 days is less than a hundredth of it. Of several strikes the
 * one nearest to the money is taken. `outside_quotes` if none within the quotes has that delta.
 */
export function strikeOfDelta(smile: MaturitySmile, right: Right, delta: number): Found<SmileVolatility> {
  const sign = right === 'C' ? 1 : -1
  const atMoney = smile.totalVarianceAt(0)
  if (atMoney === null || !(atMoney > 0) || !(delta > 0 && delta <= 0.5)) return absent('outside_quotes')
  const step = sign * STEP * Math.sqrt(atMoney)
  // A call at the money has a little more than half a delta, a put a little less: its strike is then above the forward.
  const outward = deltaAt(smile, right, 0) ?? 0
  const direction = outward >= delta ? step : -step
  let from = 0
  for (let to = direction; ; from = to, to += direction) {
    const there = deltaAt(smile, right, to)
    if (there === null) return absent('outside_quotes')
    if (there < delta === outward >= delta) {
      return volAtLogMoneyness(smile, bisected(smile, { right, delta, from, to, above: outward >= delta }))
    }
  }
}

interface Bracket {
  readonly right: Right
  readonly delta: number
  readonly from: number
  readonly to: number
  /** Whether the delta at `from` is at or above the one wanted. */
  readonly above: boolean
}

function bisected(smile: MaturitySmile, { right, delta, above, ...bracket }: Bracket): number {
  let { from, to } = bracket
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (from + to) / 2
    const there = deltaAt(smile, right, middle) as number
    if (there >= delta === above) from = middle
    else to = middle
  }
  return (from + to) / 2
}

/** Of the forward, above 0 for both rights; null outside the quotes. */
function deltaAt(smile: MaturitySmile, right: Right, k: number): number | null {
  const variance = smile.totalVarianceAt(k)
  if (variance === null || !(variance > 0)) return null
  const total = Math.sqrt(variance)
  const d1 = -k / total + total / 2
  return exactNormalCdf(right === 'C' ? d1 : -d1)
}
