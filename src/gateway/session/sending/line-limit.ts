/**
 * How many market-data lines may be in use, as learned from the gateway. The configured number is the most; other
 * programs of the same login may hold some of them. A refusal (error 101) says how many there are now; from then on the
 * limit grows by one line at a time while it holds something up, so a line that becomes free is found again. What was
 * learned long ago is forgotten. Reads no clock: times are arguments in ms.
 */
export interface LineLimit {
  current(nowMs: number): number
  /** A request was refused that had been written while this many other lines were in use. */
  refused(linesBefore: number, nowMs: number): void
  /** When the limit may grow by one line; Infinity at the configured number. */
  growsAtMs(): number
  /** One more line than these may be tried: none of those in use was refused. */
  grow(linesInUse: number, nowMs: number): void
}

/**
 * How long the limit stays after each change, ms. A wrong guess costs one message and no attempt of a contract, and while
 * lines are the limit there are messages to spare; 85 lines come back within three minutes.
 */
const GROW_AFTER_MS = 2_000
/** A limit that has held nothing up for this long says nothing about the lines of today: cycles are planned with it. */
const FORGOTTEN_AFTER_MS = 600_000

export function createLineLimit(configured: number): LineLimit {
  let limit = configured
  let changedAtMs = Number.NEGATIVE_INFINITY
  return {
    current: (nowMs) => {
      if (nowMs - changedAtMs >= FORGOTTEN_AFTER_MS) limit = configured
      return limit
    },
    refused: (linesBefore, nowMs) => {
      // Requests that were under way at the same time are refused, too: the smallest number of them counts.
      limit = Math.max(0, Math.min(limit, linesBefore))
      changedAtMs = nowMs
    },
    growsAtMs: () => (limit < configured ? changedAtMs + GROW_AFTER_MS : Number.POSITIVE_INFINITY),
    grow: (linesInUse, nowMs) => {
      limit = Math.min(configured, Math.max(limit, linesInUse) + 1)
      changedAtMs = nowMs
    },
  }
}

/** With fewer of the allowed lines than this, a slot takes much longer. A window of TWS takes a few at most. */
const FEW_LINES_FRACTION = 0.5

/** Whether missing lines explain that the time of a slot was not enough. */
export function lacksLines({
  linesUsable,
  linesLimit,
}: {
  readonly linesUsable: number
  readonly linesLimit: number
}): boolean {
  return linesUsable < linesLimit * FEW_LINES_FRACTION
}
