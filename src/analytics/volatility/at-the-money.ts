import type { Right } from '../../market/contract.ts'
import { impliedVol } from '../../market/pricing/implied-vol.ts'
import type { ExpiryDate } from '../../market/units.ts'
import { type ChainRow, daysOf, type Expiration, freshMidOf, type Strike, yearsOf } from '../chain.ts'
import { absent, type Found, found, mapFound } from '../measured.ts'
import { type Forward, parityForward } from './forward.ts'

/** At-the-money implied volatility of one expiration, a fraction. */
export interface TermPoint {
  readonly expiry: ExpiryDate
  /** Calendar days to the end of trading, fractional. */
  readonly days: number
  readonly forward: Found<Forward>
  /** Solved from mid quotes with the pricing tree. */
  readonly own: Found<number>
  /** From the volatilities of IB's model. */
  readonly ibModel: Found<number>
}

/** No interpolation between strikes further apart than this share of the forward. */
const WIDEST_BRACKET = 0.05

/**
 * At-the-money volatility: the mean of call and put volatility at the two strikes that bracket the forward,
 * interpolated linearly in strike. Our own volatilities are solved from mids with the underlying at F·e^{−rT}. That
 * price includes the dividends the market expects, so neither the rate nor a dividend forecast affects the result.
 * Strikes without a quote are skipped. `no_atm_bracket` if one side of the forward has no strike left, or if the two
 * strikes are further apart than 5 % of the forward.
 */
export function termPoint(expiration: Expiration, rateFraction: number): TermPoint {
  const forward = parityForward(expiration, rateFraction)
  const at = (volOf: (pair: Strike) => number | null) =>
    forward.reason === null ? atForward(expiration.strikes, forward.value.forward, volOf) : forward
  const carry = { years: yearsOf(expiration), rateFraction }
  const own = at((pair) => ownVol(pair, { ...carry, spot: spotFromForward(forward, carry) }))
  return { expiry: expiration.expiry, days: daysOf(expiration), forward, own, ibModel: at(modelVol) }
}

/** The underlying price implied by the forward without dividends; 0 without a forward. */
function spotFromForward(forward: Found<Forward>, carry: { years: number; rateFraction: number }): number {
  const spot = mapFound(forward, (one) => one.forward * Math.exp(-carry.rateFraction * carry.years))
  return spot.value ?? 0
}

function atForward(
  strikes: readonly Strike[],
  forward: number,
  volOf: (pair: Strike) => number | null,
): Found<number> {
  const firstAbove = strikes.findIndex(({ strike }) => strike > forward)
  const split = firstAbove < 0 ? strikes.length : firstAbove
  const below = nearest(strikes, { from: split - 1, step: -1, volOf })
  if (below && below.strike === forward) return found(below.vol)
  const above = nearest(strikes, { from: split, step: 1, volOf })
  if (!below || !above || above.strike - below.strike > WIDEST_BRACKET * forward) {
    return absent('no_atm_bracket')
  }
  const share = (forward - below.strike) / (above.strike - below.strike)
  return found(below.vol + share * (above.vol - below.vol))
}

/** The first strike with a volatility, from an index on. Only six are tried, because the bracket is narrow. */
function nearest(
  strikes: readonly Strike[],
  { from, step, volOf }: { from: number; step: 1 | -1; volOf: (pair: Strike) => number | null },
): { strike: number; vol: number } | null {
  for (let at = from, tries = 0; at >= 0 && at < strikes.length && tries < 6; at += step, tries++) {
    const pair = strikes[at] as Strike
    const vol = volOf(pair)
    if (vol !== null) return { strike: pair.strike, vol }
  }
  return null
}

function ownVol(pair: Strike, underlying: { spot: number; years: number; rateFraction: number }) {
  const solve = (right: Right, quote: ChainRow | null) =>
    impliedVol({ ...underlying, right, strike: pair.strike }, freshMidOf(quote)).volFraction
  const call = solve('C', pair.call)
  const put = call === null ? null : solve('P', pair.put)
  return call === null || put === null ? null : (call + put) / 2
}

/** IB fits one volatility to the call and put of a strike, so if one is missing the other is used alone. */
function modelVol({ call, put }: Strike): number | null {
  const callVol = gatewayVol(call)
  const putVol = gatewayVol(put)
  if (callVol === null || putVol === null) return callVol ?? putVol
  return (callVol + putVol) / 2
}

/** The gateway's volatility of a row; null if we computed it ourselves. */
function gatewayVol(quote: ChainRow | null): number | null {
  const vol = quote?.greeks_source === 'own' ? null : (quote?.iv ?? null)
  return vol !== null && Number.isFinite(vol) && vol > 0 ? vol : null
}
