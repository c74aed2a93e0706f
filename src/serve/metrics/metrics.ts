import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Notice } from '../../gateway/session/notices.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { BreakerState, CheckStatus, HealthReport } from '../health/health.ts'
import { type GatewayFigures, gatewayRecorders } from './gateway-metrics.ts'
import { watchProcess } from './process-metrics.ts'
import { slotRecorder } from './slot-metrics.ts'

/** The figures of one process. Every recorder takes what its caller has anyway; none waits and none throws. */
export interface Metrics {
  /** One symbol's slot, once it is in the ledger. */
  slot(report: LedgerRow): void
  /** A stage of a cycle has ended. */
  stage(stage: 'chain' | 'harvest' | 'write', seconds: number): void
  /** A whole cycle has ended. */
  cycle(seconds: number): void
  /** One commit of the lake. */
  commit(seconds: number): void
  notice(notice: Pick<Notice, 'code' | 'kind'>): void
  gateway(figures: GatewayFigures): void
  /** A session was lost and another one is open. */
  reconnected(): void
  breaker(symbol: string, state: BreakerState['state']): void
  /** Bytes of the journal of the running cycle; 0 between cycles. */
  spool(bytes: number): void
  lake(figures: { readonly bytes: number; readonly files: number; readonly rows: number }): void
  /** How late a tick was. */
  eventLoopLag(seconds: number): void
  clockStep(stepMs: number): void
  /** Cron had stopped and was started again. */
  cronRestarted(): void
  /** The answer to `/health`, and whether a session is on. */
  health(report: HealthReport, inSession: boolean): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

const CHECK_VALUE: Readonly<Record<CheckStatus, number>> = { fail: 0, warn: 1, ok: 2 }
const CYCLE_BUCKETS = [1, 5, 15, 30, 60, 120, 180, 240, 270, 285, 300, 600]
const STAGE_BUCKETS = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 180, 240, 285, 300]
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
const COMMIT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Figures in a registry of their own; names and units follow Prometheus' conventions. */
export function openMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  watchProcess(registry, version)
  return {
    slot: slotRecorder(registers),
    ...timeRecorders(registers),
    ...gatewayRecorders(registers),
    ...storeRecorders(registers),
    ...clockRecorders(registers),
    health: healthRecorder(registers),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function timeRecorders(registers: Registry[]): Pick<Metrics, 'stage' | 'cycle' | 'commit'> {
  const stages = new Histogram({
    name: 'optionlake_stage_duration_seconds',
    help: 'How long a stage of a cycle took.',
    labelNames: ['stage'],
    buckets: STAGE_BUCKETS,
    registers,
  })
  const cycles = new Histogram({
    name: 'optionlake_cycle_duration_seconds',
    help: 'How long a whole cycle took.',
    buckets: CYCLE_BUCKETS,
    registers,
  })
  const commits = new Histogram({
    name: 'optionlake_lake_commit_duration_seconds',
    help: 'How long one commit of the lake took.',
    buckets: COMMIT_BUCKETS,
    registers,
  })
  return {
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    cycle: (seconds) => cycles.observe(seconds),
    commit: (seconds) => commits.observe(seconds),
  }
}

function storeRecorders(registers: Registry[]): Pick<Metrics, 'spool' | 'lake'> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const spool = gauge('optionlake_spool_bytes', 'Journal of the running cycle.')
  const lakeBytes = gauge('optionlake_lake_bytes', 'Data files in use.')
  const lakeFiles = gauge('optionlake_lake_files', 'Number of data files in use.')
  const lakeRows = gauge('optionlake_lake_rows', 'Rows stored.')
  return {
    spool: (bytes) => spool.set(bytes),
    lake: ({ bytes, files, rows }) => {
      lakeBytes.set(bytes)
      lakeFiles.set(files)
      lakeRows.set(rows)
    },
  }
}

function clockRecorders(
  registers: Registry[],
): Pick<Metrics, 'eventLoopLag' | 'clockStep' | 'cronRestarted'> {
  const lag = new Histogram({
    name: 'optionlake_event_loop_lag_seconds',
    help: 'How late the ticks of the event loop came.',
    buckets: LAG_BUCKETS,
    registers,
  })
  const steps = new Counter({
    name: 'optionlake_clock_steps_total',
    help: 'Settings of the wall clock that were noticed.',
    labelNames: ['direction'],
    registers,
  })
  const restarts = new Counter({
    name: 'optionlake_cron_restarts_total',
    help: 'How often cron had stopped and was started again.',
    registers,
  })
  // A label that has not happened yet is 0 and not absent: an alert on its increase needs the 0.
  for (const direction of ['forward', 'back']) steps.inc({ direction }, 0)
  return {
    eventLoopLag: (seconds) => lag.observe(seconds),
    clockStep: (stepMs) => steps.inc({ direction: stepMs > 0 ? 'forward' : 'back' }),
    cronRestarted: () => restarts.inc(),
  }
}

function healthRecorder(registers: Registry[]): Metrics['health'] {
  const checks = new Gauge({
    name: 'optionlake_health_check',
    help: 'Checks of /health: 0 fail, 1 warn, 2 ok.',
    labelNames: ['check'],
    registers,
  })
  const status = new Gauge({
    name: 'optionlake_health_status',
    help: '/health as a whole: 0 fail, 1 warn, 2 ok.',
    registers,
  })
  const session = new Gauge({
    name: 'optionlake_in_session',
    help: '1 from the opening to the close of the options.',
    registers,
  })
  return (report, inSession) => {
    for (const { name, status: state } of report.checks) checks.set({ check: name }, CHECK_VALUE[state])
    status.set(CHECK_VALUE[report.state])
    session.set(inSession ? 1 : 0)
  }
}
