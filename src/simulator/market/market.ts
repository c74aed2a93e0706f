import type { EpochMs } from '../../market/units.ts'
import type { DataType } from '../data-types.ts'

/** A market as the server uses it. Prices are in dollars, volumes and sizes in shares or contracts. */
export interface Market {
  /** Contracts that match the non-empty fields; the server answers an empty list with error 200. */
  find(query: ContractQuery): readonly SimContract[]
  byConId(conId: number): SimContract | undefined
  /** Rows of reqSecDefOptParams: one per exchange and trading class; strikes are the union over expirations. */
  chainRows(underlyingConId: number): readonly ChainRow[]
  quote(contract: SimContract, at: EpochMs): SimQuote
  /** The kind of data that was recorded; undefined, or left out: the kind that the simulator's options say. */
  dataType?(contract: SimContract, at: EpochMs): DataType | undefined
  /** Oldest first; [] for what the market has no history of: the server answers it with error 162. */
  bars(contract: SimContract, what: BarKind, request: BarsRequest): readonly Bar[]
  /** When the first bar of that kind begins; null when there is none. */
  headTimestamp(contract: SimContract, what: BarKind): EpochMs | null
  /** Whether bars of that kind can come where there are none yet. Absent: no. */
  expectsBars?(contract: SimContract, what: BarKind): boolean
  /** Single trades of a time span, oldest first; [] when the market knows none. */
  trades(contract: SimContract, span: TimeSpan): readonly Trade[]
  /** Bid and ask at the start of a time span, if they are of that time, and their changes; oldest first. */
  quoteChanges(contract: SimContract, span: TimeSpan): readonly QuoteChange[]
  /** At most `levels` prices of each side at the moment, best first. Absent: the market has quotes and no order book. */
  depth?(contract: SimContract, levels: number): MarketDepth
  /** The sessions in which durations of history are counted. Absent, or undefined: those of the stock exchange. */
  sessions?(contract: SimContract, regularHours: boolean): SessionSteps | undefined
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
  localSymbol?: string
  /** Also futures that have expired. */
  includeExpired?: boolean
}

export interface SimContract {
  conId: number
  symbol: string
  /** OPT is an option on a stock or an index, FOP one on a future; CONTFUT is a front month under a name that stays. */
  secType: 'STK' | 'IND' | 'OPT' | 'FUT' | 'FOP' | 'CONTFUT'
  exchange: string
  primaryExchange: string
  currency: string
  localSymbol: string
  tradingClass: string
  multiplier: string
  /** YYYYMMDD, the last trading day; '' for a contract that does not expire. */
  expiry: string
  strike: number
  right: 'C' | 'P' | ''
  minTick: number
  longName: string
  /** 0 for a contract without an underlying. */
  underlyingConId: number
  /** Exchanges on which it is found and traded; left out: those of options on stocks, and the own ones of anything else. */
  validExchanges?: readonly string[]
  /** YYYYMMDD, the day on which the value is fixed; left out: the last trading day. */
  realExpiry?: string
  /** YYYYMM; left out: the month of the last trading day. */
  contractMonth?: string
  /** Left out: american, for an option. */
  exerciseStyle?: 'american' | 'european'
  /** When it can be traded for the last time, and when its value is fixed; left out: by the rule for its symbol's options. */
  lastTradeAt?: EpochMs
  settlesAt?: EpochMs
  /** `HH:MM:SS` of the last trade in the zone of its hours, which contract details add to the expiry; left out: not told. */
  lastTradeTime?: string
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
  /** 0 trading, 1 or 2 halted (tick 49). */
  halted?: number
  /** Sent whole with every update, although nothing may have changed: the trades of a liquid underlying. */
  isRepeated?: boolean
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

/** A time span with its start and without its end. */
export interface TimeSpan {
  readonly startAt: EpochMs
  readonly endAt: EpochMs
}

/** The sessions of a contract, one after another. */
export interface SessionSteps {
  /** The latest session that has begun before a time, or that is over by then. */
  latest(at: EpochMs, over: boolean): TimeSpan
  /** The session before. */
  before(session: TimeSpan): TimeSpan
}

export const BAR_KINDS = [
  'TRADES',
  'MIDPOINT',
  'BID',
  'ASK',
  'BID_ASK',
  'OPTION_IMPLIED_VOLATILITY',
  'HISTORICAL_VOLATILITY',
] as const
/** BID_ASK: open and close are the mean bid and the mean ask, high the highest ask, low the lowest bid. */
export type BarKind = (typeof BAR_KINDS)[number]

/** A bar of this length is one whole session. */
export const DAY_SECONDS = 86_400

/**
 * The bars of a time span. Shorter bars than a day begin on multiples of their length since midnight in New York, or at
 * the open; one that the start of the span cuts is left out, one that the end cuts holds what happened before it. A
 * daily bar is one whole session of the underlying; a session that is not over by `endAt` has none.
 */
export interface BarsRequest extends TimeSpan {
  /** 1 s to 8 hours, or `DAY_SECONDS`. */
  readonly barSeconds: number
  /** Only what is within the liquid hours of the contract. Absent: all trading hours. */
  readonly regularHours?: boolean
}

export interface Bar {
  /** When it begins; for a daily bar the open of its session, of a future the stock exchange's on that trade date. */
  readonly startAt: EpochMs
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Shares or contracts. null: a bar of quotes has none. */
  readonly volume: number | null
  /** Mean price of the trades, weighted with their size. null: not known. */
  readonly averagePrice: number | null
  /** null: not known. */
  readonly tradeCount: number | null
}

export interface Trade {
  readonly at: EpochMs
  readonly price: number
  /** Shares or contracts. */
  readonly size: number
  /** Where it was reported; '' when that is not known. */
  readonly exchange: string
}

/** null: the side has no quote. */
export interface QuoteChange {
  readonly at: EpochMs
  readonly bid: number | null
  readonly bidSize: number | null
  readonly ask: number | null
  readonly askSize: number | null
}

export interface DepthLevel {
  readonly price: number
  /** Shares or contracts. */
  readonly size: number
}

export interface MarketDepth {
  readonly bids: readonly DepthLevel[]
  readonly asks: readonly DepthLevel[]
}
