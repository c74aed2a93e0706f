/** How often a request for history of short bars, or of ticks, may be made. */
export interface HistoryPacing {
  /** Counts a request; true when it comes too soon. */
  violates(request: PacedRequest, nowMs: number): boolean
}

export interface PacedRequest {
  /** Equal for identical requests. */
  readonly identity: string
  /** Equal for requests of one contract, exchange and kind of data. */
  readonly series: string
  /** A request for bid and ask counts twice. */
  readonly weight: 1 | 2
}

/** Bars of this length and shorter have these limits. */
export const PACED_BAR_SECONDS = 30

const IDENTICAL_MS = 15_000
const SERIES_MS = 2_000
const SERIES_REQUESTS = 6
const TOTAL_MS = 600_000
const TOTAL_REQUESTS = 60

interface Made extends PacedRequest {
  readonly atMs: number
}

/**
 * Interactive Brokers' limits: an identical request within 15 seconds, the sixth of one series within 2 seconds, and more
 * than 60 requests within 10 minutes, of all clients together. A refused request is not counted.
 */
export function createHistoryPacing(): HistoryPacing {
  let made: Made[] = []
  return {
    violates: (request, nowMs) => {
      made = made.filter(({ atMs }) => nowMs - atMs < TOTAL_MS)
      const weightOf = (requests: readonly Made[]) =>
        requests.reduce<number>((sum, { weight }) => sum + weight, request.weight)
      const identical = made.some(
        ({ identity, atMs }) => identity === request.identity && nowMs - atMs < IDENTICAL_MS,
      )
      const series = made.filter(({ series, atMs }) => series === request.series && nowMs - atMs < SERIES_MS)
      if (identical || weightOf(series) >= SERIES_REQUESTS || weightOf(made) > TOTAL_REQUESTS) return true
      made.push({ ...request, atMs: nowMs })
      return false
    },
  }
}
