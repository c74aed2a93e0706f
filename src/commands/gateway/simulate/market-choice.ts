import type { Clock } from '../../../market/clock.ts'
import type { Market } from '../../../simulator/market/market.ts'

/** The options that choose a market. */
export interface MarketChoice {
  readonly seed?: string
  readonly chain?: string
  readonly now?: string
  readonly replay?: string
  readonly from?: string
  readonly speed?: string
}

/** A market to serve, and the time that it is served at. */
export interface SimulatedMarket {
  readonly market: Market
  readonly clock: Clock
  /** Of latencies and of everything else that the gateway draws. */
  readonly seed: number
  /** For the user: `synthetic market, seed 1`. */
  readonly what: string
  /** The symbols to try; null for the configured ones. */
  readonly symbols: readonly string[] | null
  /** Resolves with a line for the user when there is nothing new to serve; rejects when the market cannot go on. */
  readonly ended?: Promise<string>
}
