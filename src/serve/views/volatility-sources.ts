import type { PathRow } from '../../analytics/answers/at-the-money-path.ts'
import type { Positioning } from '../../analytics/positioning/positioning.ts'
import type { ExpectedMoves } from '../../analytics/stored/expected-moves.ts'
import type { SlotPrice } from '../../lake/query/slot-prices.ts'
import type { EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'

/** One expiration of one trading class. */
export interface ExpirationName {
  readonly expiry: ExpiryDate
  readonly tradingClass: string
}

/** Where the views of volatility, expected moves and positioning get their answers. */
export interface VolatilitySources {
  /** The stored figures of a symbol's slots of a trade date, by slot. */
  figuresOn(symbol: string, date: SessionDate): Promise<readonly MarketMetricsRow[]>
  /** Daily observations of a symbol and of the VIX, of all sources, both dates included. */
  observedWithVix(
    symbol: string,
    dates: { readonly from: SessionDate; readonly to: SessionDate },
  ): Promise<readonly ObservationRow[]>
  /** Prices of a symbol's underlying in the slots of some trade dates, both included. */
  slotPrices(
    symbol: string,
    dates: { readonly from: SessionDate; readonly to: SessionDate },
  ): Promise<readonly SlotPrice[]>
  /** The expirations of the newest slot at or before a time, ascending. */
  expirations(symbol: string, at: EpochMs): Promise<readonly ExpirationName[]>
  /** The options at the money of one expiration in all slots of a trade date. */
  atTheMoney(
    symbol: string,
    asked: ExpirationName & { readonly date: SessionDate },
  ): Promise<readonly PathRow[]>
  /** The expected moves of a symbol's newest slot, or of the newest at or before `at`; null if there is none. */
  expectedMoves(symbol: string, at?: EpochMs): Promise<ExpectedMoves | null>
  /** Positioning, of all expirations or of one, of the newest slot or of the newest at or before `at`; null if there is none. */
  positioningOf(
    symbol: string,
    asked: { readonly at?: EpochMs | undefined; readonly expiry?: ExpiryDate | undefined },
  ): Promise<Positioning | null>
}
