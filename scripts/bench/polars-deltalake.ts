import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Times of Polars with deltalake: milliseconds by query, and of a slot commit. */
export interface PolarsResult {
  readonly answers: Readonly<Record<string, number>>
  readonly loadSeconds: number
  readonly bytesPerRow: number
}

/** Runs from build/scripts/bench; the script is not compiled. */
const SCRIPT = resolve(import.meta.dirname, '../../../scripts/bench/polars_deltalake.py')

/** A Python environment in `folder` with Polars and deltalake; prints the reason and returns null when it cannot be made. */
export function createPythonEnvironment(folder: string): string | null {
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
    const python = join(folder, 'bin/python')
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', 'polars', 'deltalake', 'pyarrow'], {
      stdio: 'ignore',
    })
    return python
  } catch (error) {
    console.log(`Polars + deltalake is left out: ${(error as Error).message.split('\n', 1)[0]}`)
    return null
  }
}

/** Loads the same rows, appends and queries; prints the reason and returns null on failure or time-out. */
export function measurePolars(
  python: string,
  { rows, work, facts, timeoutMs }: { rows: string; work: string; facts: object; timeoutMs: number },
): PolarsResult | null {
  mkdirSync(work, { recursive: true })
  try {
    const args = [SCRIPT, rows, work, JSON.stringify(facts)]
    const printed = execFileSync(python, args, { timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] })
    return JSON.parse(printed.toString().trim().split('\n').at(-1) as string) as PolarsResult
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer }
    const last = stderr?.toString().trim().split('\n').at(-1)
    console.log(`Polars + deltalake failed: ${last || message}`)
    return null
  }
}
