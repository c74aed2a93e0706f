import type { Settlement } from './option-hours.ts'
import type { ConId, EpochMs, ExpiryDate } from './units.ts'

export type Right = 'C' | 'P'

/** The underlying of options, or an index whose level is read. */
export interface Underlying {
  readonly symbol: string
  readonly secType: 'STK' | 'IND' | 'FUT'
  /** The source of market data: SMART for a stock, the index's own exchange for an index, that of a future. */
  readonly exchange: string
  readonly currency: string
  readonly conId: ConId
}

/** One listed option. */
export interface OptionContract {
  readonly conId: ConId
  readonly symbol: string
  readonly expiry: ExpiryDate
  /** Dollars. */
  readonly strike: number
  readonly right: Right
  readonly tradingClass: string
  /** Shares per contract. */
  readonly multiplier: number
  readonly exchange: string
  readonly currency: string
  /** When it can be traded for the last time; left out where the gateway sent the date only. */
  readonly lastTradeAt?: EpochMs | undefined
  /** By the rules of its class; null where they are not known. */
  readonly exerciseStyle?: ExerciseStyle | null
  /** Whether its value is fixed at an opening after the last trading day, or at the close of that day. */
  readonly settlement?: Settlement
  /** When its value is fixed: the end of the time to expiry; null where it is not known. */
  readonly expiresAt?: EpochMs | null
  readonly underlyingType?: Underlying['secType']
  /** The contract that it is exercised into or priced from: of a futures option its future; null if unknown. */
  readonly underlyingConId?: ConId | null
}

export type ExerciseStyle = 'american' | 'european'

/** One listed future. */
export interface FutureContract {
  readonly conId: ConId
  /** Of the instrument: `ES`. */
  readonly symbol: string
  /** Last trading day. */
  readonly expiry: ExpiryDate
  /** The month that it is named for, `YYYYMM`; crude oil stops trading in the month before. */
  readonly contractMonth: string
  /** `ESZ6`. */
  readonly localSymbol: string
  readonly tradingClass: string
  /** Dollars per point. */
  readonly multiplier: number
  readonly exchange: string
  readonly currency: string
  /** When it can be traded for the last time; left out where the gateway sent the date only. */
  readonly lastTradeAt?: EpochMs | undefined
}

/** A contract whose quotes are collected. */
export type QuotedContract = OptionContract | FutureContract

export function isOption(contract: QuotedContract): contract is OptionContract {
  return 'strike' in contract
}

/** A stock or ETF whose option chains are collected. */
export function stock(symbol: string): Omit<Underlying, 'conId'> {
  return { symbol, secType: 'STK', exchange: 'SMART', currency: 'USD' }
}

/** Cboe's volatility index; its level needs the CBOE index subscription at IB. */
export const VIX: Omit<Underlying, 'conId'> = {
  symbol: 'VIX',
  secType: 'IND',
  exchange: 'CBOE',
  currency: 'USD',
}
