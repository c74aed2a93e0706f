import type { ExerciseStyle, Right } from '../../market/contract.ts'
import type { Settlement } from '../../market/option-hours.ts'
import { impliedVol } from '../../market/pricing/implied-vol.ts'
import type { UnpricedOption } from '../../market/pricing/option.ts'
import type { EpochMs, ExpiryDate } from '../../market/units.ts'
import type { PricedOn } from '../../snapshot/option-basis.ts'
import type { Carry } from '../carry.ts'
import { type ChainRow, daysOf, type Expiration, freshMidOf, rowVol, type Strike } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { type ExpirationPricing, expirationPricing } from './forward/expiration-pricing.ts'
import { pricingTerms } from './forward/pricing-terms.ts'

/** At-the-money implied volatility of one expiration, a fraction. */
export interface TermPoint {
  readonly expiry: ExpiryDate
  /** Trading class; empty where the rows do not say. */
  readonly tradingClass: string
  readonly settlement: Settlement
  readonly style: ExerciseStyle
  readonly pricedOn: PricedOn
  /** When the value is fixed. */
  readonly expiresAt: EpochMs
  /** Calendar days to the end of trading, fractional. */
  readonly days: number
  /** Forward, spot and dividends that the volatilities are solved with. */
  readonly forward: Found<ExpirationPricing>
  /** Solved from mid quotes with the options' own model. */
  readonly own: Found<number>
  /** From the volatilities of IB's model. */
  readonly ibModel: Found<number>
}

/** No interpolation between strikes further apart than this share of the forward. */
const WIDEST_BRACKET = 0.05

/**
 * At-the-money volatility: the mean of call and put volatility at the two strikes that bracket the forward,
 * interpolated linearly in strike. Our own volatilities are solved from mids by the options' own model, with the spot that
 * is consistent with the quotes and the dividends before expiry, so that the rate hardly affects the result.
 * Strikes without a quote are skipped. `no_atm_bracket` if one side of the forward has no strike left, or if the two
 * strikes are further apart than 5 % of the forward.
 */
export function termPoint(expiration: Expiration, carry: Carry, slot: EpochMs): TermPoint {
  const pricing = expirationPricing(expiration, carry, slot)
  const at = (volOf: (pair: Strike, priced: ExpirationPricing) => number | null) =>
    mapPresent(pricing, (priced) =>
      atForward(expiration.strikes, priced.forward, (pair) => volOf(pair, priced)),
    )
  const terms = pricingTerms(expiration, carry.rateFraction)
  const { expiry, tradingClass, settlement, style, pricedOn, expiresAt } = expiration
  return {
    ...{ expiry, tradingClass, settlement, style, pricedOn, expiresAt, days: daysOf(expiration) },
    forward: pricing,
    own: at((pair, { spot, dividends }) => ownVol(pair, { ...terms, spot, dividends })),
    ibModel: at(modelVol),
  }
}

function mapPresent<T, U>(one: Found<T>, change: (value: T) => Found<U>): Found<U> {
  return one.reason === null ? change(one.value) : one
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

function ownVol(pair: Strike, underlying: Omit<UnpricedOption, 'right' | 'strike'>) {
  const solve = (right: Right, quote: ChainRow | null) =>
    impliedVol({ ...underlying, right, strike: pair.strike }, freshMidOf(quote), { model: 'smooth' })
      .volFraction
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
  return quote === null || quote.greeks_source === 'own' ? null : rowVol(quote)
}
