import type { EpochMs } from './units.ts'

/** The kind of data that the gateway actually sent, which may differ from the kind requested. */
export type DataType = 'live' | 'frozen' | 'delayed' | 'delayed_frozen'

/** IB's model greeks of one option, with sentinels removed: a value that IB did not compute is null. */
export interface ModelGreeks {
  /** Annualised, as a fraction: 0.1842 is 18.42 %. */
  readonly impliedVolFraction: number | null
  readonly delta: number | null
  readonly gamma: number | null
  /** Dollars per volatility point (0.01). */
  readonly vega: number | null
  /** Dollars per calendar day. */
  readonly theta: number | null
  /** Dollars. Of an option on a future, the future's price. */
  readonly underlyingPrice: number | null
  /** Present value of the dividends until expiry that IB's model uses; dollars, 0 without dividends. */
  readonly pvDividend: number | null
}

/** Fields of ticks with one number. Prices in dollars, sizes and volume in contracts or shares. */
export type NumericField =
  | 'bid'
  | 'ask'
  | 'last'
  | 'close'
  | 'bidSize'
  | 'askSize'
  | 'volume'
  | 'callOpenInterest'
  | 'putOpenInterest'
  /** Of a future (tick 86). */
  | 'openInterest'
  /** IB's 30-day implied volatility of an underlying, a fraction (tick 24). */
  | 'impliedVol30Fraction'
  | 'markPrice'
  /** 0 trading, 1 or 2 halted. */
  | 'halted'

/**
 * One decoded market-data message. A numeric value of null means that the gateway sent "none" (−1 and other
 * sentinels); a field that it never sent has no tick.
 */
export type Tick =
  | { readonly field: NumericField; readonly value: number | null }
  | { readonly field: 'modelGreeks'; readonly greeks: ModelGreeks }
  | { readonly field: 'dataType'; readonly dataType: DataType }

/** What has been received for one instrument so far. `undefined`: nothing. `null`: the gateway sent "none". */
export interface Quote {
  numbers: Partial<Record<NumericField, number | null>>
  greeks: ModelGreeks | undefined
  dataType: DataType | undefined
  /** When a bid or an ask last arrived; null before the first. */
  quotedAt: EpochMs | null
}

export function emptyQuote(): Quote {
  return { numbers: {}, greeks: undefined, dataType: undefined, quotedAt: null }
}

/** Applies one tick to a quote, in place: quotes are many and short-lived. */
export function applyTick(quote: Quote, tick: Tick, at: EpochMs): void {
  if (tick.field === 'modelGreeks') quote.greeks = tick.greeks
  else if (tick.field === 'dataType') quote.dataType = tick.dataType
  else {
    quote.numbers[tick.field] = tick.value
    if (tick.field === 'bid' || tick.field === 'ask') quote.quotedAt = at
  }
}

/**
 * The price of one side, once it is settled: a number, or null if there is no quote. `undefined` until then: nothing
 * has arrived, or a price of 0 without its size (0 with size 0 is IB's other form of "no quote").
 */
export function sideOf(quote: Quote, side: 'bid' | 'ask'): number | null | undefined {
  const price = quote.numbers[side]
  if (price === undefined || price === null || price > 0) return price
  const size = quote.numbers[side === 'bid' ? 'bidSize' : 'askSize']
  if (size === undefined) return undefined
  return size === null || size === 0 ? null : price
}
