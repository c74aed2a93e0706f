import type { Right } from '../../../market/contract.ts'
import type { ConId, EpochMs, ExpiryDate, SessionDate } from '../../../market/units.ts'

/** What IB needs to identify a contract for market data. Underlyings and option contracts both have it. */
export interface Subscribable {
  readonly conId: ConId
  /** SMART, or the own exchange of an index, a future or an option on a future. */
  readonly exchange: string
  /** Of an underlying; absent for an option. */
  readonly secType?: 'STK' | 'IND' | 'FUT'
}

/** Which contracts to look up; a field that is left out matches everything. */
export interface ContractQuery {
  readonly conId?: ConId
  readonly symbol?: string
  /** OPT: options on stocks and indices; FOP: options on futures. */
  readonly secType?: 'STK' | 'IND' | 'OPT' | 'FUT' | 'FOP'
  /** One expiration, or a month as `YYYYMM`. */
  readonly expiry?: ExpiryDate | `${number}`
  /** Dollars. */
  readonly strike?: number
  readonly right?: Right
  readonly exchange?: string
  readonly primaryExchange?: string
  readonly currency?: string
  readonly tradingClass?: string
  /** Units of the underlying per contract. */
  readonly multiplier?: number
}

/** One contract as IB lists it. Fields that do not apply to its kind are null, or '' for strings. */
export interface ContractDetails {
  readonly conId: ConId
  readonly symbol: string
  readonly secType: string
  /** Last trading day; null if it does not expire. */
  readonly expiry: ExpiryDate | null
  /**
   * The day that fixes its value, which lies after the last trading day where that is an opening; null if it does not
   * expire, or the gateway did not say.
   */
  readonly realExpirationDate: ExpiryDate | null
  /** `YYYYMM`; null if it does not expire. Of an option on a future, the month of that future. */
  readonly contractMonth: string | null
  /** When it can be traded for the last time; null if the gateway sent the date only. */
  readonly lastTradeAt: EpochMs | null
  /** Dollars; null if it has none. */
  readonly strike: number | null
  readonly right: Right | null
  readonly exchange: string
  readonly primaryExchange: string
  readonly currency: string
  readonly localSymbol: string
  readonly tradingClass: string
  /** Units of the underlying per contract; null if it has none. */
  readonly multiplier: number | null
  /** Smallest price step, dollars; null where unknown. */
  readonly minTick: number | null
  readonly longName: string
  /** The contract under an option or a future; null if there is none. Options on futures have one future each. */
  readonly underlyingConId: ConId | null
  /** '' where the gateway did not say. */
  readonly underlyingSymbol: string
  /** `STK`, `IND`, `FUT`; '' where the gateway did not say. */
  readonly underlyingSecType: string
  /** Time zone of the two fields below, such as `US/Eastern`. */
  readonly timeZoneId: string
  /** `20261120:0930-20261120:1615;20261121:CLOSED;…`; several sessions a day are possible. */
  readonly tradingHours: string
  /** Regular hours, in the same form. */
  readonly liquidHours: string
}

/**
 * What one exchange lists in one trading class. The strikes are the union over all expirations: not every strike
 * exists for every expiration.
 */
export interface ChainListing {
  readonly exchange: string
  readonly underlyingConId: ConId
  readonly tradingClass: string
  /** Units of the underlying per contract. */
  readonly multiplier: number
  readonly expirations: readonly ExpiryDate[]
  /** Dollars. */
  readonly strikes: readonly number[]
}

/** One day of history. The four values are annual fractions for OPTION_IMPLIED_VOLATILITY, else dollars or points. */
export interface DailyBar {
  readonly date: SessionDate
  readonly open: number | null
  readonly high: number | null
  readonly low: number | null
  readonly close: number | null
  /** Shares; null where there is none, as for an index or a volatility. */
  readonly volume: number | null
}

export interface BarsRequest {
  /** Trading days back from the end; beyond 365, IB accepts whole years only. */
  readonly days: number
  readonly what: 'TRADES' | 'OPTION_IMPLIED_VOLATILITY'
  /** End of the last bar; defaults to now. */
  readonly endAt?: EpochMs
}
