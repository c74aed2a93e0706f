import type { EpochMs } from '../../market/units.ts'
import { expiresAt } from '../market/contracts.ts'
import type { Market, SimContract } from '../market/market.ts'
import type { Broker } from '../orders/broker.ts'
import type { Timeline } from '../timeline.ts'
import { intrinsicValue, type Prices, underlyingPrice } from './valuation.ts'

/** The longest wait without a look at the clock, ms: timers are 32-bit, and a clock may be set. */
const LONGEST_WAIT_MS = 12 * 3_600_000
/** How often an underlying without a price is asked for one, ms. */
const NO_PRICE_MS = 60_000

/**
 * Settles options in cash when their value is fixed: what is held ends at what it is in the money, at the underlying's price
 * of that moment. That is the close of the last trading day, or for a class with AM settlement the opening of the session
 * after it. There is no exercise into shares, and no commission.
 */
export function settleExpirations(sources: {
  readonly broker: Broker
  readonly market: Pick<Market, 'quote' | 'byConId'>
  readonly now: () => EpochMs
  readonly timeline: Timeline
}): void {
  const { broker, market, now, timeline } = sources
  const pricesAt = (at: EpochMs): Prices => ({
    quote: (contract) => market.quote(contract, at),
    byConId: (conId) => market.byConId(conId),
  })
  const awaited = new Set<number>()

  function settleWhenDue(contract: SimContract, endsAt: EpochMs): void {
    const waitMs = endsAt - now()
    if (waitMs > 0) {
      timeline.after(Math.min(waitMs, LONGEST_WAIT_MS), () => settleWhenDue(contract, endsAt))
      return
    }
    const { underlyingConId } = contract
    // A late timer changes nothing; only what had no price then ends at a later one.
    const spot =
      underlyingPrice(underlyingConId, pricesAt(endsAt)) ?? underlyingPrice(underlyingConId, pricesAt(now()))
    if (spot === null) {
      timeline.after(NO_PRICE_MS, () => settleWhenDue(contract, endsAt))
      return
    }
    awaited.delete(contract.conId)
    broker.settle(contract, intrinsicValue(contract, spot))
  }

  broker.onChange((change) => {
    if (change.kind !== 'position') return
    const { contract, quantity } = change.position
    if (quantity === 0 || awaited.has(contract.conId)) return
    const endsAt = expiresAt(contract)
    if (endsAt === null) return
    awaited.add(contract.conId)
    // Not at once: all are told of the fill before the position ends.
    timeline.after(0, () => settleWhenDue(contract, endsAt))
  })
}
