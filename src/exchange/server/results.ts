import type { RuleSet } from './rules.ts'

/** How a run ended: at its last step, by breaking a rule, or because its client went away or fell silent. */
export type RunEnd = 'complete' | 'blowup' | 'cut'

/** What is kept of a run. Snake case: the keys are those of the REST answers and of the results file. */
export interface RunResult {
  readonly run_id: string
  readonly student_id: string
  readonly scenario_id: string
  readonly seed: number
  readonly rules: RuleSet
  readonly end: RunEnd
  /** Why it was cut; null if it was not. */
  readonly cut_reason: string | null
  readonly blowup: boolean
  readonly blowup_reason: string | null
  /** ISO 8601, UTC, of the wall clock. */
  readonly started_at: string
  readonly completed_at: string
  readonly steps: number
  /** Dollars: cash plus inventory at the last valid mid price. */
  readonly final_pnl: number
  /** Shares. */
  readonly final_inventory: number
  readonly max_inventory: number
  /** Dollars: price × quantity of all fills. */
  readonly notional: number
  readonly trade_count: number
  /** Shares filled by orders that did not rest before. */
  readonly aggressive_trade_qty: number
  readonly total_decision_time_ms: number
}

/** The newest results, a bounded number of them. */
export interface ResultStore {
  add(result: RunResult): void
  /** In order of their end, the oldest first. */
  ofScenario(scenarioId: string): readonly RunResult[]
  readonly size: number
}

export function createResultStore(maxResults: number, kept: readonly RunResult[] = []): ResultStore {
  const results = kept.slice(-maxResults)
  return {
    add: (result) => {
      results.push(result)
      // In one go for every hundred, because removing the first element moves all others.
      if (results.length >= maxResults + 100) results.splice(0, results.length - maxResults)
    },
    ofScenario: (scenarioId) =>
      results.slice(-maxResults).filter(({ scenario_id }) => scenario_id === scenarioId),
    get size() {
      return Math.min(results.length, maxResults)
    },
  }
}

/** Complete runs, the best first; of two with the same P&L the earlier one. Only these have a rank. */
export function rankedRuns(results: readonly RunResult[]): readonly RunResult[] {
  return results.filter(({ end }) => end === 'complete').sort((a, b) => b.final_pnl - a.final_pnl)
}

/** Runs in one answer, the newest ones: a client that does not read it must not hold megabytes. */
const MAX_LISTED_RUNS = 200

/** The body of student. */
export function studentAnswer(name: string, results: readonly RunResult[]): readonly RunResult[] {
  return results.filter(({ student_id }) => student_id === name).slice(-MAX_LISTED_RUNS)
}

/** The body of my-runs. Ranks and the total are those among all runs that are kept. */
export function myRunsAnswer(scenarioId: string, name: string, results: readonly RunResult[]) {
  const ranks = new Map(rankedRuns(results).map(({ run_id }, at) => [run_id, at + 1]))
  const own = results.filter(({ student_id }) => student_id === name)
  const runs = own.slice(-MAX_LISTED_RUNS).map((run) => ({ ...run, rank: ranks.get(run.run_id) ?? null }))
  return { scenario_id: scenarioId, total_runs: own.length, runs }
}

/** One line of the leaderboard: the participant's best complete run; without one, the latest other run. */
interface LeaderboardEntry extends Omit<RunResult, 'final_pnl'> {
  /** Null without a complete run. */
  readonly rank: number | null
  readonly best_pnl: number | null
  /** Kept runs of this participant, of every end. */
  readonly runs: number
}

/** The body of the leaderboard: one entry a participant, those without a complete run last. */
export function leaderboardAnswer(
  scenario: { readonly id: string; readonly name: string },
  results: readonly RunResult[],
) {
  const counts = new Map<string, number>()
  for (const { student_id } of results) counts.set(student_id, (counts.get(student_id) ?? 0) + 1)
  const listed = new Set<string>()
  const entries: LeaderboardEntry[] = []
  const list = (run: RunResult, rank: number | null) => {
    if (listed.has(run.student_id)) return
    listed.add(run.student_id)
    const { final_pnl, ...rest } = run
    const best_pnl = rank === null ? null : final_pnl
    entries.push({ rank, best_pnl, runs: counts.get(run.student_id) ?? 0, ...rest })
  }
  for (const run of rankedRuns(results)) list(run, listed.size + 1)
  for (const run of [...results].reverse()) list(run, null)
  return {
    scenario_id: scenario.id,
    scenario_name: scenario.name,
    total_participants: entries.length,
    entries,
  }
}
