import type { TradingSession } from '../../market/calendar.ts'
import type { SessionOn } from '../../market/trade-dates.ts'
import { type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { DEFINITION_VERSION } from '../../snapshot/definition-version.ts'
import type { DailyReturns } from './estimators.ts'

/** Where daily prices come from: our own bars, IB's daily bars of the underlying, or the levels of an index. */
export type DailyPriceSource = 'bars' | 'ib_index' | 'index'

/** The returns of the sessions before a date. */
export interface RealizedHistory {
  /** Sessions before the date, ascending. */
  readonly sessions: readonly SessionDate[]
  /** Source of `daily`; `bars` where there are none. */
  readonly source: DailyPriceSource
  /** Of one source, so that no return is from one to another. */
  readonly daily: ReadonlyMap<SessionDate, DailyReturns>
  /** Of our own bars. */
  readonly bars: ReadonlyMap<SessionDate, DailyReturns>
}

export const NO_REALIZED_HISTORY: RealizedHistory = {
  ...{ sessions: [], source: 'bars' },
  ...{ daily: new Map(), bars: new Map() },
}

/** Sessions by which sources are compared. */
const COMPARED_SESSIONS = 120

/**
 * The returns of a symbol before a date, from the stored observations of all sources. Daily prices are those of the source
 * that has more of the 120 sessions before the date; on a tie, of our own bars. Observations that were recorded before
 * their session ended, of the date itself and later, and of our own of another version of the definitions, are left out.
 */
export function realizedHistory(
  observed: readonly ObservationRow[],
  {
    symbol,
    before,
    sessions,
    sessionOn,
  }: {
    readonly symbol: string
    readonly before: SessionDate
    /** Ascending. */
    readonly sessions: readonly SessionDate[]
    readonly sessionOn: SessionOn
  },
): RealizedHistory {
  const past = sessions.filter((date) => date < before)
  const isUsable = (row: ObservationRow) =>
    row.symbol === symbol && row.date < before && isFinal(row, sessionOn(sessionDate(row.date)))
  const usable = observed.filter(isUsable)
  const of = (source: DailyPriceSource) => returnsOf(usable, source, past)
  const bars = of('bars')
  const compared = past.slice(-COMPARED_SESSIONS)
  const countOf = (returns: ReadonlyMap<SessionDate, DailyReturns>) =>
    compared.filter((date) => isKnown(returns.get(date))).length
  let [source, daily]: [DailyPriceSource, ReadonlyMap<SessionDate, DailyReturns>] = ['bars', bars]
  for (const other of ['ib_index', 'index'] as const) {
    const returns = of(other)
    if (countOf(returns) > countOf(daily)) [source, daily] = [other, returns]
  }
  return { sessions: past, source, daily, bars }
}

function isKnown(day: DailyReturns | undefined): boolean {
  return day !== undefined && (day.closeToClose !== null || day.session !== null)
}

function isFinal(
  { source, recorded_at, definition_version }: ObservationRow,
  session: TradingSession | null,
) {
  if (session === null || recorded_at < session.closeAt) return false
  return source !== 'bars' || definition_version === DEFINITION_VERSION
}

function returnsOf(
  observed: readonly ObservationRow[],
  source: DailyPriceSource,
  sessions: readonly SessionDate[],
): Map<SessionDate, DailyReturns> {
  const rows = new Map(
    observed.filter((row) => row.source === source).map((row) => [sessionDate(row.date), row]),
  )
  const returns = new Map<SessionDate, DailyReturns>()
  sessions.forEach((date, at) => {
    const row = rows.get(date)
    const previous = at === 0 ? undefined : rows.get(sessions[at - 1] as SessionDate)
    if (row) returns.set(date, source === 'bars' ? ownReturns(row) : givenReturns(row, previous))
  })
  return returns
}

/** Of our own bars: the return of the night is stored, because only it knows the contract and splits. */
function ownReturns(row: ObservationRow): DailyReturns {
  const { open, close, overnight_return: overnight, realized_variance: fiveMinuteVariance } = row
  const openToClose = logReturn(close, open)
  const closeToClose = overnight === null || openToClose === null ? null : overnight + openToClose
  return { closeToClose, overnight, session: sessionOf(row), fiveMinuteVariance }
}

/** Of IB's daily bars, which are adjusted for splits, of the session and the one before. */
function givenReturns(row: ObservationRow, previous: ObservationRow | undefined): DailyReturns {
  const before = previous?.close ?? null
  return {
    closeToClose: logReturn(row.close, before),
    overnight: logReturn(row.open, before),
    session: sessionOf(row),
    fiveMinuteVariance: null,
  }
}

/** Null unless all four prices are there and do not contradict each other. */
function sessionOf({ open, high, low, close }: ObservationRow): DailyReturns['session'] {
  if (open === null || high === null || low === null || close === null || !(low > 0)) return null
  if (low > Math.min(open, close) || high < Math.max(open, close)) return null
  return { high: Math.log(high / open), low: Math.log(low / open), close: Math.log(close / open) }
}

function logReturn(to: number | null, from: number | null): number | null {
  return to !== null && from !== null && to > 0 && from > 0 ? Math.log(to / from) : null
}
