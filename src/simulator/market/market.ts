import type { EpochMs } from '../../market/units.ts'

/** A market as the server uses it. There are two: synthetic and recorded. Prices are in dollars. */
export interface Market {
  /** Contracts that match the non-empty fields; the server answers an empty list with error 200. */
  find(query: ContractQuery): readonly SimContract[]
  byConId(conId: number): SimContract | undefined
  /** Rows of reqSecDefOptParams: one per exchange and trading class; strikes are the union over expirations. */
  chainRows(underlyingConId: number): readonly ChainRow[]
  quote(contract: SimContract, at: EpochMs): SimQuote
  bars(
    contract: SimContract,
    what: 'TRADES' | 'OPTION_IMPLIED_VOLATILITY',
    request: { endAt: EpochMs; days: number },
  ): readonly DailyBar[]
  /** liquidHours and tradingHours strings of contract details, and their zone, around that time. */
  hours(contract: SimContract, at: EpochMs): { timeZoneId: string; tradingHours: string; liquidHours: string }
}

export interface ContractQuery {
  conId?: number
  symbol?: string
  secType?: string
  expiry?: string
  strike?: number
  right?: 'C' | 'P'
  exchange?: string
  tradingClass?: string
}

export interface SimContract {
  conId: number
  symbol: string
  secType: 'STK' | 'IND' | 'OPT'
  exchange: string
  primaryExchange: string
  currency: string
  localSymbol: string
  tradingClass: string
  multiplier: string
  /** YYYYMMDD; '' for a contract that does not expire. */
  expiry: string
  strike: number
  right: 'C' | 'P' | ''
  minTick: number
  longName: string
  underlyingConId: number
}

export interface ChainRow {
  exchange: string
  underlyingConId: number
  tradingClass: string
  multiplier: string
  expirations: readonly string[]
  strikes: readonly number[]
}

/** undefined: the field is never sent. null: the sentinel is sent (−1 price, size 0 …). */
export interface SimQuote {
  bid?: number | null
  ask?: number | null
  bidSize?: number | null
  askSize?: number | null
  last?: number | null
  volume?: number | null
  close?: number | null
  openInterest?: number | null
  mark?: number | null
  impliedVol30Fraction?: number | null
  /** Absent: tick 13 is never sent. */
  greeks?: SimGreeks
}

export interface SimGreeks {
  impliedVolFraction: number | null
  optionPrice: number | null
  pvDividend: number | null
  delta: number | null
  gamma: number | null
  vega: number | null
  theta: number | null
  underlyingPrice: number | null
}

export interface DailyBar {
  /** YYYYMMDD */
  date: string
  open: number
  high: number
  low: number
  close: number
  volume: number
}
