/**
 * Whether the built-in scenarios are the markets that they are meant to be: each runs at many seeds, and its statistics
 * are compared with their targets.
 *
 *   npm run bench:scenarios
 *   npm run bench:scenarios -- --quick                          few seeds and short runs: shows that it works
 *   npm run bench:scenarios -- --scenario flash_crash --seeds 5
 *   npm run bench:scenarios -- --write                          also writes docs/scenarios.md and its plots
 */
import { parseArgs } from 'node:util'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { EXIT, Failure } from '../src/process/failure.ts'
import { BENCHMARKS } from './bench/scenarios/all-benchmarks.ts'
import type { RunResult, ScenarioBenchmark } from './bench/scenarios/benchmark.ts'
import { conservationFigure } from './bench/scenarios/conservation-figure.ts'
import { figuresJson, figureTable, isMet, type ScenarioFigure } from './bench/scenarios/print-figures.ts'
import { makeRuns } from './bench/scenarios/run-pool.ts'
import { writePage } from './bench/scenarios/write-page.ts'

const NAMES = BENCHMARKS.map(({ scenario }) => scenario)
const HELP = `Usage: bench-scenarios [--scenario NAME] [--seeds N] [--steps N] [--quick | --write] [--help]

Runs the scenarios at many seeds and compares their statistics with the targets: each with its 95 % interval over the
seeds, its source, and the original's published run. Two processes at most. Prints a table for each scenario and, last, one
JSON object.

  --scenario NAME  only this one (${NAMES.join(', ')})
  --seeds N        instead of the number of each scenario
  --steps N        steps of a run, instead of those of each scenario
  --quick          few seeds and shorter runs
  --write          also writes the figures into docs/scenarios.md, and the plots into docs/scenarios/
`
/** A seed of the benchmark is this plus its number; the seeds that the scenarios were fitted on are others. */
const FIRST_SEED = 20_001
const WORKERS = 2

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

try {
  if (values.help) process.stdout.write(HELP)
  else await measure(chosen())
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}

function chosen(): readonly ScenarioBenchmark[] {
  if (values.write && (values.quick || values.steps !== undefined))
    throw new Failure(EXIT.usage, '--write takes neither --quick nor --steps: the page shows whole runs')
  if (values.scenario === undefined) return BENCHMARKS
  const found = BENCHMARKS.filter(({ scenario }) => scenario === values.scenario)
  if (found.length === 0)
    throw new Failure(EXIT.usage, `--scenario is ${values.scenario}; known: ${NAMES.join(', ')}`)
  return found
}

async function measure(benchmarks: readonly ScenarioBenchmark[]): Promise<void> {
  const startedAtMs = performance.now()
  const orders = benchmarks.flatMap((benchmark) => ordersOf(benchmark))
  const totalSteps = orders.reduce((sum, { run }) => sum + run.steps, 0)
  const bar = openProgressBar('steps', process.stderr.isTTY === true)
  let doneSteps = 0
  const results = await makeRuns(orders, WORKERS, (steps) => {
    doneSteps += steps
    bar.update(doneSteps, totalSteps)
  }).finally(() => bar.close())

  const figures: ScenarioFigure[] = []
  for (const benchmark of benchmarks) {
    const { scenario } = benchmark
    const own: RunResult[] = results.filter((_, at) => orders[at]?.benchmark === scenario)
    const rows = [...benchmark.summarize(own), conservationFigure(own)]
    const seeds = new Set(own.map(({ seed }) => seed)).size
    console.log(`${scenario}: ${own.length} runs at ${seeds} seeds\n\n${figureTable(rows)}\n`)
    if (values.write) writePage(scenario, own, rows)
    figures.push(...rows.map((row) => ({ ...row, scenario })))
  }
  const missed = figures.filter((figure) => isMet(figure) === false)
  const cpuSeconds = results.reduce((sum, run) => sum + run.cpuSeconds, 0)
  console.log(
    `${totalSteps.toLocaleString('en-US')} steps in ${((performance.now() - startedAtMs) / 60_000).toFixed(1)} min, ` +
      `${Math.round(totalSteps / cpuSeconds).toLocaleString('en-US')} a second of processor time; ` +
      `${missed.length} targets missed\n`,
  )
  console.log(figuresJson(figures))
}

function ordersOf(benchmark: ScenarioBenchmark) {
  const size = values.quick ? 'quick' : 'full'
  const seeds = positive('--seeds', values.seeds) ?? benchmark.seeds[size]
  const steps = positive('--steps', values.steps) ?? benchmark.steps[size]
  return Array.from({ length: seeds }, (_, at) => benchmark.runsOf(FIRST_SEED + at, steps))
    .flat()
    .map((run) => ({ benchmark: benchmark.scenario, run }))
}

function positive(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Failure(EXIT.usage, `${option} is ${text}; it must be a whole number above 0`)
  return number
}
