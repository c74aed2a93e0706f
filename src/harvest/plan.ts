import type { OptionContract } from '../market/contract.ts'

/**
 * Puts one symbol's contracts in request order: nearest expiration first, then from the money outwards, with the call
 * and put of a strike together. This keeps the quotes of one smile close together in time.
 */
export function plan(wanted: readonly OptionContract[], underlyingPrice: number): OptionContract[] {
  const distance = ({ strike }: OptionContract) => Math.abs(Math.log(strike / underlyingPrice))
  return [...wanted].sort(
    (a, b) =>
      compare(a.expiry, b.expiry) ||
      distance(a) - distance(b) ||
      a.strike - b.strike ||
      compare(a.right, b.right),
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The expected size and duration of a cycle. */
export interface CycleEstimate {
  readonly contracts: number
  /** One request and one cancel for each contract. */
  readonly messages: number
  readonly seconds: number
  /** What limits the cycle: the message rate, or the number of lines. */
  readonly boundBy: 'messages' | 'lines'
  /** How many contracts would fit into the available time. */
  readonly maxContracts: number
  readonly fits: boolean
}

/** A streamed contract takes a request and a cancel. */
const MESSAGES_PER_CONTRACT = 2

/**
 * A contract takes two messages, so the rate allows rate / 2 contracts per second. Lines are the limit instead if
 * contracts stay subscribed so long (`dwellSeconds`) that lines / dwell is lower. `tailSeconds` is how long the last
 * contracts may take after the last request.
 */
export function estimateCycle(
  contracts: number,
  wire: { messagesPerSecond: number; lines: number; dwellSeconds: number; tailSeconds: number },
  availableSeconds: number,
): CycleEstimate {
  const byMessages = wire.messagesPerSecond / MESSAGES_PER_CONTRACT
  const byLines = wire.lines / wire.dwellSeconds
  const perSecond = Math.min(byMessages, byLines)
  const seconds = contracts === 0 ? 0 : contracts / perSecond + wire.tailSeconds
  return {
    contracts,
    messages: contracts * MESSAGES_PER_CONTRACT,
    seconds,
    boundBy: byLines < byMessages ? 'lines' : 'messages',
    maxContracts: Math.max(0, Math.floor((availableSeconds - wire.tailSeconds) * perSecond)),
    fits: seconds <= availableSeconds,
  }
}
