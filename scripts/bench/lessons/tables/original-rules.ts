import { BUILT_IN_STRATEGIES } from '../../../../src/experiments/strategies/built-in.ts'
import type { Lesson } from '../lesson.ts'
import { figureOver, rateText, type ScenarioRuns, valueOver } from '../seed-results.ts'

/** What the rules of the original do to its own experiments. */
export function originalRules(runs: ScenarioRuns): Lesson {
  const experiments = BUILT_IN_STRATEGIES.filter(({ mode }) => mode === 'active').map(({ name }) => name)
  const early = experiments.filter((experiment) => endsOf(runs, experiment).some((end) => end !== 'complete'))
  return {
    title: 'What do the rules of the original do to its experiments?',
    text: `The experiments under --rules original in ${runs.scenario}: nothing is replaced or skipped, and the exchange ends a run at ±5,000 shares or at its 51st open order. The mean last step, with the interval over the seeds, and why the runs ended.`,
    columns: ['experiment', 'last step', 'ended', 'filled until then, %'],
    rows: experiments.map((experiment) => [
      experiment,
      lastStepText(runs, experiment),
      countsText(endsOf(runs, experiment)),
      rateText(valueOver(runs, experiment, 'fillRate')),
    ]),
    answers: [
      `${early.length} of ${experiments.length} experiments end early at one seed or more, each at another point of the market, so that their figures cannot be compared: eleven of the 21 published runs ended early too. This is why the rules research are the default. The published aggressive_buy_100 ended at step 510 with 82 % of its orders counted as filled; but it takes 51 filled orders, of 52 at most until then, to pass 5,000 shares: at least 98 % were filled.`,
    ],
  }
}

function endsOf(runs: ScenarioRuns, experiment: string): string[] {
  return runs.seeds.flatMap((seed) => {
    const end = runs.run(experiment, seed)?.end
    if (end === undefined) return []
    return end.kind === 'complete' ? 'complete' : end.reason.replaceAll('_', ' ')
  })
}

function countsText(ends: readonly string[]): string {
  const kinds = [...new Set(ends)]
  return kinds.map((kind) => `${ends.filter((end) => end === kind).length} × ${kind}`).join(', ')
}

function lastStepText(runs: ScenarioRuns, experiment: string): string {
  const { mean, interval } = figureOver(runs, (seed) => runs.run(experiment, seed)?.lastStep ?? null)
  if (mean === null) return '–'
  const text = (value: number) => Math.round(value).toLocaleString('en-US')
  return interval === null ? text(mean) : `${text(mean)} (${text(interval[0])} … ${text(interval[1])})`
}
