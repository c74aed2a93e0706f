import type { Carry } from '../carry.ts'
import { type Expiration, yearsOf } from '../chain.ts'
import { parityForward } from '../volatility/forward/forward.ts'
import { askOf, bidOf, isOffered, ROUNDING } from './executable-prices.ts'

/**
 * Counts pairs of one strike and adjacent expirations whose earlier option sells for more than the later one, with what
 * the difference in time may cost, is bought for. Only options on the same underlying and of the same style are compared,
 * whatever their class: each future, and each forward of the VIX, has a price of its own.
 *
 * An American option that expires later includes every right of an earlier one. A European one does not: a later call may
 * be worth less by the dividends between the two dates, a later put by the interest on the strike, and an option on a
 * future by the interest on its price.
 */
export function calendarViolations(
  expirations: readonly Expiration[],
  { rateFraction }: Pick<Carry, 'rateFraction'>,
): number {
  const comparable = new Map<string, Expiration[]>()
  for (const expiration of expirations) {
    const { pricedOn, style, underlyingConId } = expiration
    if (pricedOn === 'forward') continue
    const key = `${pricedOn} ${style} ${underlyingConId}`
    const own = comparable.get(key)
    if (own) own.push(expiration)
    else comparable.set(key, [expiration])
  }
  let count = 0
  for (const own of comparable.values()) {
    for (let at = 1; at < own.length; at++) {
      count += violationsOf({ near: own[at - 1] as Expiration, far: own[at] as Expiration, rateFraction })
    }
  }
  return count
}

interface Neighbours {
  readonly near: Expiration
  readonly far: Expiration
  readonly rateFraction: number
}

function violationsOf(pair: Neighbours): number {
  const later = new Map(pair.far.strikes.map((one) => [one.strike, one]))
  const allowances = { call: allowanceOf(pair, 'call'), put: allowanceOf(pair, 'put') }
  let count = 0
  for (const one of pair.near.strikes) {
    const other = later.get(one.strike)
    if (!other) continue
    for (const side of ['call', 'put'] as const) {
      const soon = one[side]
      const late = other[side]
      const allowance = allowances[side]
      if (allowance === null || !isOffered(soon) || !isOffered(late)) continue
      if (bidOf(soon) > askOf(late) + allowance(one.strike, askOf(late)) + ROUNDING) count++
    }
  }
  return count
}

/** By how much the later option may be worth less, dollars; null if that is not known. */
type Allowance = (strike: number, laterAsk: number) => number

function allowanceOf({ near, far, rateFraction }: Neighbours, side: 'call' | 'put'): Allowance | null {
  if (near.style === 'american') return () => 0
  const discountOf = (one: Expiration) => Math.exp(-rateFraction * yearsOf(one))
  const [soon, late] = [discountOf(near), discountOf(far)]
  if (near.pricedOn === 'future') return (_, laterAsk) => laterAsk * Math.max(0, soon / late - 1)
  if (side === 'put') return (strike) => strike * Math.max(0, soon - late)
  const dividends = dividendsBetween({ near, far, rateFraction })
  return dividends === null ? null : () => Math.max(0, dividends)
}

/**
 * Present value of the dividends between two expirations: from the gateway's model, else from the forwards of the two,
 * which are lower by it; null without either.
 */
function dividendsBetween({ near, far, rateFraction }: Neighbours): number | null {
  if (near.pvDividend !== null && far.pvDividend !== null) return far.pvDividend - near.pvDividend
  const held = (one: Expiration) => {
    const forward = parityForward(one, rateFraction).value?.forward
    return forward === undefined ? null : forward * Math.exp(-rateFraction * yearsOf(one))
  }
  const [soon, late] = [held(near), held(far)]
  return soon === null || late === null ? null : soon - late
}
