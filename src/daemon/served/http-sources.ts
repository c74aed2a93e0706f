import type { Alerts } from '../../alerts/alerts.ts'
import { type AnalyticsOptions, carryOf, tradingTimeWeights } from '../../analytics/options.ts'
import { secondOrderOfRows } from '../../analytics/second-order-rows.ts'
import type { LatestFigures } from '../../analytics/stored/latest-figures.ts'
import { createLatestPositioning } from '../../analytics/stored/latest-positioning.ts'
import { storedPositioning } from '../../analytics/stored/positioning.ts'
import { marketData } from '../../analytics/stored/reader.ts'
import { surfaceData } from '../../analytics/stored/surfaces/read-surface.ts'
import { smileData } from '../../analytics/stored/surfaces/smile-data.ts'
import { tenorData } from '../../analytics/stored/surfaces/tenor-data.ts'
import { createTenorHistory } from '../../analytics/stored/surfaces/tenor-history.ts'
import { termData } from '../../analytics/stored/surfaces/term-data.ts'
import type { Bars } from '../../bars/bars.ts'
import { journalBytes } from '../../capture/recover-journal.ts'
import type { WireLimits } from '../../capture/session-source.ts'
import type { Lake } from '../../lake/open.ts'
import { bars as storedBars } from '../../lake/query/bars.ts'
import { chainAt } from '../../lake/query/chains.ts'
import { futuresAsOf, latestFutures } from '../../lake/query/futures.ts'
import { slots } from '../../lake/query/stats.ts'
import { storedSessions } from '../../lake/query/stored-sessions.ts'
import { createVersionTag } from '../../lake/query/version-tag.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../lake/tables/small-tables.ts'
import type { Instrument } from '../../market/instrument.ts'
import type { SlotGrid } from '../../market/slot.ts'
import type { EventFeed } from '../../serve/events/event-feed.ts'
import { judge } from '../../serve/health/health.ts'
import type { HealthSnapshot } from '../../serve/health/snapshot.ts'
import type { Metrics } from '../../serve/metrics/metrics.ts'
import type { HttpSources } from '../../serve/sources.ts'
import type { DailyHistory } from '../after-close/daily-history.ts'
import type { SupervisedSession } from '../sessions/gateway-source.ts'
import { collectionSources } from './collection-sources.ts'
import { gatewayAnswerOf } from './gateway-answer.ts'
import { volatilitySources } from './volatility-sources.ts'

/** The data that the daemon serves over HTTP, from its parts. */
export function httpSources(
  symbols: readonly string[],
  {
    gateway,
    lake,
    figures,
    history,
    metrics,
    health,
    version,
    bars,
    events,
    lakeVersion,
    alerts,
    analytics,
    instruments,
    grid,
  }: {
    readonly gateway: SupervisedSession
    readonly lake: Lake
    readonly figures: LatestFigures
    readonly history: DailyHistory
    readonly metrics: Metrics
    readonly health: () => HealthSnapshot
    readonly version: string
    readonly bars: Bars | null
    readonly events: Pick<EventFeed, 'subscribe'>
    readonly lakeVersion: () => number
    readonly alerts: Alerts
    readonly analytics: AnalyticsOptions
    readonly instruments: readonly Instrument[]
    readonly grid: SlotGrid
  },
): HttpSources {
  const newestPositioning = createLatestPositioning(lake, analytics)
  const tenorHistory = createTenorHistory(lake)
  return {
    ...volatilitySources(lake, { figures, analytics }),
    symbols,
    source: gateway.description,
    ...{ version, events, lakeVersion },
    tablesTag: createVersionTag(lake),
    health,
    wire: () => {
      const counters = gateway.supervisor.session()?.counters()
      return {
        ...{ origin: gateway.source, ...gateway.limits },
        linesInUse: counters?.linesInUse ?? null,
        peakMessagesPerSecond: counters?.peakMessagesPerSecond ?? null,
      }
    },
    gateway: () => gatewayAnswerOf({ version, gateway, lake, figures, history, health }),
    chain: (symbol, at) => chainAt(lake, symbol, { at }),
    secondOrder: (symbol, rows) => secondOrderOfRows(rows, { symbol, carry: carryOf(analytics, symbol) }),
    futures: (symbol, at) => (at === undefined ? latestFutures(lake, symbol) : futuresAsOf(lake, symbol, at)),
    sessions: (only) => storedSessions(lake, only),
    slots: (only) => slots(lake, only),
    marketData: (symbol, at) =>
      at === undefined
        ? figures.latest(symbol)
        : marketData(lake, symbol, { carry: carryOf(analytics, symbol), at }),
    positioning: (symbol, at) =>
      at === undefined
        ? newestPositioning(symbol)
        : storedPositioning(lake, symbol, { carry: carryOf(analytics, symbol), at }),
    surface: (symbol, at) => surfaceData(lake, symbol, { options: analytics, at }),
    smile: (symbol, question) => smileData(lake, symbol, { ...question, options: analytics }),
    term: (symbol, question) => termData(lake, symbol, question),
    tenors: (symbol, date) => tenorData(lake, symbol, { date, history: tenorHistory }),
    bars: (symbol, dates) => storedBars(lake, symbol, dates),
    observations: (symbol, dates) => readRows(lake, DAILY_OBSERVATIONS, { symbol, ...dates }),
    tradingTimeWeights: (symbol) => tradingTimeWeights(analytics, symbol),
    ...collectionSources(instruments, { lake, gateway, grid }),
    alerts: () => alerts.status(),
    metrics: async () => {
      metrics.alerts(alerts.status())
      metrics.journal(journalBytes(lake))
      const { supervisor, limits } = gateway
      if (bars !== null) metrics.bars(barCounts(bars))
      recordGauges(metrics, health(), { limits, session: supervisor.session()?.counters() ?? null })
      return { text: await metrics.text(), contentType: metrics.contentType }
    },
  }
}

function barCounts(bars: Bars) {
  const { streams, ...counts } = bars.status()
  return { ...counts, streams: streams.filter(({ state }) => state === 'open').length }
}

/** Gauges have no events of their own, so they are set on every scrape. */
export function recordGauges(
  metrics: Metrics,
  snapshot: HealthSnapshot,
  {
    limits,
    session,
  }: {
    readonly limits: WireLimits
    readonly session: {
      readonly messagesSent: number
      readonly peakMessagesPerSecond: number
      readonly linesInUse: number
      readonly linesUsable: number
    } | null
  },
): void {
  for (const [symbol, { state }] of snapshot.breakers) metrics.breaker(symbol, state)
  for (const [symbol, status] of snapshot.chains) metrics.chain(symbol, status)
  metrics.health(judge('health', snapshot), snapshot)
  metrics.gateway({
    connected: snapshot.gateway.connected,
    messagesSent: session?.messagesSent ?? 0,
    peakMessagesPerSecond: session?.peakMessagesPerSecond ?? 0,
    messagesPerSecondLimit: limits.messagesPerSecond,
    linesInUse: session?.linesInUse ?? 0,
    linesLimit: limits.lines,
    linesUsable: session?.linesUsable ?? limits.lines,
  })
}
