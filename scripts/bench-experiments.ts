/**
 * All 15 experiments in all five built-in scenarios on the embedded exchange, under the rules research, twice: their speed
 * and memory, the summary of the first 75 runs, and whether each of the 75 pairs is equal.
 *
 *   npm run bench:experiments               about half an hour; needs 8 GB in the folder for temporary files
 *   npm run bench:experiments -- --quick    1,000 steps a run
 */
import { execFile, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { count } from '../src/commands/terminal/format.ts'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { BUILT_IN_SCENARIOS, loadScenario } from '../src/exchange/scenarios/load.ts'
import { BUILT_IN_EXPERIMENTS } from '../src/experiments/strategies/experiment.ts'
import { differenceOf } from './bench/experiments/equal-runs.ts'
import { watchMemory } from './bench/experiments/process-memory.ts'
import type { RunsMessage } from './bench/experiments/runs-process.ts'
import { type Goal, printGoals } from './bench/report.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const RUNS_PROCESS = resolve(import.meta.dirname, 'bench/experiments/runs-process.js')
const QUICK_STEPS = 1_000
/** The fastest of the published runs of the original, by their own times. */
const ORIGINAL_STEPS_PER_SECOND = 189

const quick = process.argv.includes('--quick')
const parallel = availableParallelism()
const interactive = process.stderr.isTTY === true
const plannedSteps = BUILT_IN_SCENARIOS.reduce(
  (all, name) => all + BUILT_IN_EXPERIMENTS.length * (quick ? QUICK_STEPS : loadScenario(name).steps),
  0,
)
const folder = mkdtempSync(join(tmpdir(), 'optionlake-experiments-'))
try {
  const first = await makeAll(join(folder, 'first'), BUILT_IN_SCENARIOS)
  const bytes = bytesOf(join(folder, 'first'))
  const summary = await summarise(join(folder, 'first'))
  const pairs = await comparePairs(first)

  console.log(`${first.runs.length} runs in ${parallel} threads, ${count(first.records)} records:\n`)
  console.log(
    formatTable(
      [
        {
          what: 'steps a second, all threads together',
          value: count(Math.round(first.records / first.seconds)),
        },
        { what: 'the original, one run', value: count(ORIGINAL_STEPS_PER_SECOND) },
        { what: 'step records', value: `${(bytes / 1e9).toFixed(2)} GB` },
        { what: 'bytes a record', value: count(Math.round(bytes / first.records)) },
        { what: 'runs that were not complete', value: String(first.incomplete.length) },
      ],
      [
        { title: 'what', value: ({ what }) => what },
        { title: '', align: 'right', value: ({ value }) => value },
      ],
    ),
  )
  for (const line of [...first.incomplete, ...pairs.differences].slice(0, 10)) console.log(line)
  console.log('')
  const goals: Goal[] = [
    { name: 'runs', value: first.seconds / 60, unit: 'min', atMost: 15 },
    { name: 'memory of the runs', value: first.peakMegabytes, unit: 'MB', atMost: 500, why: 'no /proc' },
    { name: 'complete runs', value: first.runs.length - first.incomplete.length, unit: 'runs', atLeast: 75 },
    { name: 'summary of all', value: summary.seconds, unit: 's', atMost: 30, why: summary.why },
    {
      name: 'memory of the summary',
      value: summary.peakMegabytes,
      unit: 'MB',
      atMost: 500,
      why: summary.why,
    },
    { name: 'equal pairs', value: pairs.equal, unit: 'pairs', atLeast: 75 },
  ]
  printGoals('experiments', goals)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface MadeRuns {
  readonly seconds: number
  readonly records: number
  readonly peakMegabytes: number | null
  readonly runs: readonly { readonly file: string | null; readonly end: string }[]
  readonly incomplete: readonly string[]
}

/** Makes the runs of scenarios in a process of their own. */
async function makeAll(into: string, scenarios: readonly string[]): Promise<MadeRuns> {
  const bar = openProgressBar('steps', interactive)
  const child = fork(RUNS_PROCESS, [
    into,
    scenarios.join(','),
    quick ? String(QUICK_STEPS) : 'all',
    String(parallel),
  ])
  const memory = watchMemory(child.pid ?? 0)
  try {
    const result = await new Promise<Extract<RunsMessage, { kind: 'result' }>>((done, failed) => {
      child.on('message', (message: RunsMessage) => {
        if (message.kind === 'result') done(message)
        else bar.update(message.steps, (plannedSteps * scenarios.length) / BUILT_IN_SCENARIOS.length)
      })
      child.on('exit', (code) => failed(new Error(`the process of the runs ended with ${code}`)))
    })
    const incomplete = result.runs.flatMap(({ file, end }) =>
      end === 'complete' ? [] : [`${file ?? 'a run without a file'}: ${end}`],
    )
    return { ...result, incomplete, peakMegabytes: memory.peakMegabytes }
  } finally {
    memory.close()
    bar.close()
  }
}

/** The command's own time, from its start to its end. */
async function summarise(
  from: string,
): Promise<{ readonly seconds: number | null; readonly peakMegabytes: number | null; readonly why: string }> {
  const beganMs = performance.now()
  const running = promisify(execFile)(
    process.execPath,
    [MAIN, 'experiment', 'summary', '--dir', from, '--output', join(folder, 'summary.csv')],
    { maxBuffer: 1e8 },
  )
  const memory = watchMemory(running.child.pid ?? 0)
  try {
    await running
    return { seconds: (performance.now() - beganMs) / 1_000, peakMegabytes: memory.peakMegabytes, why: '' }
  } catch (error) {
    return {
      seconds: null,
      peakMegabytes: null,
      why: (error as Error).message.trim().split('\n').at(-1) ?? '',
    }
  } finally {
    memory.close()
  }
}

/** Makes all runs again, one scenario at a time, and compares each with the first one. */
async function comparePairs(
  first: MadeRuns,
): Promise<{ readonly equal: number; readonly differences: readonly string[] }> {
  const differences: string[] = []
  let equal = 0
  for (const [at, scenario] of BUILT_IN_SCENARIOS.entries()) {
    const into = join(folder, 'second')
    const second = await makeAll(into, [scenario])
    for (const [run, { file }] of second.runs.entries()) {
      const other = first.runs[at * BUILT_IN_EXPERIMENTS.length + run]?.file ?? null
      const difference =
        file === null || other === null ? `${scenario}: a run is missing` : await differenceOf(other, file)
      if (difference === null) equal++
      else differences.push(difference)
    }
    rmSync(into, { recursive: true, force: true })
  }
  return { equal, differences }
}

function bytesOf(of: string): number {
  return readdirSync(of)
    .filter((name) => name.endsWith('.jsonl'))
    .reduce((all, name) => all + statSync(join(of, name)).size, 0)
}
