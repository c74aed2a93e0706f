import type { FetchVerdict } from '../gateway/breaker/verdict.ts'
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
  /** The gateway had lost its connection to IB, and the time was not enough afterwards. Likewise the next two. */
  | 'server_lost'
  | 'farm_broken'
  | 'competing_session'

export interface Gap {
  readonly contract: OptionContract
  readonly reason: GapReason
  /** The gateway's message; null if it sent none. */
  readonly detail: string | null
  /** The code of that message, where the gateway gave one. */
  readonly code?: number
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

/** How much an answer holds: 0 for none; more with every side, with model greeks, and with an implied volatility. */
export function answerRank(answer: AnsweredContract | null): number {
  if (answer === null) return 0
  const { quote } = answer
  const parts = [
    sideOf(quote, 'bid') !== undefined,
    sideOf(quote, 'ask') !== undefined,
    quote.greeks !== undefined,
    quote.greeks?.impliedVolFraction != null,
  ]
  return 1 + parts.filter(Boolean).length
}

/** The one that holds more; of equal ones the earlier, which is nearer in time to those of its neighbours. */
export function betterAnswer(
  earlier: AnsweredContract | null,
  later: AnsweredContract | null,
): AnsweredContract | null {
  return answerRank(later) > answerRank(earlier) ? later : earlier
}

/** Gaps that say nothing about the gateway's answers: facts about contracts, our own decision, no line, a known outage. */
const INCONCLUSIVE: ReadonlySet<GapReason> = new Set([
  'no_such_contract',
  'not_entitled',
  'stopped',
  'deadline',
  'lines_exhausted',
  'server_lost',
  'farm_broken',
  'competing_session',
])

/**
 * The verdict for the breaker. One answer is enough; without any, the gateway has failed unless all gaps are
 * inconclusive.
 */
export function fetchVerdict({ answered, gaps }: Harvest): FetchVerdict {
  if (answered.length > 0) return 'served'
  return gaps.every(({ reason }) => INCONCLUSIVE.has(reason)) ? 'inconclusive' : 'failed'
}
