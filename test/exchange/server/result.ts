import type { RunResult } from '../../../src/exchange/server/results.ts'

/** A complete run of alice in the normal market that did nothing, but for what `change` says. */
export function result(run_id: string, change: Partial<RunResult> = {}): RunResult {
  return {
    ...{ run_id, student_id: 'alice', scenario_id: 'normal_market', seed: 1, rules: 'research' },
    ...{ end: 'complete', cut_reason: null, blowup: false, blowup_reason: null },
    ...{ started_at: '2026-01-05T10:00:00.000Z', completed_at: '2026-01-05T10:01:00.000Z', steps: 100 },
    ...{ final_pnl: 0, final_inventory: 0, max_inventory: 0, notional: 0, trade_count: 0 },
    ...{ aggressive_trade_qty: 0, total_decision_time_ms: 0 },
    ...change,
  }
}
