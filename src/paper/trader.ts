import type { MarketAnswer } from '../analytics/answers/market-answer.ts'
import type { OrderEntry } from '../gateway/orders/order-entry.ts'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import type { JournalEvent } from './journal/events.ts'
import type { Journal } from './journal/journal.ts'
import type { PaperSettings } from './options.ts'
import type { TraderState } from './state.ts'
import type { ChainQuote } from './structure.ts'

/** What the trader uses of the order entry. */
export type TraderOrders = Pick<
  OrderEntry,
  'refusal' | 'place' | 'modify' | 'cancel' | 'cancelAll' | 'orders' | 'executions' | 'positions'
>

export interface TraderSources {
  /** The figures of a symbol's newest slot, without defaults. */
  figures(symbol: string): Promise<MarketAnswer>
  /** The stored chain of that slot. */
  chain(symbol: string): Promise<readonly ChainQuote[]>
  readonly orders: TraderOrders
  readonly journal: Journal
  readonly clock: Clock
  readonly settings: PaperSettings
  /** The underlyings that may be traded. */
  readonly symbols: readonly string[]
}

/** What one call did: the events that it has journaled, in order. */
export interface TraderReport {
  readonly events: readonly JournalEvent[]
}

/** What is left when the trader stops. */
export interface StopReport {
  readonly cancelled: readonly string[]
  readonly ordersLeft: readonly string[]
  readonly positions: readonly string[]
}

/**
 * The paper trader. Calls do not overlap: each waits for the one before. Everything that it does is in the journal
 * before it is done, and its state is what the journal says, so that a trader that was killed goes on where it was.
 */
export interface Trader {
  /**
   * One round of decisions on a stored slot: what has happened at the gateway, price steps, exits, entries. The same in
   * a backtest; resolves when its orders have been written, not when they are filled.
   */
  cycle(slot: EpochMs): Promise<TraderReport>
  /** Between slots: journals what has happened at the gateway, and changes the prices of orders that wait. */
  manage(): Promise<TraderReport>
  /** Cancels what is open, waits for the answers at most this long, and says what is left. */
  stop(reason: string, timeoutMs: number): Promise<StopReport>
  state(): TraderState
}

export type CreateTrader = (sources: TraderSources) => Trader
