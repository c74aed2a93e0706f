import type { EpochMs, SessionDate } from '../../../market/units.ts'
import type { DataType } from '../../data-types.ts'
import type { OptionTerms } from '../recorded/contracts.ts'

/** What a replay reads. Symbols are the gateway's: `BRK B`. Absent values are null. */
export interface Recording {
  readonly underlyings: readonly RecordedUnderlying[]
  /** Its newest slot at or before a time; null if there is none. */
  chainAt(symbol: string, at: EpochMs): Promise<RecordedChain | null>
  /** Its first slot after a time; null at the end. */
  slotAfter(symbol: string, at: EpochMs): Promise<EpochMs | null>
  /** Every option that has a row on a New York date: the contracts that were listed, as far as they were collected. */
  listedOn(symbol: string, date: SessionDate): Promise<readonly RecordedOption[]>
  /** The sessions of a symbol or of the VIX, ascending; one row a session. */
  readonly observations: ReadonlyMap<string, readonly RecordedSession[]>
}

export interface RecordedUnderlying {
  readonly symbol: string
  /** Null where the lake no longer knows it. */
  readonly conId: number | null
  /** What the options are on; left out: a stock. */
  readonly secType?: 'STK' | 'IND'
}

export interface RecordedOption extends OptionTerms {
  readonly conId: number
}

/** One slot of one symbol. */
export interface RecordedChain {
  readonly slot: EpochMs
  /** New York date. */
  readonly date: SessionDate
  readonly quotes: readonly RecordedQuote[]
  /** Level of the volatility index in that slot, points. */
  readonly vix: number | null
  /** The gateway's 30-day volatility of the underlying, a fraction. */
  readonly impliedVol30Fraction: number | null
}

/** One row of a slot. Prices in dollars. */
export interface RecordedQuote {
  readonly conId: number
  readonly bid: number | null
  readonly ask: number | null
  readonly bidSize: number | null
  readonly askSize: number | null
  readonly last: number | null
  readonly volume: number | null
  readonly openInterest: number | null
  readonly underlyingPrice: number | null
  readonly dataType: DataType | null
  readonly halted: boolean
  /** The stream was cancelled before the quote was complete. */
  readonly partial: boolean
  /** What the gateway's model sent; null where it sent none, and where the greeks are the collector's own. */
  readonly greeks: RecordedGreeks | null
}

export interface RecordedGreeks {
  readonly impliedVolFraction: number | null
  readonly delta: number | null
  readonly gamma: number | null
  readonly vega: number | null
  readonly theta: number | null
  /** Dollars; left out: not recorded. */
  readonly pvDividend?: number | null
}

/** A session of an underlying or an index. */
export interface RecordedSession {
  readonly date: SessionDate
  readonly close: number | null
  readonly impliedVol30Fraction: number | null
}
