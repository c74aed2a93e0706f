import type { SessionDate } from '../../market/units.ts'
import type { PaperSettings } from '../options.ts'
import type { ChainQuote, NetPrices, PositionLeg } from '../structure.ts'
import type { Rejection, UsableQuote } from './usable-quotes.ts'

/** One unit of what a strategy would enter. The names of the keys are those of the journal. */
export interface Choice {
  readonly expiry: string
  readonly days: number
  readonly legs: readonly PositionLeg[]
  readonly net: NetPrices
  /** Dollars, at the price of the last step: more cannot be lost. */
  readonly max_loss: number
  /** Dollars at the middle of the quotes; null where it is not bounded. */
  readonly max_profit: number | null
  readonly underlying_price: number | null
}

export interface ChoiceInput {
  readonly chain: readonly ChainQuote[]
  /** Trade date of the slot. */
  readonly date: SessionDate
  readonly settings: PaperSettings
}

export type ChoiceAnswer = { readonly rejected: readonly Rejection[] } & (
  | { readonly choice: Choice; readonly reason: null }
  | { readonly choice: null; readonly reason: string }
)

/** Picks the contracts of one unit from a stored chain, or says why there is none. Pure. */
export type ChooseContracts = (input: ChoiceInput) => ChoiceAnswer

export function legOf(quote: UsableQuote, side: PositionLeg['side']): PositionLeg {
  const { con_id, expiry, strike, right, trading_class } = quote
  return { con_id, expiry, strike, right, trading_class, side }
}

/** The element with the smallest distance; of two, the first. */
export function nearest<T>(all: readonly T[], distance: (one: T) => number): T | undefined {
  let found: T | undefined
  for (const one of all) if (found === undefined || distance(one) < distance(found)) found = one
  return found
}

/** Goes through expirations until one gives a choice; keeps what was wrong with each. */
export function firstChoice<E extends { readonly expiry: string; readonly days: number }>(
  expirations: readonly E[],
  choose: (one: E) => Choice | string,
  rejected: readonly Rejection[],
): ChoiceAnswer {
  const faults: string[] = []
  for (const expiration of expirations) {
    const found = choose(expiration)
    if (typeof found !== 'string') return { choice: found, reason: null, rejected }
    faults.push(`${expiration.expiry} (${expiration.days} days): ${found}`)
  }
  const reason = faults.length === 0 ? 'no expiration lies within the days wanted' : faults.join('; ')
  return { choice: null, reason, rejected }
}
