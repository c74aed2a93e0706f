import { judge } from '../../src/serve/health/health.ts'
import type { Metrics } from '../../src/serve/metrics/metrics.ts'
import { goodHealth, ledger } from './served-sources.ts'

/** Records everything that metrics can record, once. */
export function recordAll(metrics: Metrics): void {
  for (const report of ledger()) metrics.slot(report)
  metrics.figures('SPY', { iv30Fraction: 0.18 })
  metrics.stage('harvest', 42)
  metrics.harvest({ estimated: 41, taken: 42 })
  metrics.cycle(45)
  metrics.commit(0.05)
  metrics.notice({ code: 2104, kind: 'farm' })
  metrics.gateway({
    connected: true,
    messagesSent: 120,
    peakMessagesPerSecond: 45,
    messagesPerSecondLimit: 45,
    linesInUse: 99,
    linesLimit: 100,
    linesUsable: 100,
  })
  metrics.reconnected()
  metrics.breaker('SPY', 'open')
  const listed = { expirations: 9, missing: 2, earlier: 3, earlierDate: null, problem: null }
  metrics.chain('SPY', { ...listed, listingSeconds: 31.5 })
  metrics.bars({ streams: 8, rowsStored: 96, barsLost: 0, ticksDropped: 1 })
  metrics.alerts([{ name: 'phone', sent: 3, failed_attempts: 1, held_back: 2, problem: null }])
  metrics.journal(1_000)
  metrics.lake({ bytes: 2_000, files: 3, rows: 4 })
  metrics.eventLoopLag(0.002)
  metrics.clockStep(-3_600_000)
  metrics.cronRestarted()
  metrics.health(judge('health', goodHealth()), goodHealth())
}
