/**
 * The daemon's time, from what the server says, advanced by the rate seen between its words: a simulated day may run
 * faster than the day of the reader.
 *
 * @typedef {{ readonly atMs: number, readonly seenMs: number, readonly rate: number }} ClockEstimate
 *   `atMs`: the daemon's time when it was heard; `seenMs`: then, by this machine's steady clock; `rate`: daemon's per own
 */

/** Two words closer than this say too little about the rate, ms. */
const MIN_SPAN_MS = 2_000
const MAX_RATE = 10_000

/**
 * @param {ClockEstimate | null} known
 * @param {number} atMs the daemon's time, as it says now
 * @param {number} seenMs by this machine's steady clock
 * @returns {ClockEstimate}
 */
export function heard(known, atMs, seenMs) {
  if (known === null) return { atMs, seenMs, rate: 1 }
  const span = seenMs - known.seenMs
  if (span < MIN_SPAN_MS) return known
  const rate = (atMs - known.atMs) / span
  const isUsable = rate >= 0 && rate <= MAX_RATE
  // The machine's own clock runs at 1; what differs by a hundredth is the way of the word.
  return { atMs, seenMs, rate: isUsable ? (Math.abs(rate - 1) < 0.01 ? 1 : rate) : 1 }
}

/**
 * @param {ClockEstimate | null} known
 * @param {number} seenMs
 */
export function timeAt(known, seenMs) {
  return known === null ? null : known.atMs + (seenMs - known.seenMs) * known.rate
}

const TICK_MS = 1_000

/**
 * The clock of the page, kept by the words of the server.
 *
 * @returns {import('../view.ts').PageClock & { hear(iso: string | null | undefined): void }}
 */
export function createPageClock() {
  /** @type {ClockEstimate | null} */
  let known = null
  /** @type {Set<() => void>} */
  const listeners = new Set()
  setInterval(() => {
    if (!document.hidden) for (const listener of listeners) listener()
  }, TICK_MS)
  return {
    now: () => timeAt(known, performance.now()),
    onTick: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    hear: (iso) => {
      const atMs = Date.parse(iso ?? '')
      if (!Number.isFinite(atMs)) return
      const isFirst = known === null
      known = heard(known, atMs, performance.now())
      if (isFirst) for (const listener of listeners) listener()
    },
  }
}
