import type { FetchVerdict } from '../gateway/breaker/policy.ts'
import type { OptionContract } from '../market/contract.ts'
import { type Quote, sideOf } from '../market/quote.ts'
import type { EpochMs } from '../market/units.ts'

/** The underlying's price and when the gateway sent it. */
export interface UnderlyingPrice {
  /** Dollars. */
  readonly price: number
  readonly at: EpochMs
}

/** One contract that answered, with what has been received. */
export interface AnsweredContract {
  readonly contract: OptionContract
  readonly quote: Quote
  /** The underlying when the bid or the ask last changed; null if its price was unknown. */
  readonly underlying: UnderlyingPrice | null
  /** Both sides are settled, and there is an implied volatility. */
  readonly complete: boolean
}

/** Why a contract has no row. */
export type GapReason =
  | 'unanswered'
  | 'no_such_contract'
  | 'not_entitled'
  | 'lines_exhausted'
  | 'deadline'
  | 'stopped'
  | 'connection_lost'
  | 'failed'

export interface Gap {
  readonly contract: OptionContract
  readonly reason: GapReason
  /** The gateway's message; null if it sent none. */
  readonly detail: string | null
}

/** The result for one symbol. Every requested contract is in exactly one of the two lists. */
export interface Harvest {
  readonly symbol: string
  readonly answered: readonly AnsweredContract[]
  readonly gaps: readonly Gap[]
  readonly startedAt: EpochMs
  readonly finishedAt: EpochMs
}

/** Whether there is enough for a row. */
export function hasAnswered(quote: Quote): boolean {
  return quote.greeks !== undefined || Object.keys(quote.numbers).length > 0
}

/** Whether both sides are settled and there is an implied volatility. */
export function isComplete(quote: Quote): boolean {
  return sidesSettled(quote) && quote.greeks?.impliedVolFraction != null
}

/** Whether bid and ask are known: each is a price, or the gateway has said that there is none. */
export function sidesSettled(quote: Quote): boolean {
  return sideOf(quote, 'bid') !== undefined && sideOf(quote, 'ask') !== undefined
}

/** Open interest of the contract's own right; undefined while the gateway has not sent it. */
export function openInterestOf(quote: Quote, { right }: OptionContract): number | null | undefined {
  return quote.numbers[right === 'C' ? 'callOpenInterest' : 'putOpenInterest']
}

/** Merges a harvest with a later one of some of its contracts. For those, the later result counts. */
export function joinHarvests(earlier: Harvest, later: Harvest): Harvest {
  const again = new Set([...later.answered, ...later.gaps].map(({ contract }) => contract.conId))
  return {
    symbol: earlier.symbol,
    answered: [...earlier.answered.filter(({ contract }) => !again.has(contract.conId)), ...later.answered],
    gaps: [...earlier.gaps.filter(({ contract }) => !again.has(contract.conId)), ...later.gaps],
    startedAt: earlier.startedAt,
    finishedAt: later.finishedAt,
  }
}

/** Gaps that say nothing about the gateway: facts about contracts, or our own decision. */
const INCONCLUSIVE: ReadonlySet<GapReason> = new Set(['no_such_contract', 'not_entitled', 'stopped'])

/**
 * The verdict for the breaker. One answer is enough; without any, the gateway has failed unless all gaps are
 * inconclusive.
 */
export function fetchVerdict({ answered, gaps }: Harvest): FetchVerdict {
  if (answered.length > 0) return 'served'
  return gaps.every(({ reason }) => INCONCLUSIVE.has(reason)) ? 'inconclusive' : 'failed'
}
