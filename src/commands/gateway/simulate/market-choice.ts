import type { Clock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { Market } from '../../../simulator/market/market.ts'
import type { OpenVenue } from '../../../simulator/state.ts'

/** The options that choose a market. */
export interface MarketChoice {
  readonly seed?: string
  readonly chain?: string
  readonly scenario?: string
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
  /** Where orders are executed; absent: against the market's quotes. */
  readonly openVenue?: OpenVenue
  /** Resolves with a line for the user when there is nothing new to serve; rejects when the market cannot go on. */
  readonly ended?: Promise<string>
}

const MAX_SPEED = 10_000

/** How many times as fast as the machine's the gateway's clock runs; 1 when it is not given. @throws Failure */
export function parseSpeed(text: string | undefined): number {
  if (text === undefined) return 1
  const speed = Number(text)
  if (/^\d{1,5}(\.\d{1,3})?$/.test(text) && speed > 0 && speed <= MAX_SPEED) return speed
  throw new Failure(
    EXIT.usage,
    `--speed ${text} is not a pace: write a number above 0 and up to ${MAX_SPEED.toLocaleString('en-US')}, such as 10`,
  )
}
