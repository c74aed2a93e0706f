import { amount, listing, whole } from './numbers.ts'
import type { ReportRun } from './report-run.ts'

/** Which runs a figure is made of: "75 runs; seeds 1 and 2; rules research; 36,001 to 54,001 step records each". */
export function describeRuns(runs: readonly ReportRun[]): string {
  if (runs.length === 0) return 'none'
  const steps = runs.map(({ records }) => records)
  const [least, most] = [Math.min(...steps), Math.max(...steps)]
  const length =
    least === most
      ? `${whole(least)} step records each`
      : `${whole(least)} to ${whole(most)} step records each`
  return [amount(runs.length, 'run'), seedsText(runs), rulesText(runs), length].join('; ')
}

function seedsText(runs: readonly ReportRun[]): string {
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((one, other) => (one ?? 0) - (other ?? 0))
  const known = seeds.filter((seed) => seed !== null)
  if (known.length === 0) return 'seeds not stated'
  const unknown = seeds.length > known.length ? ' and runs without a stated seed' : ''
  if (known.length === 1) return `seed ${known[0]}${unknown}`
  return known.length <= 8
    ? `seeds ${listing(known.map(String))}${unknown}`
    : `${known.length} seeds from ${known[0]} to ${known.at(-1)}${unknown}`
}

function rulesText(runs: readonly ReportRun[]): string {
  const rules = [...new Set(runs.map((run) => run.rules ?? 'not stated'))]
  return `rules ${listing(rules)}`
}

/** What tells a run from the others of its scenario and experiment. */
export function runName(run: ReportRun, runs: readonly ReportRun[]): string {
  const same = runs.filter(
    ({ scenario, experiment, seed }) =>
      scenario === run.scenario && experiment === run.experiment && seed === run.seed,
  )
  const seed = run.seed === null ? 'no seed' : `seed ${run.seed}`
  return same.length === 1 && run.seed !== null ? seed : `${seed}, ${run.file}`
}

/** How a run ended, in words; null when it lasted as long as it should. */
export function endedEarly({ end, plannedSteps, lastStep }: ReportRun): string | null {
  if (end === null) return null
  if (end.kind === 'running') return 'still running, or its process died'
  if (end.kind !== 'complete')
    return `${END_WORDS[end.kind] ?? end.kind}${end.reason ? `: ${end.reason}` : ''}`
  if (plannedSteps !== null && lastStep < plannedSteps)
    return `complete, but the file ends at step ${whole(lastStep)} of ${whole(plannedSteps)}`
  return null
}

const END_WORDS: Readonly<Record<string, string>> = {
  limit: 'limit',
  blow_up: 'broke a rule of the venue',
  cut: 'cut off',
  strategy_failed: 'the strategy failed',
  strategy_too_slow: 'the strategy was too slow',
  stopped: 'stopped by the user',
  failed: 'failed',
}
