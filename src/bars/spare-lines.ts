/** What the cycles need, and how many lines there are. */
export interface LineNeeds {
  /** Lines that the gateway has to give at present. */
  readonly usable: number
  readonly messagesPerSecond: number
  readonly pacingWindowMs: number
  /** How long a contract of a cycle stays subscribed. */
  readonly dwellMs: number
  /** Underlyings whose streams each cycle opens. */
  readonly symbols: number
  /** The configured maximum; null: none. */
  readonly maxLines: number | null
}

/** A contract of a cycle takes a request and a cancel. */
const MESSAGES_PER_CONTRACT = 2
/** The stream of the VIX of each cycle, and the canary. */
const OTHER_LINES = 2
const LARGEST_FRACTION = 1 / 4

/**
 * How many lines no cycle needs. The message rate lets a cycle open so many streams a second, and each stays open for its
 * dwell time: with the lines that this takes, the rate is the limit and not the lines. Where they are too few for that
 * anyway, none is spare.
 */
export function spareLines(needs: LineNeeds): number {
  const { usable, messagesPerSecond, pacingWindowMs, dwellMs, symbols, maxLines } = needs
  const contractsPerSecond = (messagesPerSecond * 1_000) / pacingWindowMs / MESSAGES_PER_CONTRACT
  const needed = Math.ceil((contractsPerSecond * dwellMs) / 1_000) + symbols + OTHER_LINES
  const spare = Math.min(usable - needed, Math.floor(usable * LARGEST_FRACTION), maxLines ?? usable)
  return Math.max(0, spare)
}
