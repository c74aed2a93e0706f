import { yearsBetween } from '../../../src/market/calendar.ts'
import type { Right } from '../../../src/market/contract.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import { type EpochMs, type ExpiryDate, expiryToDate } from '../../../src/market/units.ts'
import { rounded } from '../../../src/snapshot/assemble-rows.ts'
import { flagsOf, QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import { GREEK_DECIMALS, NOT_RECORDED, type SnapshotRow } from '../../../src/snapshot/row.ts'
import { type GridSize, gridPrice } from '../../support/finite-difference.ts'
import { type TrueMarket, trueDividends, trueForward, truePresentValue, trueVol } from './true-market.ts'

/** What is wrong with the quotes, as shares of them or as multiples. */
export interface QuoteFaults {
  /** Half-spreads are this many times as wide. */
  readonly widening?: number
  /** The middle of a quote is off by up to this share of its half-spread. */
  readonly offCentre?: number
  /** Share of the quotes from when the underlying was half a percent lower, flagged as the collector flags them. */
  readonly stale?: number
  /** Share with bid and ask exchanged. */
  readonly crossed?: number
  /** Share without a bid. */
  readonly oneSided?: number
}

/** How a chain is made from a market. */
export interface ChainMaking {
  readonly at: EpochMs
  readonly spot: number
  readonly expiries: readonly ExpiryDate[]
  /** Strikes of one expiration, ascending. */
  readonly strikesOf: (forward: number) => readonly number[]
  /** Whether the rows have the present value of dividends, as the gateway sends it. */
  readonly withPvDividend: boolean
  readonly faults: QuoteFaults
  readonly random: () => number
  readonly grid: GridSize
}

/** A row and the option behind it, with its true volatility. */
export interface MadeRow {
  readonly row: SnapshotRow
  readonly option: PricedOption
}

/** Half of a spread: dollars, a share of the price, and a share of what is in the money. */
const LEAST_HALF_SPREAD = 0.01
const HALF_SPREAD_OF_PRICE = 0.002
const HALF_SPREAD_OF_INTRINSIC = 0.004
const STALE_MOVE = 0.995

/** A chain without volatilities, quoted around true prices and rounded outward to cents. */
export function makeChain(market: TrueMarket, making: ChainMaking): MadeRow[] {
  const { at, spot, expiries, strikesOf } = making
  const expiresAt = expiryTimesOf(market.symbol)
  return expiries.flatMap((expiry) => {
    const end = expiresAt(expiry)
    const years = yearsBetween(at, end)
    const forward = trueForward(market, at, { spot, years })
    return strikesOf(forward).flatMap((strike) =>
      (['C', 'P'] as const).map((right) => {
        const volFraction = trueVol(market, Math.log(strike / forward), years)
        const { style, rateFraction } = market
        const dividends = trueDividends(market, at)
        const option = { right, spot, strike, years, volFraction, rateFraction, dividends, style }
        return { option, row: rowOf(market, making, { option, expiry, expiresAt: end }) }
      }),
    )
  })
}

function rowOf(
  market: TrueMarket,
  { at, faults, random, withPvDividend, grid }: ChainMaking,
  { option, expiry, expiresAt }: { option: PricedOption; expiry: ExpiryDate; expiresAt: EpochMs },
): SnapshotRow {
  const { stale = 0, crossed = 0, oneSided = 0 } = faults
  const isStale = random() < stale
  const priced = isStale ? { ...option, spot: option.spot * STALE_MOVE } : option
  const sides = quoteAround(gridPrice(priced, grid) ?? 0, { option, faults, random })
  const isCrossed = random() < crossed
  const isOneSided = random() < oneSided
  const pv = rounded(truePresentValue(market, at, option.years), GREEK_DECIMALS.pvDividend)
  const row: SnapshotRow = {
    ...NOT_RECORDED,
    timestamp: at,
    symbol: market.symbol,
    expiry,
    strike: option.strike,
    right: option.right as Right,
    bid: isOneSided ? null : isCrossed ? sides.ask : sides.bid,
    ask: isCrossed ? sides.bid : sides.ask,
    last: null,
    bid_size: 10,
    ask_size: 10,
    volume: 1,
    open_interest: 1,
    iv: null,
    delta: null,
    gamma: null,
    theta: null,
    vega: null,
    underlying_price: option.spot,
    greeks_source: null,
    data_type: 'live',
    quoted_at: at,
    con_id: 1,
    trading_class: market.symbol,
    flags: 0,
    exercise_style: market.style,
    expires_at: expiresAt,
    pv_dividend: withPvDividend ? pv : null,
    yearmonth: expiry.slice(0, 6),
    date: expiryToDate(expiry),
  }
  const quiet = { halted: false, complete: true, opening: false, afterClose: false }
  const flags = flagsOf({ ...row, ...quiet, underlyingConfirmedAt: at })
  return { ...row, flags: isStale ? flags | QUALITY_FLAGS.stale : flags }
}

function quoteAround(
  price: number,
  { option, faults, random }: { option: PricedOption; faults: QuoteFaults; random: () => number },
): { bid: number; ask: number } {
  const { widening = 1, offCentre = 0 } = faults
  const sign = option.right === 'C' ? 1 : -1
  const intrinsic = Math.max(0, sign * (option.spot - option.strike))
  const half =
    widening * (LEAST_HALF_SPREAD + HALF_SPREAD_OF_PRICE * price + HALF_SPREAD_OF_INTRINSIC * intrinsic)
  const middle = price + half * offCentre * (2 * random() - 1)
  // A cent is the smallest step; the small term keeps a whole number of cents what it is.
  const bid = Math.max(0, Math.floor((middle - half) * 100 + 1e-6) / 100)
  return { bid, ask: Math.max(bid + 0.01, Math.ceil((middle + half) * 100 - 1e-6) / 100) }
}
