import { Counter, Gauge, type Registry } from 'prom-client'
import type { Metrics } from './metrics.ts'

/** One symbol's slot: outcome, counts, spread, when it landed. */
export function slotRecorder(registers: Registry[]): Metrics['slot'] {
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
