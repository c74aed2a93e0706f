import type { OptionContract } from '../market/contract.ts'
import { type Quote, sideOf } from '../market/quote.ts'
import type { EpochMs } from '../market/units.ts'

/** The underlying's price and when the gateway sent it. */
export interface UnderlyingPrice {
  /** Dollars. */
  readonly price: number
  readonly at: EpochMs
}

/** One contract that answered, as far as it got. */
export interface Harvested {
  readonly contract: OptionContract
  readonly quote: Quote
  /** The underlying when the bid or ask last spoke; null where no price of it had come. */
  readonly underlying: UnderlyingPrice | null
  /** Both sides settled and model greeks there. */
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
  /** The gateway's words where there are any. */
  readonly detail: string | null
}

/** What one symbol's harvest brought. Every contract asked for stands in exactly one of the two lists. */
export interface Harvest {
  readonly symbol: string
  readonly answered: readonly Harvested[]
  readonly gaps: readonly Gap[]
  readonly startedAt: EpochMs
  readonly finishedAt: EpochMs
}

/** Whether a contract has said anything that makes a row. */
export function hasAnswered(quote: Quote): boolean {
  return quote.greeks !== undefined || Object.keys(quote.numbers).length > 0
}

/** Both sides settled (a price, or no quote) and an implied volatility there. */
export function isComplete(quote: Quote): boolean {
  return sidesSettled(quote) && quote.greeks?.impliedVolFraction != null
}

export function sidesSettled(quote: Quote): boolean {
  return sideOf(quote, 'bid') !== undefined && sideOf(quote, 'ask') !== undefined
}

/** Open interest of the contract's own right; undefined while the gateway has not said. */
export function openInterestOf(quote: Quote, { right }: OptionContract): number | null | undefined {
  return quote.numbers[right === 'C' ? 'callOpenInterest' : 'putOpenInterest']
}

/** One harvest and a later one of what it left open: the later one's word counts for those contracts. */
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
