import type { Expiration } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { countOf, multiplierOf } from './gamma-exposure.ts'

export interface MaxPain {
  /** The strike at which the holders of all open options would get least, were the underlying there at expiry. */
  readonly strike: number
  /** What they would get, dollars. */
  readonly payout: number
}

/**
 * The strike K that minimizes Σ open interest · multiplier · max(0, K − strike) over calls and max(0, strike − K) over
 * puts; of several the lowest. Contracts whose open interest is unknown are left out. `no_open_interest` if no contract of
 * the expiration has any.
 */
export function maxPain({ strikes }: Pick<Expiration, 'strikes'>): Found<MaxPain> {
  const open = strikes.map(({ strike, call, put }) => ({
    strike,
    calls: call ? (countOf(call.open_interest) ?? 0) * multiplierOf(call) : 0,
    puts: put ? (countOf(put.open_interest) ?? 0) * multiplierOf(put) : 0,
  }))
  if (open.every(({ calls, puts }) => calls === 0 && puts === 0)) return absent('no_open_interest')
  let least: MaxPain | null = null
  for (const { strike: at } of open) {
    let payout = 0
    for (const { strike, calls, puts } of open) {
      payout += calls * Math.max(0, at - strike) + puts * Math.max(0, strike - at)
    }
    if (!least || payout < least.payout) least = { strike: at, payout }
  }
  return found(least as MaxPain)
}
