import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What the Python rival measured: milliseconds by question, and of its slot commit. */
export interface PolarsAnswers {
  readonly answers: Readonly<Record<string, number>>
  readonly loadSeconds: number
  readonly bytesPerRow: number
}

/** Runs from build/scripts/bench; the script is not compiled. */
const SCRIPT = resolve(import.meta.dirname, '../../../scripts/bench/polars_deltalake.py')

/** A Python environment in `folder` with Polars and deltalake; null, with a word why, where that cannot be had. */
export function makePython(folder: string): string | null {
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

/** Loads the same rows, appends and asks; null, with a word why, when it takes longer than `timeoutMs` or fails. */
export function askPolars(
  python: string,
  { rows, work, facts, timeoutMs }: { rows: string; work: string; facts: object; timeoutMs: number },
): PolarsAnswers | null {
  mkdirSync(work, { recursive: true })
  try {
    const args = [SCRIPT, rows, work, JSON.stringify(facts)]
    const printed = execFileSync(python, args, { timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] })
    return JSON.parse(printed.toString().trim().split('\n').at(-1) as string) as PolarsAnswers
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer }
    const last = stderr?.toString().trim().split('\n').at(-1)
    console.log(`Polars + deltalake failed: ${last || message}`)
    return null
  }
}
