import type { Lake } from '../../lake/open.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { UNDERLYING_BARS } from '../../lake/tables/small-tables.ts'
import type { TradingSession } from '../../market/calendar.ts'
import type { InstrumentKind } from '../../market/instrument.ts'
import { lastEndedSession } from '../../market/trade-dates.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { DEFINITION_VERSION } from '../../snapshot/definition-version.ts'
import type { UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import { sessionsOf } from '../figure-session.ts'
import { lastPriceOf, sessionPrices } from '../realized/session-bars.ts'

/** A night's return beyond this is a split until Interactive Brokers' daily bars say otherwise. A logarithm: 20 %. */
const SPLIT_RETURN = Math.log(1.2)

/**
 * The daily prices of symbols on a trade date, from their five-minute bars; none of a symbol without bars, or whose
 * session has not ended.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function barObservations(
  lake: Lake,
  date: SessionDate,
  {
    symbols,
    observed,
    recordedAt,
  }: {
    readonly symbols: ReadonlySet<string>
    /** Stored observations of the date and of the session before it. */
    readonly observed: readonly ObservationRow[]
    readonly recordedAt: EpochMs
  },
): Promise<ObservationRow[]> {
  const bars = await readRows(lake, UNDERLYING_BARS, { from: date, to: date })
  const own = [...symbols].filter((symbol) => bars.some((bar) => bar.symbol === symbol))
  const readDay = dayReader(lake)
  const rows: ObservationRow[] = []
  for (const symbol of own) {
    const today = bars.filter((bar) => bar.symbol === symbol)
    const kind = (today[0] as UnderlyingBarRow).kind as InstrumentKind
    const sessionOn = sessionsOf({ symbol, kind })
    const session = sessionOn(date)
    if (session === null || recordedAt < session.closeAt) continue
    const previous = lastEndedSession(session.openAt, sessionOn)
    const before = previous && (await readDay(previous.date))
    const row = barObservation(today, session, {
      previous: previous && { session: previous, bars: before?.bars.filter(isOf(symbol)) ?? [] },
      given: givenNight(observed, { symbol, date, previous }),
      recordedAt,
    })
    if (row) rows.push(row)
  }
  return rows
}

interface NightBefore {
  readonly previous: {
    readonly session: TradingSession
    readonly bars: readonly UnderlyingBarRow[]
  } | null
  /** The return of the night by IB's daily bars, which are adjusted for splits; null where they do not have it. */
  readonly given: number | null
  readonly recordedAt: EpochMs
}

/** A symbol's daily prices from its bars of one trade date. Null without a bar of the session. Pure. */
export function barObservation(
  bars: readonly UnderlyingBarRow[],
  session: TradingSession,
  { previous, given, recordedAt }: NightBefore,
): ObservationRow | null {
  const prices = sessionPrices(bars, session)
  const [first] = bars
  if (!prices || !first) return null
  const { open, high, low, close, variance, conId } = prices
  const closeBefore = previous && lastPriceOf(previous.bars, previous.session, conId)
  return {
    ...{ symbol: first.symbol, date: session.date, source: 'bars', iv30: null, close, vix: null },
    ...{ cycles: null, recorded_at: recordedAt, definition_version: DEFINITION_VERSION },
    ...{ open, high, low, overnight_return: nightReturn(open, closeBefore, given) },
    ...{ realized_variance: variance, bars: prices.bars, covered_seconds: prices.coveredSeconds },
  }
}

function nightReturn(open: number | null, closeBefore: number | null, given: number | null): number | null {
  if (open === null || closeBefore === null) return null
  const night = Math.log(open / closeBefore)
  return Math.abs(night) > SPLIT_RETURN ? given : night
}

function givenNight(
  observed: readonly ObservationRow[],
  {
    symbol,
    date,
    previous,
  }: { readonly symbol: string; readonly date: SessionDate; readonly previous: TradingSession | null },
): number | null {
  const on = (day: SessionDate | undefined) =>
    observed.find((row) => row.symbol === symbol && row.date === day && row.source === 'ib_index')
  const [open, close] = [on(date)?.open ?? null, on(previous?.date)?.close ?? null]
  return open === null || close === null ? null : Math.log(open / close)
}

/** Reads the bars of a date once, for all symbols. */
function dayReader(lake: Lake) {
  const days = new Map<SessionDate, { readonly bars: readonly UnderlyingBarRow[] }>()
  return async (date: SessionDate) => {
    const known = days.get(date)
    if (known) return known
    const day = { bars: await readRows(lake, UNDERLYING_BARS, { from: date, to: date }) }
    days.set(date, day)
    return day
  }
}

function isOf(symbol: string) {
  return (bar: UnderlyingBarRow) => bar.symbol === symbol
}
