import { yearsBetween } from '../../market/calendar.ts'
import type { Right } from '../../market/contract.ts'
import { europeanGreeks } from '../../market/pricing/european.ts'
import { impliedGreeks } from '../../market/pricing/implied-vol.ts'
import type { Dividend, ModelGreeks, UnpricedOption } from '../../market/pricing/option.ts'
import { treeGreeks } from '../../market/pricing/tree.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { rounded } from '../../snapshot/assemble-rows.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import { GREEK_DECIMALS, type SnapshotRow } from '../../snapshot/row.ts'
import type { Carry } from '../carry.ts'
import { type Expiration, type GroupedChain, midOf, type Strike } from '../chain.ts'
import { datedDividends } from './forward/ex-dates.ts'
import { expirationPricing } from './forward/expiration-pricing.ts'
import { type PricingTerms, pricingTerms } from './forward/pricing-terms.ts'

/** A parity price further than this share from the underlying's price comes from bad quotes. */
const PARITY_TOLERANCE = 0.01
/** A volatility is uncertain if half the spread of its quote is worth more than this, points. */
const MAX_ERROR_POINTS = 2

/**
 * Fills in volatility and greeks, in IB's conventions, where IB sent none and the quote is two-sided. They are those of
 * the option's own model: the tree, or Black-Scholes for European options, each with a yield equal to the rate for options
 * on a future or forward. `greeks_source` becomes `own`, flag `greeks_own` is set and `iv_missing` is cleared. Other rows,
 * and rows whose mid has no implied volatility, are returned unchanged.
 *
 * Call and put of a strike have one volatility, as IB's do: where both have two-sided quotes it is solved from the mid of
 * the one that is out of the money at the forward, because the spread of the other is many times its time value. Each
 * has the greeks of its own exercise at that volatility. An option whose other side is not quoted has that of its own
 * mid. If half the spread of the quote used is worth more than two volatility points, `iv_uncertain` is set; in the money, at
 * the lower of its vega and that at the volatility at the money.
 *
 * The underlying price is the one that is consistent with the quotes of the expiration (`expirationPricing`): with it and
 * the dividends before expiry, call and put of a strike agree. If that price is missing or more than 1 % from the row's
 * `underlying_price`, `underlying_price` is used. Options on a forward (the VIX) have no other price than that of parity,
 * and stay as they are without it. Time to expiry runs from `quoted_at`, or from the slot without it.
 */
export function withOwnGreeks(chain: GroupedChain<SnapshotRow>, carry: Carry): SnapshotRow[] {
  const { rows, slot } = chain
  if (!rows.some(lacksGreeks)) return [...rows]
  const known = new Map<Expiration<SnapshotRow>, ExpirationPrices>()
  const pricesOf = (expiration: Expiration<SnapshotRow>) => {
    const before = known.get(expiration)
    if (before) return before
    const prices = expirationPrices(expiration, carry, slot)
    known.set(expiration, prices)
    return prices
  }
  return rows.map((row) => {
    if (!lacksGreeks(row)) return row
    const prices = pricesOf(chain.expirationOf(row))
    const vol = volOf(row, prices)
    return vol === null ? row : filled(row, vol, prices)
  })
}

function lacksGreeks(row: SnapshotRow): boolean {
  return row.iv === null && midOf(row) !== null
}

/** What the rows of one expiration are priced with. */
export interface ExpirationPrices {
  readonly expiration: Expiration<SnapshotRow>
  readonly terms: PricingTerms
  /** The underlying's price that is consistent with the quotes, dollars; null where no strike has both. */
  readonly consistentSpot: number | null
  readonly forward: number | null
  /** The strike nearest to the forward. */
  readonly pivot: number | null
  readonly dividends: readonly Dividend[]
  readonly pairs: ReadonlyMap<number, Strike<SnapshotRow>>
  /** The volatilities solved so far, by the row that they were solved from. */
  readonly solved: Map<SnapshotRow, SolvedVol | null>
}

/** A volatility, the quote that it was solved from, and how much that leaves open. */
interface SolvedVol {
  readonly from: SnapshotRow
  readonly volFraction: number
  /** Of the option that was solved. */
  readonly greeks: ModelGreeks
  readonly isUncertain: boolean
}

export function expirationPrices(
  expiration: Expiration<SnapshotRow>,
  carry: Carry,
  slot: EpochMs,
): ExpirationPrices {
  const pricing = expirationPricing(expiration, carry, slot).value
  return {
    expiration,
    terms: pricingTerms(expiration, carry.rateFraction),
    consistentSpot: pricing?.spot ?? null,
    forward: pricing?.forward ?? null,
    pivot: pricing?.pivot ?? null,
    dividends: pricing?.dividends ?? datedDividends(expiration, carry, slot).dividends,
    pairs: new Map(expiration.strikes.map((pair) => [pair.strike, pair])),
    solved: new Map(),
  }
}

/** The volatility of a row: that of the side of its strike which is out of the money, else of its own quote. */
function volOf(row: SnapshotRow, prices: ExpirationPrices): SolvedVol | null {
  const outside = outsideOf(row, prices)
  return (outside && solvedFrom(outside, prices)) ?? solvedFrom(row, prices)
}

/** The side of the row's strike that is out of the money, if it has a two-sided quote. */
function outsideOf({ strike, underlying_price }: SnapshotRow, { pairs, forward }: ExpirationPrices) {
  const money = forward ?? underlying_price
  const pair = pairs.get(strike)
  if (money === null || !pair) return null
  const outside = strike < money ? pair.put : pair.call
  return midOf(outside) === null ? null : outside
}

function solvedFrom(row: SnapshotRow, prices: ExpirationPrices): SolvedVol | null {
  const before = prices.solved.get(row)
  if (before !== undefined) return before
  const solved = solve(row, prices)
  prices.solved.set(row, solved)
  return solved
}

function solve(row: SnapshotRow, prices: ExpirationPrices): SolvedVol | null {
  const option = unpriced(row, prices)
  if (option === null) return null
  const { volFraction, greeks } = impliedGreeks(option, midOf(row))
  if (volFraction === null) return null
  const halfSpread = ((row.ask as number) - (row.bid as number)) / 2
  const vega = Math.min(
    greeks.vega,
    outsideOf(row, prices) === row ? greeks.vega : vegaAtMoneyVol(option, prices),
  )
  return { from: row, volFraction, greeks, isUncertain: halfSpread > MAX_ERROR_POINTS * vega }
}

/**
 * The option's vega at the volatility at the money. An option in the money that is quoted some cents too high has so high a
 * volatility that its own vega makes it look certain.
 */
function vegaAtMoneyVol(option: UnpricedOption, prices: ExpirationPrices): number {
  const { call = null, put = null } = prices.pairs.get(prices.pivot ?? Number.NaN) ?? {}
  const outside = call && put && outsideOf(call, prices)
  const money = outside && solvedFrom(outside, prices)
  return (money && greeksOf(option, money.volFraction)?.vega) ?? Number.POSITIVE_INFINITY
}

function filled(row: SnapshotRow, vol: SolvedVol, prices: ExpirationPrices): SnapshotRow {
  const { volFraction, isUncertain } = vol
  const greeks = vol.from === row ? vol.greeks : greeksOf(unpriced(row, prices), volFraction)
  if (!greeks) return row
  const { iv_missing, greeks_own, iv_uncertain } = QUALITY_FLAGS
  return {
    ...row,
    iv: rounded(volFraction, GREEK_DECIMALS.iv),
    delta: rounded(greeks.delta, GREEK_DECIMALS.delta),
    gamma: rounded(greeks.gamma, GREEK_DECIMALS.gamma),
    theta: rounded(greeks.theta, GREEK_DECIMALS.theta),
    vega: rounded(greeks.vega, GREEK_DECIMALS.vega),
    greeks_source: 'own',
    flags: (row.flags & ~iv_missing) | greeks_own | (isUncertain ? iv_uncertain : 0),
  }
}

/** The greeks of the option's own model; null where it has no price. */
function greeksOf(option: UnpricedOption | null, volFraction: number): ModelGreeks | null {
  if (option === null) return null
  const modelGreeks = option.style === 'european' ? europeanGreeks : treeGreeks
  return modelGreeks({ ...option, volFraction })
}

/** The row's option without its volatility; null where the underlying has no price. */
export function unpriced(row: SnapshotRow, prices: ExpirationPrices): UnpricedOption | null {
  const { expiration, terms, consistentSpot, dividends } = prices
  const spot =
    expiration.pricedOn === 'forward' ? consistentSpot : spotFor(consistentSpot, row.underlying_price)
  if (spot === null) return null
  const years = yearsBetween(epochMs(row.quoted_at ?? row.timestamp), expiration.expiresAt)
  return { ...terms, spot, dividends, right: row.right as Right, strike: row.strike, years }
}

function spotFor(consistentSpot: number | null, underlyingPrice: number | null): number | null {
  if (consistentSpot === null || underlyingPrice === null) return underlyingPrice ?? consistentSpot
  return Math.abs(consistentSpot - underlyingPrice) <= PARITY_TOLERANCE * underlyingPrice
    ? consistentSpot
    : underlyingPrice
}
