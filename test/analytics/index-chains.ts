import { groupChain } from '../../src/analytics/chain.ts'
import { yearsBetween } from '../../src/market/calendar.ts'
import type { ExerciseStyle, Right } from '../../src/market/contract.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import { smoothAmericanPrice } from '../../src/market/pricing/smooth-american.ts'
import { type EpochMs, expiryDate } from '../../src/market/units.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { rowOf, SLOT } from './chains.ts'

export const RATE = 0.04

/** One expiration of one class, priced by the model that its options have. */
export interface MadeExpiration {
  readonly symbol: string
  readonly tradingClass: string
  /** Last trading day. */
  readonly expiry: string
  readonly style: ExerciseStyle
  readonly underlyingType: 'IND' | 'FUT'
  readonly underlyingConId: number
  /** What `underlying_price` shows. */
  readonly underlyingPrice: number
  /** The forward price that the options are priced at. */
  readonly forward: number
  readonly pvDividend?: number
  readonly vol: (strike: number) => number
  readonly strikes: readonly number[]
  readonly halfSpread?: number
  readonly at?: EpochMs
}

export function madeRows(made: MadeExpiration): SnapshotRow[] {
  const { symbol, tradingClass, expiry, style, at = SLOT, halfSpread = 0.05 } = made
  const expiresAt = expiryTimesOf(symbol)(expiryDate(expiry), tradingClass)
  const years = yearsBetween(at, expiresAt)
  return made.strikes.flatMap((strike) =>
    (['C', 'P'] as Right[]).map((right) => {
      const option = {
        right,
        strike,
        years,
        volFraction: made.vol(strike),
        rateFraction: RATE,
        yieldFraction: RATE,
      }
      const price = smoothAmericanPrice({ ...option, style, spot: made.forward }) as number
      return rowOf({
        ...{ symbol, timestamp: at, quoted_at: at, expiry, strike, right, trading_class: tradingClass },
        con_id: Math.round(strike * 20) + (right === 'C' ? 0 : 1) + 1_000_000 * tradingClass.length,
        bid: Math.max(0, price - halfSpread),
        ask: price + halfSpread,
        underlying_price: made.underlyingPrice,
        ...{ exercise_style: style, expires_at: expiresAt, pv_dividend: made.pvDividend ?? null },
        ...{ underlying_type: made.underlyingType, underlying_con_id: made.underlyingConId },
      })
    }),
  )
}

/** The chain of one symbol, as figures see it. */
export function grouped(rows: readonly SnapshotRow[], slot: EpochMs = SLOT) {
  return groupChain(rows, { slot, expiresAt: expiryTimesOf(rows[0]?.symbol ?? '') })
}

const SPX_SPOT = 6_800

/**
 * SPX with 1.2 % of dividends a year. The two classes of Thursday, 17 December have the same strikes: the monthly one is
 * settled on the opening of Friday and has another volatility, so that a mixture would show.
 */
export function spxRows(strikes = strikesAround(SPX_SPOT, 600, 25)): SnapshotRow[] {
  const expirations: readonly (readonly [string, string, number])[] = [
    ['SPXW', '20261204', 0.15],
    ['SPXW', '20261217', 0.16],
    ['SPX', '20261217', 0.17],
    ['SPXW', '20261218', 0.172],
    ['SPXW', '20261231', 0.18],
  ]
  return expirations.flatMap(([tradingClass, expiry, level]) => {
    const years = yearsBetween(SLOT, expiryTimesOf('SPX')(expiryDate(expiry), tradingClass))
    const pvDividend = 0.012 * SPX_SPOT * years
    return madeRows({
      ...{ symbol: 'SPX', tradingClass, expiry, style: 'european', strikes, pvDividend },
      ...{ underlyingType: 'IND', underlyingConId: 416_904, underlyingPrice: SPX_SPOT },
      forward: (SPX_SPOT - pvDividend) * Math.exp(RATE * years),
      vol: (strike) => level - 0.3 * (strike / SPX_SPOT - 1),
    })
  })
}

export const ES_FUTURES = { near: { conId: 11, price: 6_830 }, far: { conId: 12, price: 6_893.5 } } as const

/** Options on two futures: the quarterly ones on ESZ6 are American, those of the end of the month on ESH7 European. */
export function esRows(): SnapshotRow[] {
  const { near, far } = ES_FUTURES
  const options = [
    { tradingClass: 'EW1', expiry: '20261204', style: 'european', ...near, level: 0.15 },
    { tradingClass: 'ES', expiry: '20261218', style: 'american', ...near, level: 0.16 },
    { tradingClass: 'EW', expiry: '20261231', style: 'european', ...far, level: 0.18 },
  ] as const
  return options.flatMap(({ conId, price, level, ...terms }) =>
    madeRows({
      ...{ symbol: 'ES', ...terms, underlyingType: 'FUT', underlyingConId: conId },
      ...{ underlyingPrice: price, forward: price, strikes: strikesAround(price, 500, 25) },
      vol: (strike) => level - 0.3 * (strike / price - 1),
    }),
  )
}

/** The index at 15, its forwards higher; no dollar of the index is worth a dollar of a forward. */
export function vixRows(): SnapshotRow[] {
  const options = [
    { tradingClass: 'VIX', expiry: '20261215', forward: 17.4, level: 0.9 },
    { tradingClass: 'VIXW', expiry: '20261222', forward: 18.1, level: 0.8 },
    { tradingClass: 'VIX', expiry: '20270119', forward: 19.2, level: 0.7 },
  ] as const
  return options.flatMap(({ level, ...terms }) =>
    madeRows({
      ...{ symbol: 'VIX', ...terms, style: 'european', underlyingType: 'IND', underlyingConId: 13_455_763 },
      ...{ underlyingPrice: 15, strikes: strikesAround(18, 6, 0.5), halfSpread: 0.01 },
      vol: () => level,
    }),
  )
}

function strikesAround(middle: number, width: number, step: number): number[] {
  const first = Math.ceil((middle - width) / step) * step
  return Array.from({ length: Math.floor((middle + width - first) / step) + 1 }, (_, at) => first + at * step)
}
