import type { UnpricedOption } from '../../../market/pricing/option.ts'
import { type Expiration, yearsOf } from '../../chain.ts'

/** How the options of one expiration are priced, whatever their strike and the price of the underlying. */
export type PricingTerms = Required<
  Pick<UnpricedOption, 'years' | 'rateFraction' | 'yieldFraction' | 'style'>
>

export function pricingTerms(
  expiration: Pick<Expiration, 'minutes' | 'pricedOn' | 'style'>,
  rateFraction: number,
): PricingTerms {
  return {
    years: yearsOf(expiration),
    rateFraction,
    style: expiration.style,
    // Holding a future or a forward costs nothing, so its price does not grow at the rate.
    yieldFraction: expiration.pricedOn === 'spot' ? 0 : rateFraction,
  }
}

/** The price of the underlying, without the dividends before expiry, that belongs to a forward price. */
export function priceFromForward(
  forward: number,
  { years, rateFraction, yieldFraction }: Omit<PricingTerms, 'style'>,
): number {
  return forward * Math.exp((yieldFraction - rateFraction) * years)
}
