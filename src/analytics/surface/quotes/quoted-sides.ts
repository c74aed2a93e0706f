import type { Right } from '../../../market/contract.ts'
import { premiumTable } from '../../../market/pricing/early-exercise.ts'
import type { EpochMs } from '../../../market/units.ts'
import type { Carry } from '../../carry.ts'
import { type ChainRow, type Expiration, freshMidOf, yearsOf } from '../../chain.ts'
import { expirationPricing } from '../../volatility/forward/expiration-pricing.ts'
import { priceFromForward, pricingTerms } from '../../volatility/forward/pricing-terms.ts'
import type { ParityFit } from './parity-line.ts'
import { totalVolatilityOf } from './total-volatility.ts'

/** A quote with the volatilities of its two sides. */
export interface QuotedSides<Row extends ChainRow = ChainRow> {
  readonly row: Row
  /** A fraction a year; null where the side is missing or worth less than the option at any volatility. */
  readonly bidVol: number | null
  readonly askVol: number | null
  /** Whether the option is out of the money at the forward. */
  readonly isOutOfTheMoney: boolean
  /** Whether the fit of the smile uses it: out of the money, two-sided, not stale. */
  readonly isFitted: boolean
}

interface SidesQuestion {
  readonly fit: ParityFit
  readonly carry: Carry
  readonly slot: EpochMs
  /** Also options in the money, whose spread is many times their time value. */
  readonly inTheMoney: boolean
}

/** Dollars; a price beyond it is an error of who wrote it. */
const MOST_PRICE = 1e9

/**
 * Bid and ask of the quotes of an expiration as volatilities, by strike, puts before calls. Of American options the
 * premium for early exercise is taken out first: out of the money as in the fit of the smile, so that a curve through
 * the bars is the curve of the fit; in the money priced at the volatility of the strike's other side. Unlike the fit, no
 * quote is widened to a smallest step of prices, and flagged and one-sided quotes are here too. Quotes of which neither
 * side has a volatility are left out.
 */
export function quotedSides<Row extends ChainRow>(
  expiration: Expiration<Row>,
  question: SidesQuestion,
): QuotedSides<Row>[] {
  const { forward, discount, premium } = question.fit.terms
  const rootYears = Math.sqrt(yearsOf(expiration))
  const inner = question.inTheMoney ? premiumsInTheMoney(expiration, question) : null
  const found: QuotedSides<Row>[] = []
  let guess = 0
  for (const { strike, call, put } of expiration.strikes) {
    const k = Math.log(strike / forward)
    const price: PriceToVol = { k, scale: discount * Math.sqrt(forward * strike), rootYears }
    const outer: Right = strike < forward ? 'P' : 'C'
    const own = outer === 'P' ? put : call
    const sides = own && sidesOf(own, { ...price, less: premium(outer, k), guess })
    const middle = sides && middleOf(sides)
    if (middle !== null) guess = middle * rootYears
    const other = outer === 'P' ? call : put
    const inside =
      inner && other && guess > 0 ? sidesOf(other, { ...price, less: inner(other, guess), guess }) : null
    const isFitted = freshMidOf(own) !== null && sides?.bidVol != null && sides.askVol !== null
    const here = [
      ...(own && sides ? [{ row: own, ...sides, isOutOfTheMoney: true, isFitted }] : []),
      ...(other && inside ? [{ row: other, ...inside, isOutOfTheMoney: false, isFitted: false }] : []),
    ]
    if (outer === 'C') here.reverse()
    for (const one of here) if (one.bidVol !== null || one.askVol !== null) found.push(one)
  }
  return found
}

interface PriceToVol {
  readonly k: number
  /** Turns a price into the scaled price of Black's formula. */
  readonly scale: number
  readonly rootYears: number
}

interface Sides {
  readonly bidVol: number | null
  readonly askVol: number | null
}

/** `less`: dollars of the price that are not time value of a European option out of the money. */
function sidesOf(
  { bid, ask }: Pick<ChainRow, 'bid' | 'ask'>,
  { k, scale, rootYears, less, guess }: PriceToVol & { readonly less: number; readonly guess: number },
): Sides {
  const volOf = (price: number | null) => {
    if (price === null || !(price > 0 && price <= MOST_PRICE)) return null
    const total = totalVolatilityOf(-Math.abs(k), (price - less) / scale, guess)
    return total === null ? null : total / rootYears
  }
  return { bidVol: volOf(bid), askVol: volOf(ask) }
}

/** Null without both sides. */
function middleOf({ bidVol, askVol }: Sides): number | null {
  return bidVol === null || askVol === null ? null : (bidVol + askVol) / 2
}

/**
 * What an option in the money costs beyond the time value of a European one, dollars: its distance from the forward, and the
 * premium for early exercise at a total volatility.
 */
function premiumsInTheMoney(
  expiration: Expiration,
  { fit, carry, slot }: SidesQuestion,
): (row: Pick<ChainRow, 'right' | 'strike'>, total: number) => number {
  const { forward, discount } = fit.terms
  const distance = (strike: number) => discount * Math.abs(forward - strike)
  const pricing = expirationPricing(expiration, carry, slot)
  if (pricing.reason !== null || expiration.style === 'european') return ({ strike }) => distance(strike)
  const { dividends, presentValue } = pricing.value
  const terms = pricingTerms(expiration, carry.rateFraction)
  const spot = priceFromForward(forward, terms) + presentValue
  const { premiumAt } = premiumTable({ ...terms, spot, dividends })
  const rootYears = Math.sqrt(yearsOf(expiration))
  return ({ right, strike }, total) =>
    distance(strike) + (premiumAt({ right: right as Right, strike, volFraction: total / rootYears }) ?? 0)
}
