import type { Carry } from '../carry.ts'
import type { Expiration, GroupedChain } from '../chain.ts'
import type { Found } from '../measured.ts'
import type { FittedSmile } from './smile.ts'

/** One symbol's chain of one slot, and the rate and dividends of its underlying. */
export interface SurfaceInput {
  readonly chain: Pick<GroupedChain, 'slot' | 'spot' | 'expirations'>
  readonly carry: Carry
}

/** Forwards and smiles of one symbol and slot. */
export interface SurfaceFit {
  /** One for each expiration of the chain that has time left, by time to expiry. */
  readonly slices: readonly SurfaceSlice[]
}

/** What is known of one expiration; a slice that cannot be fitted without arbitrage has no smile, with the reason. */
export interface SurfaceSlice
  extends Pick<
    Expiration,
    | 'expiry'
    | 'tradingClass'
    | 'settlement'
    | 'style'
    | 'pricedOn'
    | 'underlyingConId'
    | 'expiresAt'
    | 'minutes'
  > {
  readonly parity: Found<ParityLine>
  readonly smile: Found<FittedSmile>
}

/** Forward and implied carry of one expiration, from call less put of all strikes near the money. */
export interface ParityLine {
  /** Dollars. */
  readonly forward: number
  /** Its standard error, dollars. */
  readonly forwardError: number
  /**
   * ln(F/S)/T, a fraction a year: the rate less the yield of dividends and borrow that the quotes imply, with S the price
   * of the underlying when they were quoted. Null where the options are on a future or a forward.
   */
  readonly carryFraction: number | null
  readonly carryError: number | null
  /** Strikes whose call and put were used. */
  readonly pairs: number
}
