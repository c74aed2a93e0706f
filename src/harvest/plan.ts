import type { OptionContract } from '../market/contract.ts'

/**
 * Puts one symbol's contracts in request order: nearest expiration first and class by class, then from the money outwards,
 * with the call and put of a strike together. This keeps the quotes of one smile close together in time. The price is that
 * of the underlying, or of each contract's own.
 */
export function plan(
  wanted: readonly OptionContract[],
  underlyingPrice: number | ((contract: OptionContract) => number),
): OptionContract[] {
  const priceOf = typeof underlyingPrice === 'number' ? () => underlyingPrice : underlyingPrice
  const distance = (contract: OptionContract) => Math.abs(Math.log(contract.strike / priceOf(contract)))
  return [...wanted].sort(
    (a, b) =>
      compare(a.expiry, b.expiry) ||
      compare(a.tradingClass, b.tradingClass) ||
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

/** What the gateway allows, and how long contracts take. */
export interface Wire {
  /** Messages within one window of `pacingWindowMs`: fewer a second if the window is longer than a second. */
  readonly messagesPerSecond: number
  readonly pacingWindowMs: number
  readonly lines: number
  /** How long a contract stays subscribed. */
  readonly dwellSeconds: number
  /** How much longer a cycle takes than its messages. */
  readonly tailSeconds: number
}

/**
 * The wire under these options. At the end of a cycle some contract without greeks is waited for: it takes as long as
 * another one to be quoted, and then the wait for greeks. The last contracts' cancels are written within that time of
 * being quoted, and are among the messages already, so the wait for greeks is what remains.
 */
export function wireOf(
  limits: Pick<Wire, 'messagesPerSecond' | 'pacingWindowMs' | 'lines'>,
  harvest: { readonly expectedDwellMs: number; readonly greeksWaitMs: number },
): Wire {
  return {
    messagesPerSecond: limits.messagesPerSecond,
    pacingWindowMs: limits.pacingWindowMs,
    lines: limits.lines,
    dwellSeconds: harvest.expectedDwellMs / 1_000,
    tailSeconds: harvest.greeksWaitMs / 1_000,
  }
}

/** A streamed contract takes a request and a cancel. */
const MESSAGES_PER_CONTRACT = 2

/** Contracts a second that a limit of messages allows. */
export function contractsPerSecond({
  messagesPerSecond,
  pacingWindowMs,
}: Pick<Wire, 'messagesPerSecond' | 'pacingWindowMs'>): number {
  return (messagesPerSecond * 1_000) / pacingWindowMs / MESSAGES_PER_CONTRACT
}

/**
 * A contract takes two messages, so the rate allows rate / 2 contracts per second. Lines are the limit instead if
 * contracts stay subscribed so long that lines / dwell is lower. Open interest takes no message of its own.
 */
export function estimateCycle(contracts: number, wire: Wire, availableSeconds: number): CycleEstimate {
  const byMessages = contractsPerSecond(wire)
  const byLines = wire.lines / wire.dwellSeconds
  const perSecond = Math.min(byMessages, byLines)
  // Second requests wait for the end of the first ones, which a small cycle has not seen when its last one is written.
  const requestSeconds = Math.max(contracts / perSecond, wire.tailSeconds)
  const seconds = contracts === 0 ? 0 : requestSeconds + wire.tailSeconds
  return {
    contracts,
    messages: contracts * MESSAGES_PER_CONTRACT,
    seconds,
    boundBy: byLines < byMessages ? 'lines' : 'messages',
    maxContracts: Math.max(0, Math.floor((availableSeconds - wire.tailSeconds) * perSecond)),
    fits: seconds <= availableSeconds,
  }
}
