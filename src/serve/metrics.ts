import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Notice } from '../gateway/notices.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { BreakerState, CheckStatus, HealthReport } from './health.ts'
import { watchProcess } from './process-metrics.ts'

/** What of the gateway is counted; as the session and whatever keeps it say. */
export interface GatewayFigures {
  readonly connected: boolean
  /** Requests and cancels written in this session. */
  readonly messagesSent: number
  /** Messages written in the busiest second of this session. */
  readonly peakMessagesPerSecond: number
  readonly messagesPerSecondLimit: number
  readonly linesInUse: number
  readonly linesLimit: number
}

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

/** Codes that gateways make up must not become series without end. */
const MOST_CODES = 100
const CHECK_VALUE: Readonly<Record<CheckStatus, number>> = { fail: 0, warn: 1, ok: 2 }
const BREAKER_VALUE: Readonly<Record<BreakerState['state'], number>> = { closed: 0, half_open: 1, open: 2 }
const CYCLE_BUCKETS = [1, 5, 15, 30, 60, 120, 180, 240, 270, 285, 300, 600]
const STAGE_BUCKETS = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 180, 240, 285, 300]
const COMMIT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Figures in a registry of their own; names and units follow Prometheus' conventions. */
export function openMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  watchProcess(registry, version)
  const slots = slotRecorder(registers)
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
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const spool = gauge('optionlake_spool_bytes', 'Journal of the running cycle.')
  const lakeBytes = gauge('optionlake_lake_bytes', 'Data files in use.')
  const lakeFiles = gauge('optionlake_lake_files', 'Number of data files in use.')
  const lakeRows = gauge('optionlake_lake_rows', 'Rows stored.')
  const lag = new Histogram({
    name: 'optionlake_event_loop_lag_seconds',
    help: 'How late the ticks of the event loop came.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
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
  return {
    slot: slots,
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    cycle: (seconds) => cycles.observe(seconds),
    commit: (seconds) => commits.observe(seconds),
    ...gatewayRecorders(registers),
    spool: (bytes) => spool.set(bytes),
    lake: ({ bytes, files, rows }) => {
      lakeBytes.set(bytes)
      lakeFiles.set(files)
      lakeRows.set(rows)
    },
    eventLoopLag: (seconds) => lag.observe(seconds),
    clockStep: (stepMs) => steps.inc({ direction: stepMs > 0 ? 'forward' : 'back' }),
    cronRestarted: () => restarts.inc(),
    health: healthRecorder(registers),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function slotRecorder(registers: Registry[]): Metrics['slot'] {
  const perSymbol = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['symbol'], registers })
  const counted = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['symbol'], registers })
  const slots = new Counter({
    name: 'optionlake_slots_total',
    help: 'Slots by outcome and by the reason of the ledger ("none" where stored whole).',
    labelNames: ['symbol', 'outcome', 'reason'],
    registers,
  })
  const landed = perSymbol(
    'optionlake_last_landed_slot_timestamp_seconds',
    'Newest slot with rows in the lake.',
  )
  const rows = perSymbol('optionlake_slot_rows', 'Rows of the newest slot.')
  const skew = perSymbol(
    'optionlake_slot_skew_seconds',
    'From the first to the last quote of the newest slot.',
  )
  const smile = perSymbol('optionlake_slot_smile_skew_seconds', 'The same within one expiration, median.')
  const requested = counted('optionlake_contracts_requested_total', 'Contracts asked for.')
  const answered = counted('optionlake_contracts_answered_total', 'Contracts that spoke at all.')
  const complete = counted(
    'optionlake_contracts_complete_total',
    'Contracts with both sides and model greeks.',
  )
  const skipped = perSymbol('optionlake_slot_contracts_skipped', 'Contracts dropped to fit the budget.')
  return (report) => {
    const { symbol, outcome } = report
    slots.inc({ symbol, outcome, reason: report.reason ?? 'none' })
    requested.inc({ symbol }, report.requested)
    answered.inc({ symbol }, report.answered)
    complete.inc({ symbol }, report.complete)
    skipped.set({ symbol }, report.skipped)
    rows.set({ symbol }, report.rows)
    if (report.skew_seconds !== null) skew.set({ symbol }, report.skew_seconds)
    if (report.smile_skew_seconds !== null) smile.set({ symbol }, report.smile_skew_seconds)
    if (outcome !== 'missing') landed.set({ symbol }, report.timestamp / 1_000)
  }
}

function gatewayRecorders(
  registers: Registry[],
): Pick<Metrics, 'notice' | 'gateway' | 'reconnected' | 'breaker'> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const notices = new Counter({
    name: 'optionlake_gateway_notices_total',
    help: 'Notices of the gateway by code and kind.',
    labelNames: ['code', 'kind'],
    registers,
  })
  const reconnects = new Counter({
    name: 'optionlake_gateway_reconnects_total',
    help: 'Sessions that were opened after one was lost.',
    registers,
  })
  const sent = new Counter({
    name: 'optionlake_gateway_messages_total',
    help: 'Requests and cancels written to the gateway.',
    registers,
  })
  const breakers = new Gauge({
    name: 'optionlake_breaker_state',
    help: 'Circuit breaker: 0 closed, 1 half-open, 2 open.',
    labelNames: ['symbol'],
    registers,
  })
  const connected = gauge('optionlake_gateway_connected', '1 while market data can be asked for.')
  const peak = gauge('optionlake_gateway_peak_messages_per_second', 'Busiest second of this session.')
  const rateLimit = gauge('optionlake_gateway_messages_per_second_limit', 'Messages allowed in a second.')
  const lines = gauge('optionlake_gateway_lines_in_use', 'Market-data lines in use.')
  const linesLimit = gauge('optionlake_gateway_lines_limit', 'Market-data lines allowed.')
  const codes = new Set<number>()
  let sentBefore = 0
  return {
    notice: ({ code, kind }) => {
      if (codes.size < MOST_CODES) codes.add(code)
      notices.inc(codes.has(code) ? { code, kind } : { code: 'other', kind: 'unknown' })
    },
    reconnected: () => reconnects.inc(),
    breaker: (symbol, state) => breakers.set({ symbol }, BREAKER_VALUE[state]),
    gateway: (figures) => {
      // A new session counts from nothing again.
      const more = figures.messagesSent - (figures.messagesSent < sentBefore ? 0 : sentBefore)
      sentBefore = figures.messagesSent
      sent.inc(more)
      connected.set(figures.connected ? 1 : 0)
      peak.set(figures.peakMessagesPerSecond)
      rateLimit.set(figures.messagesPerSecondLimit)
      lines.set(figures.linesInUse)
      linesLimit.set(figures.linesLimit)
    },
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
