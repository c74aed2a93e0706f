import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type LedgerRow, SLOT_REASONS } from '../../snapshot/ledger.ts'

/** What a cycle did, and how long it took. */
export interface CycleMetrics {
  /** One symbol's slot is in the ledger. */
  slot(report: LedgerRow): void
  /** The figures of a symbol's slot are stored. Null: its rows give no 30-day implied volatility. */
  figures(symbol: string, figures: { readonly iv30Fraction: number | null }): void
  /** A stage of a cycle has ended. */
  stage(stage: 'chain' | 'harvest' | 'write', seconds: number): void
  /** The requests of a cycle have ended: how long the plan expected them to take, and how long they took. */
  harvest(seconds: { readonly estimated: number; readonly taken: number }): void
  /** A whole cycle has ended. */
  cycle(seconds: number): void
  /** The lake has made one commit. */
  commit(seconds: number): void
}

const CYCLE_BUCKETS = [1, 5, 15, 30, 60, 120, 180, 240, 270, 285, 300, 600]
const STAGE_BUCKETS = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 180, 240, 285, 300]
const COMMIT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createCycleMetrics(registers: Registry[], symbols: readonly string[]): CycleMetrics {
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
  const harvestTaken = new Gauge({
    name: 'optionlake_harvest_seconds',
    help: "How long the requests of the newest slot's contracts took.",
    registers,
  })
  const harvestEstimated = new Gauge({
    name: 'optionlake_harvest_estimated_seconds',
    help: 'How long the plan had expected them to take.',
    registers,
  })
  const commits = new Histogram({
    name: 'optionlake_lake_commit_duration_seconds',
    help: 'How long one commit of the lake took.',
    buckets: COMMIT_BUCKETS,
    registers,
  })
  return {
    slot: slotRecorder(registers, symbols),
    figures: figureRecorder(registers),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    harvest: ({ estimated, taken }) => {
      harvestEstimated.set(estimated)
      harvestTaken.set(taken)
    },
    cycle: (seconds) => cycles.observe(seconds),
    commit: (seconds) => commits.observe(seconds),
  }
}

function figureRecorder(registers: Registry[]): CycleMetrics['figures'] {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['symbol'], registers })
  const iv30 = gauge(
    'optionlake_slot_implied_volatility',
    '30-day implied volatility of the newest slot; 0.2 is 20 %. Absent while there is none.',
  )
  const isStored = gauge(
    'optionlake_slot_implied_volatility_stored',
    '1 if the newest slot has a 30-day implied volatility, 0 if its rows give none.',
  )
  return (symbol, { iv30Fraction }) => {
    isStored.set({ symbol }, iv30Fraction === null ? 0 : 1)
    if (iv30Fraction === null) iv30.remove({ symbol })
    else iv30.set({ symbol }, iv30Fraction)
  }
}

function slotRecorder(registers: Registry[], symbols: readonly string[]): CycleMetrics['slot'] {
  const labelNames = ['symbol']
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers })
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers })
  const slots = new Counter({
    name: 'optionlake_slots_total',
    help: 'Slots by outcome and by the reason in the ledger ("none" if stored whole).',
    labelNames: ['symbol', 'outcome', 'reason'],
    registers,
  })
  const landed = gauge('optionlake_last_landed_slot_timestamp_seconds', 'Newest slot with rows in the lake.')
  const rows = gauge('optionlake_slot_rows', 'Rows of the newest slot.')
  const skew = gauge(
    'optionlake_slot_skew_seconds',
    'Seconds from the first to the last quote of the newest slot.',
  )
  const smileSkew = gauge(
    'optionlake_slot_smile_skew_seconds',
    'The same within one expiration: the median over expirations.',
  )
  const requested = counter('optionlake_contracts_requested_total', 'Contracts requested.')
  const answered = counter('optionlake_contracts_answered_total', 'Contracts that sent at least one value.')
  const complete = counter('optionlake_contracts_complete_total', 'Contracts with bid, ask and model greeks.')
  const skipped = gauge('optionlake_slot_contracts_skipped', 'Contracts dropped to fit the budget.')
  for (const symbol of symbols) {
    for (const one of [requested, answered, complete]) one.inc({ symbol }, 0)
    slots.inc({ symbol, outcome: 'stored', reason: 'none' }, 0)
    for (const reason of SLOT_REASONS) {
      for (const outcome of ['partial', 'missing']) slots.inc({ symbol, outcome, reason }, 0)
    }
  }
  return (report) => {
    const { symbol, outcome } = report
    slots.inc({ symbol, outcome, reason: report.reason ?? 'none' })
    requested.inc({ symbol }, report.requested)
    answered.inc({ symbol }, report.answered)
    complete.inc({ symbol }, report.complete)
    skipped.set({ symbol }, report.skipped)
    rows.set({ symbol }, report.rows)
    if (report.skew_seconds !== null) skew.set({ symbol }, report.skew_seconds)
    if (report.smile_skew_seconds !== null) smileSkew.set({ symbol }, report.smile_skew_seconds)
    if (outcome !== 'missing') landed.set({ symbol }, report.timestamp / 1_000)
  }
}
