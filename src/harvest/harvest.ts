import type { FetchVerdict } from '../gateway/breaker/verdict.ts'
import { isOption, type OptionContract, type QuotedContract } from '../market/contract.ts'
import { type Quote, sideOf } from '../market/quote.ts'
import type { EpochMs } from '../market/units.ts'

/** The underlying's price and when the gateway sent it. */
export interface UnderlyingPrice {
  /** Dollars. */
  readonly price: number
  /** When the last tick with a price arrived. */
  readonly at: EpochMs
  /**
   * When the stream last sent anything, a size or a volume for instance: the gateway sends only what changes, so that the
   * price still held then. Not before `at`.
   */
  readonly confirmedAt: EpochMs
}

/** One contract that answered, with what has been received. */
export interface AnsweredContract<C extends QuotedContract = OptionContract> {
  readonly contract: C
  readonly quote: Quote
  /** The underlying when the bid or the ask last changed; null if its price was unknown. */
  readonly underlying: UnderlyingPrice | null
  /** Both sides are settled, and of an option there is an implied volatility. */
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

export interface Gap<C extends QuotedContract = OptionContract> {
  readonly contract: C
  readonly reason: GapReason
  /** The gateway's message; null if it sent none. */
  readonly detail: string | null
  /** The code of that message, where the gateway gave one. */
  readonly code?: number
}

/** The result for one symbol. Every requested contract is in exactly one of the two lists. */
export interface Harvest<C extends QuotedContract = OptionContract> {
  readonly symbol: string
  readonly answered: readonly AnsweredContract<C>[]
  readonly gaps: readonly Gap<C>[]
  readonly startedAt: EpochMs
  readonly finishedAt: EpochMs
}

/** Whether there is enough for a row. */
export function hasAnswered(quote: Quote): boolean {
  return quote.greeks !== undefined || Object.keys(quote.numbers).length > 0
}

/** Whether both sides are settled and, of an option, there is an implied volatility. */
export function isComplete(quote: Quote, contract: QuotedContract): boolean {
  return sidesSettled(quote) && (!isOption(contract) || quote.greeks?.impliedVolFraction != null)
}

/** Whether bid and ask are known: each is a price, or the gateway has said that there is none. */
export function sidesSettled(quote: Quote): boolean {
  return sideOf(quote, 'bid') !== undefined && sideOf(quote, 'ask') !== undefined
}

/** Open interest of a future, or of an option's own right; undefined while the gateway has not sent it. */
export function openInterestOf(quote: Quote, contract: QuotedContract): number | null | undefined {
  if (!isOption(contract)) return quote.numbers.openInterest
  return quote.numbers[contract.right === 'C' ? 'callOpenInterest' : 'putOpenInterest']
}

/** How much an answer holds: 0 for none; more with every side, with model greeks, and with an implied volatility. */
export function answerRank(answer: AnsweredContract<QuotedContract> | null): number {
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
export function betterAnswer<C extends QuotedContract>(
  earlier: AnsweredContract<C> | null,
  later: AnsweredContract<C> | null,
): AnsweredContract<C> | null {
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
export function fetchVerdict({
  answered,
  gaps,
}: Pick<Harvest<QuotedContract>, 'answered' | 'gaps'>): FetchVerdict {
  if (answered.length > 0) return 'served'
  return gaps.every(({ reason }) => INCONCLUSIVE.has(reason)) ? 'inconclusive' : 'failed'
}
