/**
 * What the five scenarios teach: the experiments of the original and some orders of other sizes at several seeds, each run
 * against the passive run of its market.
 *
 *   npm run bench:lessons
 *   npm run bench:lessons -- --quick                 two seeds and short runs: shows that it works
 *   npm run bench:lessons -- --write                 also writes the section of docs/experiments.md
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { BUILT_IN_SCENARIOS } from '../src/exchange/scenarios/load.ts'
import { EXIT, Failure } from '../src/process/failure.ts'
import { lessonGoals, lessonsOf } from './bench/lessons/all-lessons.ts'
import { lessonAsText } from './bench/lessons/lesson.ts'
import { lessonSection, withLessons } from './bench/lessons/page.ts'
import type { RunFigures } from './bench/lessons/run-figures.ts'
import type { SeedWork } from './bench/lessons/seed-runs.ts'
import { printGoals } from './bench/report.ts'
import { workInProcesses } from './bench/worker-pool.ts'

const HELP = `Usage: bench-lessons [--seeds N] [--quick | --write] [--help]

Runs the experiments at several seeds of the five scenarios, in process, and prints what they teach: tables with 95 %
intervals over the seeds, goals, and one JSON object as the last line. Two processes at most.

  --seeds N  instead of 10
  --quick    two seeds and short runs
  --write    also writes the section "What the five scenarios teach" of docs/experiments.md
`
/** A seed is this plus its number; the scenarios were fitted on others. */
const FIRST_SEED = 30_001
const WORKERS = 2
const SEEDS = { full: 10, quick: 2 }
/** 15 minutes of market; in flash_crash the seller begins after 30, and the trough comes ten minutes later. */
const STEPS = { full: 9_000, quick: 1_500 }
const FLASH_CRASH_STEPS = { full: 27_000, quick: 1_500 }
const WORKER = resolve(import.meta.dirname, 'bench/lessons/seed-worker.js')
const PAGE = join('docs', 'experiments.md')

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

try {
  if (values.help) process.stdout.write(HELP)
  else await measure()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}

async function measure(): Promise<void> {
  if (values.write && values.quick)
    throw new Failure(EXIT.usage, '--write does not go with --quick: the page shows whole runs')
  const startedAtMs = performance.now()
  const work = plannedWork()
  const bar = openProgressBar('seeds', process.stderr.isTTY === true)
  let done = 0
  const results = await workInProcesses<SeedWork, RunFigures[]>(WORKER, work, {
    workers: WORKERS,
    sizeOf: ({ steps }) => steps,
    onDone: () => bar.update(++done, work.length),
  }).finally(bar.close)
  const runs = results.flat()
  const lessons = lessonsOf(runs)
  for (const lesson of lessons) console.log(`${lessonAsText(lesson)}\n`)
  if (values.write) writeFileSync(PAGE, withLessons(readFileSync(PAGE, 'utf8'), lessonSection(lessons, work)))
  printGoals('lessons', lessonGoals(runs, (performance.now() - startedAtMs) / 60_000))
}

function plannedWork(): SeedWork[] {
  const size = values.quick ? 'quick' : 'full'
  const seeds = positive('--seeds', values.seeds) ?? SEEDS[size]
  const markets = [
    ...BUILT_IN_SCENARIOS.map((scenario) => ({ scenario, rules: 'research' as const })),
    { scenario: 'normal_market', rules: 'original' as const },
  ]
  return markets.flatMap(({ scenario, rules }) =>
    Array.from({ length: seeds }, (_, at) => ({
      ...{ scenario, rules, seed: FIRST_SEED + at },
      steps: (scenario === 'flash_crash' ? FLASH_CRASH_STEPS : STEPS)[size],
    })),
  )
}

function positive(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Failure(EXIT.usage, `${option} is ${text}; it must be a whole number above 0`)
  return number
}
