import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { compareRunFiles, type FileComparison } from '../../experiments/analysis/compare-files.ts'
import { isOfTheRun } from '../../experiments/analysis/first-difference.ts'
import { selectRun } from '../../experiments/analysis/select-runs.ts'
import type { RunRules } from '../../experiments/run/outcome.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { ComparedFilesAnswer, DeterminismAnswer } from '../../schemas/experiment/compare.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { amount, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { differenceJson, differenceText } from './difference-text.ts'
import { type PlannedRun, planRuns, type RunResult } from './planned-runs.ts'
import { chooseExperiments, chooseScenarios } from './selection.ts'

interface DeterminismOptions {
  readonly scenario?: readonly string[]
  readonly allScenarios?: true
  readonly experiment?: readonly string[]
  readonly allExperiments?: true
  readonly seed?: string
  readonly seeds: string
  readonly steps?: string
  readonly rules: string
  readonly parallel?: string
}

export function registerDeterminism(command: Command, signal: AbortSignal, version: string): void {
  command
    .argument('[file...]', 'two files of step records to compare, instead of making runs')
    .option('--scenario <name...>', 'scenarios by name, or by the path of a .json file')
    .option('--all-scenarios', 'the five that come with the program')
    .option(
      '--experiment <name...>',
      "experiments by name; a strategy of one's own by its .ts, .js or .mjs file",
    )
    .option('--all-experiments', 'the fifteen that come with the program')
    .option('--seed <number>', 'the first seed (default: that of the scenario)')
    .option('--seeds <number>', 'as many seeds in a row', '1')
    .option('--steps <number>', 'steps of each run (default: those of the scenario)')
    .option('--rules <set>', 'research or original', 'research')
    .option('--parallel <number>', 'runs at once (default: one a core)')
    .addHelpText(
      'after',
      `
Makes each run twice on the embedded exchange and compares the two step by step:
market, book, trades, orders, fills and the strategy's own state; only the run's
id and times of the wall clock may differ. The first difference is named by
step, field and both values. The files are temporary. Runs on another exchange:
make two with experiment run, and give the files.

Exit code 0 when all runs are equal, 74 when two differ.

Examples:
  optionlake experiment determinism --scenario normal_market \\
    --experiment price_mid
  optionlake experiment determinism --all-scenarios --all-experiments \\
    --steps 2000
  optionlake experiment determinism first.jsonl second.jsonl`,
    )
    .action((files: readonly string[], options: DeterminismOptions, own: Command) =>
      withContext(own, signal, (context) =>
        files.length === 0 ? checkRuns(context, options, version) : checkFiles(context, files),
      ),
    )
}

async function checkFiles(context: CommandContext, files: readonly string[]): Promise<void> {
  const [left, right] = files
  if (left === undefined || right === undefined || files.length !== 2)
    throw new Failure(EXIT.usage, `${amount(files.length, 'file')} given: two are compared`)
  const compared = await compareRunFiles(selectRun(left), selectRun(right), isOfTheRun)
  if (context.json)
    printJson<ComparedFilesAnswer>(context, {
      a: resolve(left),
      b: resolve(right),
      ...comparisonJson(compared),
    })
  else context.print(comparisonText(compared))
  for (const [at, damaged] of compared.damagedLines.entries())
    if (damaged) context.printWarning(`${files[at]}: ${amount(damaged, 'damaged line')} skipped`)
  if (compared.difference !== null) throw new Failure(EXIT.io, `${left} and ${right} differ`)
}

/** One experiment that was run twice. */
interface CheckedRun {
  readonly run: PlannedRun
  /** Null when one of the two has failed; `failure` says why. */
  readonly compared: FileComparison | null
  readonly failure: string | null
}

async function checkRuns(
  context: CommandContext,
  options: DeterminismOptions,
  version: string,
): Promise<void> {
  const plan = await planOf(options)
  const checked = await runTwice(context, plan, {
    version,
    parallel: numberOf('--parallel', options.parallel, 1, 256),
  })
  const equal = checked.filter(isEqual).length
  if (context.json)
    printJson<DeterminismAnswer>(context, { runs: checked.length, equal, results: checked.map(checkedJson) })
  else {
    context.print(tableOf(checked))
    context.print(`\n${count(equal)} of ${amount(checked.length, 'run')} equal when made twice`)
  }
  if (equal === checked.length) return
  const first = checked.find((one) => !isEqual(one)) as CheckedRun
  const what = `${first.run.scenarioId} ${first.run.experiment}: ${first.failure ?? comparisonText(first.compared as FileComparison)}`
  throw new Failure(
    EXIT.io,
    `${amount(checked.length - equal, 'run')} not equal when made twice; the first: ${what}`,
  )
}

async function planOf(options: DeterminismOptions): Promise<PlannedRun[]> {
  const { scenario = [], experiment = [] } = options
  const experiments = await chooseExperiments(experiment, options.allExperiments === true)
  return planRuns({
    scenarios: chooseScenarios(scenario, options.allScenarios === true).map(({ id, nameOrPath, seed }) => ({
      scenarioId: id,
      scenario: nameOrPath,
      seed,
    })),
    experiments: experiments.map(({ name, mode, file }) => ({ experiment: name, mode, strategyFile: file })),
    firstSeed: numberOf('--seed', options.seed, 0, 2_147_483_647),
    seeds: parseWholeNumber('--seeds', options.seeds, { max: 10_000 }),
    steps: numberOf('--steps', options.steps, 1, 10_000_000),
    rules: rulesOf(options.rules),
  })
}

/** Makes every run twice, the two next to each other, and compares them as soon as both have ended. */
async function runTwice(
  { signal, interactive, lifetime }: CommandContext,
  plan: readonly PlannedRun[],
  { version, parallel }: { readonly version: string; readonly parallel: number | null },
): Promise<CheckedRun[]> {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-determinism-'))
  lifetime.onClose(() => rmSync(folder, { recursive: true, force: true }))
  const { makeRuns } = await import('./run-pool.ts')
  const bar = openProgressBar('runs', interactive)
  const ended = new Map<number, RunResult>()
  const comparisons: Promise<CheckedRun>[] = []
  const doubled = plan.flatMap((run) => [run, run])
  await makeRuns(
    doubled,
    { folder, venue: { kind: 'embedded' }, version },
    {
      ...{ parallel, signal },
      events: {
        ended: (at, result) => {
          ended.set(at, result)
          bar.update(ended.size, doubled.length)
          const pair = Math.floor(at / 2)
          const [one, other] = [ended.get(2 * pair), ended.get(2 * pair + 1)]
          if (one === undefined || other === undefined) return
          const run = plan[pair] as PlannedRun
          // Kept until all runs have ended: a file that cannot be read must not end the others.
          comparisons[pair] = compareResults(run, one, other).catch((error: Error) => ({
            ...{ run, compared: null, failure: error.message },
          }))
        },
      },
    },
  ).finally(bar.close)
  signal.throwIfAborted()
  return Promise.all(comparisons)
}

async function compareResults(run: PlannedRun, one: RunResult, other: RunResult): Promise<CheckedRun> {
  const failed = [one, other].find((result) => result.kind === 'failed')
  if (failed?.kind === 'failed') return { run, compared: null, failure: failed.error.message }
  const [left, right] = [one.file as string, other.file as string]
  const compared = await compareRunFiles(left, right, isOfTheRun)
  for (const file of [left, right]) rmSync(file, { force: true })
  return { run, compared, failure: null }
}

function isEqual({ compared }: CheckedRun): boolean {
  return compared !== null && compared.difference === null
}

function tableOf(checked: readonly CheckedRun[]): string {
  return formatTable(checked, [
    { title: 'scenario', value: ({ run }) => run.scenarioId },
    { title: 'experiment', value: ({ run }) => run.experiment },
    { title: 'seed', leaveOut: 1, align: 'right', value: ({ run }) => String(run.seed ?? '–') },
    {
      title: 'equal records',
      align: 'right',
      value: ({ compared }) => (compared === null ? '–' : count(compared.equalSteps)),
    },
    {
      title: 'first difference',
      wraps: true,
      value: ({ compared, failure }) =>
        failure ?? (compared?.difference ? differenceText(compared.difference) : 'none'),
    },
  ])
}

function comparisonText({ equalSteps, difference }: FileComparison): string {
  return difference === null
    ? `equal in all ${amount(equalSteps, 'record')}`
    : `equal in ${amount(equalSteps, 'record')}; the first difference is at ${differenceText(difference)}`
}

/** Null throughout where a run has failed. */
function comparisonJson(compared: FileComparison | null) {
  if (compared === null) return { equal: null, equal_steps: null, difference: null, damaged_lines: null }
  const { equalSteps: equal_steps, difference, damagedLines: damaged_lines } = compared
  return { equal: difference === null, equal_steps, difference: differenceJson(difference), damaged_lines }
}

function checkedJson({ run, compared, failure }: CheckedRun) {
  const { scenarioId: scenario, experiment, seed, rules } = run
  return { scenario, experiment, seed, rules, failure, ...comparisonJson(compared) }
}

function rulesOf(text: string): RunRules {
  if (text === 'research' || text === 'original') return text
  throw new Failure(EXIT.usage, `--rules ${text} is unknown: write original or research`)
}

function numberOf(option: string, text: string | undefined, min: number, max: number): number | null {
  return text === undefined ? null : parseWholeNumber(option, text, { min, max })
}
