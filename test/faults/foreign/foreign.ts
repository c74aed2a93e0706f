import { readFile } from 'node:fs/promises'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type Campaign, type CampaignOptions, eachRound, randomOf } from '../campaign.ts'
import type { ForeignEngine } from './engine.ts'
import { planSteps, type Step } from './operations.ts'
import { openDeltaRs } from './python-engine.ts'
import { type RunResult, runSteps } from './run.ts'

const OPERATIONS = 2_000
const QUICK_OPERATIONS = 60
/** A lake stays small enough to compare all its rows, and a failure short enough to shrink. */
const OPERATIONS_A_LAKE = 200
const COMPARE_EVERY = 20
/** Runs of shorter lists of operations after a difference. */
const MAX_SHRINKING_RUNS = 60
const LOG_RETENTION_DAYS = 30

/** A list of operations that can be run again: `--replay FILE`. */
interface Reproduction {
  readonly logRetentionDays: number
  readonly steps: readonly Step[]
}

/** Runs a list of operations on a new lake. */
function run(
  engine: ForeignEngine,
  { steps, logRetentionDays }: Reproduction,
  options: { compareEvery: number; operations?: number },
): Promise<RunResult> {
  return withFolder((folder) =>
    runSteps({ engine, steps, logRetentionDays, totals: true, ...options, folder }),
  )
}

/** What kind of difference it is: its first line without numbers. */
function kindOf({ lines }: NonNullable<RunResult['failure']>): string {
  return (lines[0] ?? '').replace(/[\d.]+|[0-9a-f-]{20,}|[CP]$/g, '').slice(0, 60)
}

/** Leaves out operations as long as the lake still differs in the same way: first halves, then smaller parts. */
async function shrink(
  engine: ForeignEngine,
  failed: Reproduction,
  reason: NonNullable<RunResult['failure']>,
): Promise<Reproduction> {
  let { steps } = failed
  let runs = 0
  for (let size = Math.ceil(steps.length / 2); size >= 1 && runs < MAX_SHRINKING_RUNS; ) {
    let shorter: readonly Step[] | null = null
    for (let from = 0; from < steps.length && runs < MAX_SHRINKING_RUNS; from += size) {
      const part = [...steps.slice(0, from), ...steps.slice(from + size)]
      if (part.length === 0) continue
      runs++
      const { failure } = await run(engine, { ...failed, steps: part }, { compareEvery: part.length })
      if (failure === null || kindOf(failure) !== kindOf(reason)) continue
      shorter = part.slice(0, failure.at + 1)
      break
    }
    if (shorter) steps = shorter
    if (!shorter || size > steps.length) size = size === 1 ? 0 : Math.ceil(size / 2)
  }
  return { ...failed, steps }
}

export const foreign: Campaign = {
  name: 'foreign',
  summary: '2,000 random operations of delta-rs and of ours on the same lake, with a model beside it',
  takes: '12 minutes',
  run: async (options) => {
    const engine = await openDeltaRs()
    try {
      return options.replay === undefined
        ? await runRandom(engine, options)
        : await replay(engine, options.replay)
    } finally {
      await engine.close()
    }
  },
}

async function replay(engine: ForeignEngine, file: string): Promise<readonly Goal[]> {
  const reproduction = JSON.parse(await readFile(file, 'utf8')) as Reproduction
  const result = await run(engine, reproduction, { compareEvery: 1 })
  if (result.failure) printFailure(reproduction, result.failure)
  return goalsOf([result], reproduction.steps.length)
}

async function runRandom(engine: ForeignEngine, options: CampaignOptions): Promise<readonly Goal[]> {
  const wanted = options.operations ?? (options.quick ? QUICK_OPERATIONS : OPERATIONS)
  const lakes = Math.ceil(wanted / OPERATIONS_A_LAKE)
  const results: RunResult[] = []
  await eachRound('lakes', lakes, async (round) => {
    const count = Math.min(OPERATIONS_A_LAKE, wanted - round * OPERATIONS_A_LAKE)
    const steps = planSteps(randomOf(options.seed * 1_000 + round), 2 * count, engine)
    // Every other lake deletes its commits as soon as checkpoints cover them.
    const reproduction = { steps, logRetentionDays: round % 2 === 0 ? LOG_RETENTION_DAYS : -1 }
    const result = await run(engine, reproduction, { compareEvery: COMPARE_EVERY, operations: count })
    results.push(result)
    if (result.failure === null) return
    console.log(
      `seed ${options.seed}, lake ${round}: operation ${result.failure.at}, ${steps[result.failure.at]?.by}: ${steps[result.failure.at]?.name}`,
    )
    for (const line of result.failure.lines) console.log(`  ${line}`)
    const failed = { ...reproduction, steps: steps.slice(0, result.failure.at + 1) }
    const shorter = await shrink(engine, failed, result.failure)
    const again = await run(engine, shorter, { compareEvery: 1 })
    printFailure(shorter, again.failure ?? result.failure)
  })
  return goalsOf(results, wanted)
}

function printFailure(
  { steps, logRetentionDays }: Reproduction,
  { at, lines }: NonNullable<RunResult['failure']>,
) {
  console.log(`shrunk to ${steps.length} operations; save the next line as FILE and run with --replay FILE`)
  console.log(JSON.stringify({ logRetentionDays, steps }))
  for (const { by, name } of steps.slice(0, at + 1)) console.log(`  ${by}: ${name}`)
  for (const line of lines) console.log(`  difference: ${line}`)
}

function goalsOf(results: readonly RunResult[], wanted: number): Goal[] {
  const sum = (of: (result: RunResult) => number) => results.reduce((all, result) => all + of(result), 0)
  const counts = new Map<string, number>()
  for (const [kind, count] of results.flatMap((result) => [...result.counts])) {
    counts.set(kind, (counts.get(kind) ?? 0) + count)
  }
  console.log(
    formatTable(
      [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
      [
        { title: 'operation', value: ([kind]) => kind },
        { title: 'times', align: 'right', value: ([, count]) => String(count) },
      ],
    ),
  )
  return [
    { name: 'operations', value: sum(({ done }) => done), unit: 'operations', atLeast: wanted },
    {
      name: 'comparisons of all rows',
      value: sum(({ compared }) => compared),
      unit: 'comparisons',
      atLeast: 1,
    },
    {
      name: 'differences',
      value: results.filter(({ failure }) => failure !== null).length,
      unit: 'differences',
      atMost: 0,
    },
  ]
}
