/** A run follows one of two sets of rules. */
export type RuleSet = 'original' | 'research'

/**
 * What the server does under a set of rules. `original` ends a run that goes too far, as the exchange did that the
 * protocol comes from. `research` refuses the order and goes on, so that a run lasts to its last step.
 */
export interface Rules {
  readonly name: RuleSet
  /** Whether too many open orders or too large an inventory end the run; if not, the order is refused. */
  readonly endsRun: boolean
  /** From a snapshot to its DONE, ms of the wall clock; null for no limit. */
  readonly decisionLimitMs: number | null
  /** Starts in any hour by one participant; null for no limit. */
  readonly startsPerHour: number | null
  /** Whether a participant may run the same scenario more than once at a time. */
  readonly allowsParallelRuns: boolean
}

export const RULES: Readonly<Record<RuleSet, Rules>> = {
  original: {
    name: 'original',
    endsRun: true,
    decisionLimitMs: 1_000,
    startsPerHour: 10,
    allowsParallelRuns: false,
  },
  research: {
    name: 'research',
    endsRun: false,
    decisionLimitMs: null,
    startsPerHour: null,
    allowsParallelRuns: true,
  },
}

export const MAX_OPEN_ORDERS = 50
/** Shares, long or short. */
export const MAX_INVENTORY = 5_000
/** Shares in one order. */
export const MAX_QUANTITY = 1_000_000
/** Clients of the original make ids of their name, of up to 64 characters, and two counters. */
export const MAX_ORDER_ID_LENGTH = 128
/** Bytes of one frame; a longer one closes the connection. */
export const MAX_FRAME_BYTES = 16_384
/** Orders, cancels and malformed messages between two steps; further ones are refused until the next DONE. */
export const MAX_MESSAGES_PER_STEP = 1_000
