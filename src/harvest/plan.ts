import type { OptionContract } from '../market/contract.ts'

/**
 * The order of asking for one symbol: smile by smile, the nearest expiration first, and within a smile from the money
 * outwards, call and put of a strike together. The quotes of one smile are so asked close together in time.
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

/** What a cycle will cost on the wire. */
export interface CycleEstimate {
  readonly contracts: number
  /** One request and one cancel for each contract. */
  readonly messages: number
  readonly seconds: number
  /** What holds the cycle back: the message rate, or the number of lines. */
  readonly boundBy: 'messages' | 'lines'
  /** Contracts that would fit into the time given. */
  readonly maxContracts: number
  readonly fits: boolean
}

/** Messages that a streamed contract costs: the request and its cancel. */
export const MESSAGES_PER_CONTRACT = 2

/**
 * Contracts × messages × lines → seconds. A contract costs two messages, so the rate allows rate/2 of them a second;
 * lines bind instead when a contract stays subscribed so long (`dwellSeconds`) that lines/dwell is less than that.
 * `tailSeconds` is what the last contracts may take after the last request is sent.
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
