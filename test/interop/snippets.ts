import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Goal } from '../../scripts/bench/report.ts'
import { openLake } from '../../src/lake/open.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { slotCommitOf } from '../support/writer-operations.ts'
import { installDeltaForSpark } from './kernel-environment.ts'
import { codeBelow } from './page-snippets.ts'
import {
  createSnippetEnvironment,
  createSparkEnvironment,
  type PythonEnvironment,
} from './python-environment.ts'

// The compiled file is in build/test/interop.
const ROOT = resolve(import.meta.dirname, '../../..')
const PAGE = join(ROOT, 'docs/lake.md')
const PROGRAM = join(ROOT, 'test/interop/run_snippet.py')
const SLOTS = 6
const TOTALS = 'count(*), count(mid), sum(mid), sum(days_to_expiry), count(option_right), sum(quality_flags)'

/** What became of the example of one engine. */
export interface SnippetResult {
  readonly engine: string
  /** What was wrong; empty if it gave the values of our own view. */
  readonly faults: readonly string[]
  /** Why it could not run here; null if it ran. */
  readonly skipped: string | null
}

/** Runs the examples of docs/lake.md on a lake in the folder that they name. */
export async function runSnippets(quick: boolean): Promise<readonly SnippetResult[]> {
  return withFolder(async (folder) => {
    const expected = await makeLake(join(folder, 'lake/simulated'))
    const python = await createSnippetEnvironment()
    const results: SnippetResult[] = []
    for (const engine of ['pandas', 'Polars', 'DuckDB in Python']) {
      results.push(await runSnippet(engine, { folder, environment: python, expected, args: [] }))
    }
    if (quick) return [...results, { engine: 'Spark', faults: [], skipped: '--quick leaves it out' }]
    const jars = await installDeltaForSpark()
    const environment = jars.kind === 'missing' ? jars : await createSparkEnvironment()
    const args = jars.kind === 'missing' ? [] : [join(jars.folder, 'jars')]
    return [...results, await runSnippet('Spark', { folder, environment, expected, args })]
  })
}

/** Returns the totals that each example must give. */
async function makeLake(folder: string): Promise<readonly number[]> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    for (let op = 0; op < SLOTS; op++) await append(lake, slotCommitOf(op))
    const { rows } = await sql(lake, `SELECT ${TOTALS} FROM chains WHERE symbol = 'SPY'`)
    return (rows[0] ?? []).map(Number)
  } finally {
    await lake.close()
  }
}

interface SnippetRun {
  /** Working directory: the lake is in lake/simulated below it. */
  readonly folder: string
  readonly environment: PythonEnvironment
  readonly expected: readonly number[]
  readonly args: readonly string[]
}

async function runSnippet(
  engine: string,
  { folder, environment, expected, args }: SnippetRun,
): Promise<SnippetResult> {
  if (environment.kind === 'missing') return { engine, faults: [], skipped: environment.why }
  const code = codeBelow(PAGE, engine, 'python').join('\n')
  const child = spawn(environment.python, [PROGRAM, engine, ...args], { cwd: folder })
  child.stdin.on('error', () => {})
  child.stdin.end(code)
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const last = output.trim().split('\n').at(-1) ?? ''
  if (!last.startsWith('[')) {
    return { engine, faults: [errors.trim().split('\n').at(-1) ?? 'no answer'], skipped: null }
  }
  const found = JSON.parse(last) as number[]
  // Sums of doubles may differ in the last digits, because engines add in different orders.
  const isRight = expected.every((value, at) => Math.abs((found[at] ?? 0) - value) <= 1e-9 * Math.abs(value))
  const fault = `${found.join(', ')} instead of ${expected.join(', ')}`
  return { engine, faults: isRight ? [] : [fault], skipped: null }
}

/** The goal of each example. */
export function snippetGoals(results: readonly SnippetResult[]): Goal[] {
  for (const { engine, faults } of results) {
    for (const fault of faults) console.log(`the example of ${engine}: ${fault}`)
  }
  return results.map(({ engine, faults, skipped }) => {
    const goal = { name: `wrong examples of ${engine}`, unit: 'examples', atMost: 0 }
    return skipped === null ? { ...goal, value: faults.length } : { ...goal, value: null, why: skipped }
  })
}
