import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { EXIT, Failure } from '../../process/failure.ts'
import type { RunResult } from './results.ts'

const number = z.number()
const text = z.string()

const runResult: z.ZodType<RunResult> = z.object({
  run_id: text,
  student_id: text,
  scenario_id: text,
  seed: number,
  rules: z.enum(['original', 'research']),
  end: z.enum(['complete', 'blowup', 'cut']),
  cut_reason: text.nullable(),
  blowup: z.boolean(),
  blowup_reason: text.nullable(),
  started_at: text,
  completed_at: text,
  steps: number,
  final_pnl: number,
  final_inventory: number,
  max_inventory: number,
  notional: number,
  trade_count: number,
  aggressive_trade_qty: number,
  total_decision_time_ms: number,
})

/** The results of earlier processes, and a place for those of this one. */
export interface ResultsFile {
  readonly kept: readonly RunResult[]
  /** Lines that are not results, such as the half line of a killed process; they are left out. */
  readonly unreadable: number
  append(result: RunResult): void
}

/**
 * Opens the file that keeps results over a restart: one JSON object a line, the newest last. A file with more than
 * `maxResults` lines is shortened to the newest ones.
 * @throws Failure EXIT.io when it cannot be read or written.
 */
export function openResultsFile(path: string, maxResults: number): ResultsFile {
  const lines = attempt(path, () => (existsSync(path) ? readFileSync(path, 'utf8') : ''))
    .split('\n')
    .filter((line) => line !== '')
  const results = lines.map(parseResult)
  const readable = results.filter((result) => result !== null)
  const kept = readable.slice(-maxResults)
  if (kept.length < lines.length) {
    attempt(path, () => {
      writeFileSync(`${path}.new`, kept.map((result) => `${JSON.stringify(result)}\n`).join(''))
      renameSync(`${path}.new`, path)
    })
  }
  return {
    kept,
    unreadable: lines.length - readable.length,
    append: (result) => attempt(path, () => appendFileSync(path, `${JSON.stringify(result)}\n`)),
  }
}

function parseResult(line: string): RunResult | null {
  try {
    const parsed = runResult.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Failure(
      EXIT.io,
      `exchange.resultsFile ${path}: ${(error as Error).message}: name a file that can be written, or null`,
      error,
    )
  }
}
