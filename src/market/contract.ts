import type { ConId, EpochMs, ExpiryDate } from './units.ts'

export type Right = 'C' | 'P'

/** The underlying of options, or an index whose level is read. */
export interface Underlying {
  readonly symbol: string
  readonly secType: 'STK' | 'IND'
  /** The source of market data: SMART for a stock, the index's own exchange for an index. */
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
