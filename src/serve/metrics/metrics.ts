import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CheckStatus } from '../health/check.ts'
import { figuresOfSlots, type HealthReport } from '../health/health.ts'
import type { SlotFigures } from '../health/slot-check.ts'
import { currentSession, type HealthSnapshot } from '../health/snapshot.ts'
import { type AlertMetrics, createAlertMetrics } from './alert-metrics.ts'
import { type BarMetrics, createBarMetrics } from './bar-metrics.ts'
import { type ChainMetrics, createChainMetrics } from './chain-metrics.ts'
import { type CycleMetrics, createCycleMetrics } from './cycle-metrics.ts'
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts'
import type { KnownLabels } from './known-labels.ts'
import { registerProcessMetrics } from './process-metrics.ts'

/** The metrics of one process. Methods take values that their callers already have; none waits or throws. */
export interface Metrics
  extends CycleMetrics,
    GatewayMetrics,
    ChainMetrics,
    BarMetrics,
    AlertMetrics,
    StorageMetrics,
    SchedulerMetrics {
  /** The answer to `/health`, the figures behind it, and whether a session is in progress. */
  health(report: HealthReport, snapshot: HealthSnapshot): void
  /** All of them in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

interface StorageMetrics {
  /** Bytes of the journal of the running cycle; 0 between cycles. */
  journal(bytes: number): void
  lake(size: { readonly bytes: number; readonly files: number; readonly rows: number }): void
}

interface SchedulerMetrics {
  /** How late a tick of the event loop was. */
  eventLoopLag(seconds: number): void
  /** The wall clock was set, forward (above 0) or back. */
  clockStep(stepMs: number): void
  /** Cron had stopped and was restarted. */
  cronRestarted(): void
}

const CHECK_VALUE: Readonly<Record<CheckStatus, number>> = { fail: 0, warn: 1, ok: 2 }
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

/** Metrics in a registry of their own. Names and units follow Prometheus' conventions. */
export function createMetrics(version: string, known: Partial<KnownLabels> = {}): Metrics {
  const { symbols = [], codes = [] } = known
  const registry = new Registry()
  const registers = [registry]
  registerProcessMetrics(registry, version)
  return {
    ...createCycleMetrics(registers, symbols),
    ...createGatewayMetrics(registers, { codes }),
    ...createChainMetrics(registers),
    ...createBarMetrics(registers),
    ...createAlertMetrics(registers),
    ...createStorageMetrics(registers),
    ...createSchedulerMetrics(registers),
    health: healthRecorder(registers),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createStorageMetrics(registers: Registry[]): StorageMetrics {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const journal = gauge('optionlake_journal_bytes', 'Journal of the running cycle.')
  // Until 0.3: dashboards of 0.1 use it.
  const deprecated = gauge('optionlake_spool_bytes', 'Deprecated: use optionlake_journal_bytes.')
  const lakeBytes = gauge('optionlake_lake_bytes', 'Data files in use.')
  const lakeFiles = gauge('optionlake_lake_files', 'Number of data files in use.')
  const lakeRows = gauge('optionlake_lake_rows', 'Rows stored.')
  return {
    journal: (bytes) => {
      journal.set(bytes)
      deprecated.set(bytes)
    },
    lake: ({ bytes, files, rows }) => {
      lakeBytes.set(bytes)
      lakeFiles.set(files)
      lakeRows.set(rows)
    },
  }
}

function createSchedulerMetrics(registers: Registry[]): SchedulerMetrics {
  const lag = new Histogram({
    name: 'optionlake_event_loop_lag_seconds',
    help: 'How late the ticks of the event loop were.',
    buckets: LAG_BUCKETS,
    registers,
  })
  const steps = new Counter({
    name: 'optionlake_clock_steps_total',
    help: 'How often the wall clock was set.',
    labelNames: ['direction'],
    registers,
  })
  const restarts = new Counter({
    name: 'optionlake_cron_restarts_total',
    help: 'How often cron had stopped and was started again.',
    registers,
  })
  // An alert on an increase needs the 0 before the first step.
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
  const slotFigures = slotFigureRecorder(registers)
  const clock = clockRecorder(registers)
  return (report, snapshot) => {
    for (const check of report.checks) checks.set({ check: check.name }, CHECK_VALUE[check.status])
    status.set(CHECK_VALUE[report.state])
    session.set(currentSession(snapshot) === null ? 0 : 1)
    slotFigures(figuresOfSlots(snapshot))
    clock(snapshot)
  }
}

function slotFigureRecorder(registers: Registry[]) {
  const landed = new Gauge({
    name: 'optionlake_slot_landed_status',
    help: 'Whether the last due slot landed: 0 fail, 1 warn, 2 ok. In session only.',
    labelNames: ['symbol'],
    registers,
  })
  const labelNames = ['symbol', 'criterion']
  const content = new Gauge({
    name: 'optionlake_slot_content',
    help: 'What the newest slot holds: shares of 1, and seconds for skew and quote_age. In session only.',
    labelNames,
    registers,
  })
  const contentStatus = new Gauge({
    name: 'optionlake_slot_content_status',
    help: 'The same by the limits of the section health: 0 fail, 1 warn, 2 ok or as configured.',
    labelNames,
    registers,
  })
  return (figures: readonly SlotFigures[]) => {
    for (const gauge of [landed, content, contentStatus]) gauge.reset()
    for (const { symbol, landed: status, content: findings } of figures) {
      landed.set({ symbol }, CHECK_VALUE[status])
      for (const { criterion, value, status, isConfigured } of findings) {
        if (value !== null) content.set({ symbol, criterion }, value)
        contentStatus.set({ symbol, criterion }, CHECK_VALUE[isConfigured ? 'ok' : status])
      }
    }
  }
}

function clockRecorder(registers: Registry[]) {
  const offset = new Gauge({
    name: 'optionlake_clock_offset_seconds',
    help: "Clock of this program minus the gateway's; NaN before the first comparison.",
    registers,
  })
  const artificial = new Gauge({
    name: 'optionlake_clock_artificial',
    help: "1 if the time is not the machine's, but the gateway's or that of the simulated market.",
    registers,
  })
  offset.set(Number.NaN)
  return ({ clockOffset, clockSource }: HealthSnapshot) => {
    offset.set(clockOffset?.seconds ?? Number.NaN)
    artificial.set(clockSource === 'machine' ? 0 : 1)
  }
}
