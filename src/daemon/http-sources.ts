import type { LatestFigures } from '../analytics/stored/latest-figures.ts'
import { journalBytes } from '../capture/recover-journal.ts'
import type { Config } from '../config/config.ts'
import type { Lake } from '../lake/open.ts'
import { latestChain } from '../lake/query/chains.ts'
import { slots } from '../lake/query/stats.ts'
import { readRows } from '../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../lake/tables/small-tables.ts'
import { judge } from '../serve/health/health.ts'
import { currentSession } from '../serve/health/snapshot.ts'
import type { Metrics } from '../serve/metrics/metrics.ts'
import type { HttpSources } from '../serve/sources.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { Place } from './gateway/place.ts'
import type { SymbolBreakers } from './symbol-breakers.ts'

export interface HttpSourcesEnv {
  readonly config: Config
  readonly place: Place
  readonly lake: Lake
  readonly guard: SymbolBreakers
  readonly metrics: Metrics
  readonly standing: DaemonStatus
  readonly figures: LatestFigures
}

/** What the daemon answers over HTTP, from what it has at hand. */
export function httpSources(env: HttpSourcesEnv): HttpSources {
  const { config, place, lake, metrics, standing, figures } = env
  return {
    symbols: config.symbols,
    source: place.gateway,
    health: () => standing.snapshot(),
    latestChain: (symbol) => latestChain(lake, symbol),
    slots: (only) => slots(lake, only),
    marketData: (symbol) => figures.latest(symbol),
    observations: (symbol, dates) => readRows(lake, DAILY_OBSERVATIONS, { symbol, ...dates }),
    metrics: async () => {
      gauge(env)
      return { text: await metrics.text(), contentType: metrics.contentType }
    },
  }
}

/** The gauges: read when they are asked for, because nothing tells us of their changes. */
function gauge({ place, lake, guard, metrics, standing }: HttpSourcesEnv): void {
  const snapshot = standing.snapshot()
  const session = place.keeper.session()?.counters()
  for (const [symbol, { state }] of guard.states()) metrics.breaker(symbol, state)
  metrics.health(judge('health', snapshot), currentSession(snapshot) !== null)
  metrics.journal(journalBytes(lake))
  metrics.gateway({
    connected: snapshot.gateway.connected,
    messagesSent: session?.messagesSent ?? 0,
    peakMessagesPerSecond: session?.peakMessagesPerSecond ?? 0,
    messagesPerSecondLimit: place.limits.messagesPerSecond,
    linesInUse: session?.linesInUse ?? 0,
    linesLimit: place.limits.lines,
  })
}
