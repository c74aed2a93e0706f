import { observationTimes } from '../../../src/analytics/figure-session.ts'
import type { AnalyticsOptions } from '../../../src/analytics/options.ts'
import { barObservation } from '../../../src/analytics/stored/bar-observations.ts'
import { observationRow } from '../../../src/analytics/stored/observation.ts'
import { historyBySymbol, INTRADAY_DAYS } from '../../../src/analytics/stored/reader.ts'
import { figuresOf, storedRow } from '../../../src/analytics/stored/stored-figures.ts'
import { fittedRows } from '../../../src/analytics/stored/surfaces/store-surfaces.ts'
import type { Lake } from '../../../src/lake/open.ts'
import {
  DAILY_OBSERVATIONS,
  MARKET_METRICS,
  SURFACE_GRID,
  SURFACES,
  UNDERLYING_BARS,
} from '../../../src/lake/tables/small-tables.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import type { TradingSession } from '../../../src/market/calendar.ts'
import { addDays, type EpochMs, type SessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../../src/snapshot/figures/market-metrics.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import type { SurfaceGridRow } from '../../../src/snapshot/surface/surface-grid.ts'
import type { SurfaceRow } from '../../../src/snapshot/surface/surfaces.ts'
import type { UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'

/** Everything but the chains: computed as the slots come, and written once at the end. */
export interface ComputedTables {
  begin(session: TradingSession, bars: readonly UnderlyingBarRow[]): void
  slot(slot: {
    readonly symbol: string
    readonly at: EpochMs
    readonly date: SessionDate
    readonly rows: readonly SnapshotRow[]
    readonly vix: number | null
    readonly ivIndexFraction: number | null
  }): void
  /** The session is over; `given` are the gateway's daily bars. */
  end(session: TradingSession, given: readonly ObservationRow[], recordedAt: EpochMs): void
  store(lake: Lake): Promise<void>
}

export function createComputedTables(symbols: readonly string[], options: AnalyticsOptions): ComputedTables {
  const observed: ObservationRow[] = []
  const metrics: MarketMetricsRow[] = []
  const surfaces: SurfaceRow[] = []
  const grid: SurfaceGridRow[] = []
  const bars: UnderlyingBarRow[] = []
  let today: readonly UnderlyingBarRow[] = []
  let yesterday: { readonly session: TradingSession; readonly bars: readonly UnderlyingBarRow[] } | null =
    null

  return {
    begin: (_session, ofDay) => {
      today = ofDay
      bars.push(...ofDay)
    },
    slot: ({ symbol, at, date, rows, vix, ivIndexFraction }) => {
      const recent = metrics.filter((row) => row.date >= addDays(date, -INTRADAY_DAYS))
      const past = historyBySymbol({ observed, metrics: recent, bars: today })(symbol)
      const received = { symbol, kind: 'STK' as const, vix, ivIndexFraction }
      metrics.push(storedRow(figuresOf(rows, { at, date }, { ...received, options, past })))
      const fitted = fittedRows(rows, { symbol, slot: at, date }, options)
      surfaces.push(...fitted.surfaces)
      grid.push(...fitted.grid)
    },
    end: (session, given, recordedAt) => {
      const { date } = session
      observed.push(...given)
      for (const symbol of symbols) {
        const times = observationTimes(date, { symbol, kind: 'STK' })
        const own = metrics.filter((row) => row.symbol === symbol && row.date === date)
        const ofChain = times && observationRow(own, times, recordedAt)
        const isOwn = (bar: UnderlyingBarRow) => bar.symbol === symbol
        const previous = yesterday && { session: yesterday.session, bars: yesterday.bars.filter(isOwn) }
        const ofBars = barObservation(today.filter(isOwn), session, { previous, given: null, recordedAt })
        observed.push(...[ofChain, ofBars].filter((row) => row !== null))
      }
      yesterday = { session, bars: today }
    },
    store: async (lake) => {
      await upsert(lake, DAILY_OBSERVATIONS, observed)
      await upsert(lake, UNDERLYING_BARS, bars)
      await upsert(lake, MARKET_METRICS, metrics)
      await upsert(lake, SURFACES, surfaces)
      await upsert(lake, SURFACE_GRID, grid)
    },
  }
}
