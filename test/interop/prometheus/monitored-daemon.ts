import { createDaemonStatus } from '../../../src/daemon/daemon-status.ts'
import {
  createEventRecorder,
  type EventRecorder,
  type FiguresOfSlot,
} from '../../../src/daemon/event-recorder.ts'
import { recordGauges } from '../../../src/daemon/served/http-sources.ts'
import { classify, KNOWN_CODES } from '../../../src/gateway/session/notices.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { createEventFeed } from '../../../src/serve/events/event-feed.ts'
import type { HealthSnapshot } from '../../../src/serve/health/snapshot.ts'
import { createMetrics, type Metrics } from '../../../src/serve/metrics/metrics.ts'
import type { LedgerRow } from '../../../src/snapshot/ledger.ts'
import { goodHealth } from '../../support/served-sources.ts'
import { storedSlot } from '../../support/truth-table.ts'

const DATE = sessionDate('2026-11-18')
const START = newYorkInstant(DATE, '10:00')
const INTERVAL_MINUTES = 5
const HEALTHY_BYTES = 200e6
const SYMBOLS = ['SPY', 'QQQ']

/** What a scenario changes about a healthy daemon. */
export interface Circumstances {
  /** Null: no slot enters the ledger. */
  slot: ((symbol: string) => Partial<LedgerRow>) | null
  /** 30-day implied volatility of each slot; null: its rows give none. */
  iv30Fraction: number | null
  /** Seconds. */
  cycle: number
  commit: number
  lag: number
  memoryBytes: number
  health: Partial<HealthSnapshot>
  /** It answers requests. */
  isUp: boolean
}

/**
 * The metrics of a daemon, minute by minute from 10:00 on in a session: the real recorder, status, health checks and
 * metrics, fed with the events of a healthy day or of a scenario.
 */
export interface MonitoredDaemon {
  readonly circumstances: Circumstances
  readonly recorder: EventRecorder
  readonly metrics: Metrics
  /** A notice of the gateway. */
  says(code: number, message: string): void
  /** The process starts again: its counters begin at 0, and its ledger is what it was. */
  restart(): void
  /** Lets a minute pass. */
  minute(minute: number): void
  /** What /metrics answers; null if it does not. */
  text(): Promise<string | null>
}

export function createMonitoredDaemon(): MonitoredDaemon {
  const circumstances: Circumstances = {
    ...{ slot: () => ({}), iv30Fraction: 0.18, cycle: 45, commit: 0.05, lag: 0.002 },
    ...{ memoryBytes: HEALTHY_BYTES, health: {}, isUp: true },
  }
  // The slots from 09:30 to 09:55 have landed.
  const ledger = [30, 25, 20, 15, 10, 5].flatMap((minutes) =>
    SYMBOLS.map((symbol) => ledgerRow(START - minutes * 60_000, symbol, {})),
  )
  let now = START
  let parts = started(ledger)

  function collect(): void {
    const { slot, cycle, commit } = circumstances
    if (slot === null) return
    const at = epochMs(now - (INTERVAL_MINUTES - 1) * 60_000)
    const rows = SYMBOLS.map((symbol) => ledgerRow(at, symbol, slot(symbol)))
    ledger.push(...rows)
    parts.recorder.reported(rows)
    const figured = rows.filter(({ outcome }) => outcome !== 'missing')
    const iv30 = { value: circumstances.iv30Fraction } as FiguresOfSlot['figures']['iv30']
    parts.recorder.figured(
      at,
      figured.map(({ symbol, rows: contracts }) => ({ symbol, contracts, figures: { iv30 } })),
    )
    parts.recorder.cycle(cycle)
    parts.metrics.commit(commit)
  }

  return {
    circumstances,
    get recorder() {
      return parts.recorder
    },
    get metrics() {
      return parts.metrics
    },
    says: (code, message) => parts.recorder.notice(classify(code, -1, message), now),
    restart: () => {
      parts = started(ledger)
    },
    minute: (minute) => {
      now = epochMs(START + minute * 60_000)
      parts.recorder.eventLoopLag(circumstances.lag)
      // A slot of a healthy day lands within its interval.
      if (minute % INTERVAL_MINUTES === INTERVAL_MINUTES - 1) collect()
    },
    text: async () => {
      const { health, memoryBytes, isUp } = circumstances
      if (!isUp) return null
      const { metrics, status } = parts
      const { notices, ...known } = status.read()
      const gateway = { ...goodHealth().gateway, notices }
      const snapshot = {
        ...goodHealth(),
        now,
        gateway,
        ...known,
        clockOffset: { seconds: 0.2, measuredAt: now },
      }
      recordGauges(metrics, { ...snapshot, ...health }, { limits: LIMITS, session: null })
      // The memory of this program says nothing about the daemon's.
      return (await metrics.text()).replace(/^(process_resident_memory_bytes) .*$/m, `$1 ${memoryBytes}`)
    },
  }
}

const LIMITS = { messagesPerSecond: 45, pacingWindowMs: 1_020, lines: 100 }

/** The parts of a process that has just started, with the newest session of the ledger. */
function started(ledger: readonly LedgerRow[]) {
  const metrics = createMetrics('0.0.0', { symbols: SYMBOLS, codes: KNOWN_CODES })
  const status = createDaemonStatus()
  for (const row of ledger) status.slotReported(row)
  return {
    metrics,
    status,
    recorder: createEventRecorder({ log: openLog('silent'), metrics, status, events: createEventFeed() }),
  }
}

function ledgerRow(at: number, symbol: string, changed: Partial<LedgerRow>): LedgerRow {
  const { slot, ...good } = storedSlot(epochMs(at))
  const row = { ...good, timestamp: slot, symbol, date: DATE, detail: null, with_greeks: good.complete }
  return {
    ...{ ...row, rows: good.answered, underlying_price: 661.5, vix: 17.25, smile_skew_seconds: 3.1 },
    ...{ started_at: at, finished_at: at + 45_000, parity_residual: 0.8 },
    ...{ vertical_violations: 0, butterfly_violations: 0, calendar_violations: 0 },
    ...{ kind: null, future_rows: null, definition_version: null },
    ...changed,
  }
}
