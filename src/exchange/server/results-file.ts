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

/** What every line begins with: the key of a result that is written first. */
const LINE_START = '{"run_id":'

/**
 * Opens the file that keeps results over a restart: one JSON object a line, the newest last. It is shortened to the
 * newest `maxResults` lines now, and again whenever it has twice as many.
 * @throws Failure EXIT.io when it cannot be read or written; EXIT.configuration when a line is of another kind, because
 * it is another file then, which stays as it is.
 */
export function openResultsFile(path: string, maxResults: number): ResultsFile {
  const { kept, unreadable } = attempt(path, () => shorten(path, maxResults))
  let lineCount = kept.length
  /** Whether the last line may be half written: nothing is added to it then. */
  let isTorn = false

  function append(result: RunResult): void {
    const before = isTorn ? '\n' : ''
    isTorn = true
    appendFileSync(path, `${before}${lineOf(result)}`)
    isTorn = false
    if (++lineCount >= 2 * maxResults) lineCount = shorten(path, maxResults).kept.length
  }

  return { kept, unreadable, append: (result) => attempt(path, () => append(result)) }
}

/** Reads the file, or makes it; leaves out what is unreadable, and all but the newest lines. */
function shorten(path: string, maxResults: number): Omit<ResultsFile, 'append'> {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text.split('\n').filter((line) => line !== '')
  const other = lines.findIndex((line) => !line.startsWith(LINE_START) && !LINE_START.startsWith(line))
  if (other !== -1) {
    throw new Failure(
      EXIT.configuration,
      `exchange.resultsFile ${path}: line ${other + 1} is no result of a run: name another file`,
    )
  }
  const readable = lines.map(parseResult).filter((result) => result !== null)
  const kept = readable.slice(-maxResults)
  if (kept.length < lines.length || (text !== '' && !text.endsWith('\n'))) {
    writeFileSync(`${path}.new`, kept.map(lineOf).join(''))
    renameSync(`${path}.new`, path)
  } else appendFileSync(path, '')
  return { kept, unreadable: lines.length - readable.length }
}

function lineOf(result: RunResult): string {
  return `${JSON.stringify(result)}\n`
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
    if (error instanceof Failure) throw error
    throw new Failure(
      EXIT.io,
      `exchange.resultsFile ${path}: ${(error as Error).message}: name a file that can be written, or null`,
      error,
    )
  }
}
