import type { TradingSession } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'

/** The part of a stored bar that volatility is realized in. */
export type PriceBar = Pick<
  UnderlyingBarRow,
  'timestamp' | 'con_id' | 'open' | 'high' | 'low' | 'close' | 'session' | 'coverage_seconds'
>

/** A session's prices from its five-minute bars. What its bars do not show is null. */
export interface SessionPrices {
  readonly conId: number
  /** First price; null where the bar of the opening is missing. */
  readonly open: number | null
  /** Null where the session is not covered well enough: it may have been higher, or lower, in between. */
  readonly high: number | null
  readonly low: number | null
  /** Last price before the close, without the closing auction; null where the last bar is missing. */
  readonly close: number | null
  /** Sum of the squared five-minute log returns; null as `high`, and where the first or last bar is missing. */
  readonly variance: number | null
  readonly bars: number
  readonly coveredSeconds: number
}

/** Share of a session that its bars must cover. */
const MIN_COVERED_FRACTION = 0.9
/** Fewer bars say little of a session that has just opened: half an hour. */
const MIN_BARS_SO_FAR = 6

/**
 * The prices of a session; null without a bar. Of futures those of the contract with the most bars. A hole within the
 * session is bridged by one return over it, so that the sum of squares keeps its expected value.
 */
export function sessionPrices(rows: readonly PriceBar[], session: TradingSession): SessionPrices | null {
  const bars = regularBars(rows, session)
  const [first, last] = [bars[0], bars.at(-1)]
  if (!first || !last) return null
  const coveredSeconds = bars.reduce(
    (sum, { coverage_seconds }) => sum + Math.min(BAR_MS / 1_000, Math.max(0, coverage_seconds)),
    0,
  )
  const isCovered = coveredSeconds >= (MIN_COVERED_FRACTION * tradingMs(session)) / 1_000
  const hasOpen = first.timestamp === session.openAt
  const hasClose = last.timestamp + BAR_MS >= session.closeAt
  return {
    conId: first.con_id,
    open: hasOpen ? first.open : null,
    high: isCovered ? Math.max(...bars.map(({ high }) => high)) : null,
    low: isCovered ? Math.min(...bars.map(({ low }) => low)) : null,
    close: hasClose ? last.close : null,
    variance: isCovered && hasOpen && hasClose ? sumOfSquares(bars) : null,
    bars: bars.length,
    coveredSeconds,
  }
}

/** The last price of a contract in a session; null where its last bar is missing. */
export function lastPriceOf(
  rows: readonly PriceBar[],
  session: TradingSession,
  conId: number,
): number | null {
  const bars = regularBars(
    rows.filter(({ con_id }) => con_id === conId),
    session,
  )
  const last = bars.at(-1)
  return last && last.timestamp + BAR_MS >= session.closeAt ? last.close : null
}

/** The variance of a session up to a time. */
export interface VarianceSoFar {
  /** As if the whole session went on like this, a fraction squared; null with fewer than six bars. */
  readonly variance: number | null
  readonly bars: number
}

/**
 * The variance of a session from the bars that ended before a time, scaled from the time between the first and the last of
 * them to `fullSessionMs`.
 */
export function varianceSoFar(
  rows: readonly PriceBar[],
  session: TradingSession,
  { before, fullSessionMs }: { readonly before: EpochMs; readonly fullSessionMs: number },
): VarianceSoFar {
  const bars = regularBars(
    rows.filter(({ timestamp }) => timestamp + BAR_MS < before),
    session,
  )
  const [first, last] = [bars[0], bars.at(-1)]
  if (!first || !last || bars.length < MIN_BARS_SO_FAR) return { variance: null, bars: bars.length }
  const elapsedMs = tradingMs({
    ...session,
    openAt: first.timestamp as EpochMs,
    closeAt: (last.timestamp + BAR_MS) as EpochMs,
  })
  return { variance: (sumOfSquares(bars) * fullSessionMs) / elapsedMs, bars: bars.length }
}

/** The bars of the session in order, of the contract with the most. */
function regularBars(rows: readonly PriceBar[], { openAt, closeAt }: TradingSession): PriceBar[] {
  const inside = rows.filter(
    ({ timestamp, session, open, high, low, close }) =>
      session === 'regular' &&
      timestamp >= openAt &&
      timestamp < closeAt &&
      low > 0 &&
      low <= Math.min(open, close) &&
      high >= Math.max(open, close) &&
      Number.isFinite(high),
  )
  const byContract = new Map<number, PriceBar[]>()
  for (const bar of inside) {
    const own = byContract.get(bar.con_id)
    if (own) own.push(bar)
    else byContract.set(bar.con_id, [bar])
  }
  const [most = []] = [...byContract.values()].sort(
    (a, b) => b.length - a.length || (a[0] as PriceBar).con_id - (b[0] as PriceBar).con_id,
  )
  return most.sort((a, b) => a.timestamp - b.timestamp)
}

/** Squared log returns: of the first bar from its open, of each other from the close of the bar before. */
function sumOfSquares(bars: readonly PriceBar[]): number {
  let before = (bars[0] as PriceBar).open
  let sum = 0
  for (const { close } of bars) {
    sum += Math.log(close / before) ** 2
    before = close
  }
  return sum
}

function tradingMs({ openAt, closeAt, breaks }: TradingSession): number {
  const pauses = breaks.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, closeAt) - Math.max(from, openAt)),
    0,
  )
  return closeAt - openAt - pauses
}
