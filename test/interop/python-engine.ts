import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { ColumnCounts, Engine, SkippedEngine, SnapshotTotals } from './engine.ts'
import type { PythonEnvironment } from './python-environment.ts'

const PROGRAM = 'test/interop/read_delta.py'
/** How much of an engine's standard error is kept: Spark writes a lot. */
const STDERR_CHARACTERS = 20_000

/** Starts an engine in a Python process, and waits until it is ready. */
export async function openPythonEngine(
  name: string,
  environment: PythonEnvironment,
  args: readonly string[] = [],
): Promise<Engine | SkippedEngine> {
  if (environment.kind === 'missing') return { name, skipped: environment.why }
  // The compiled file is in build/test/interop.
  const program = join(resolve(import.meta.dirname, '../../..'), PROGRAM)
  const child = spawn(environment.python, [program, name, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-STDERR_CHARACTERS)
  })
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextAnswer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    return done ? { error: `the process ended: ${causeIn(stderr)}` } : JSON.parse(value)
  }
  const ready = await nextAnswer()
  if (ready.error !== undefined) return { name, skipped: String(ready.error) }
  const request = async (query: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(query)}\n`)
    const answer = await nextAnswer()
    if (answer.error !== undefined) throw new Error(String(answer.error))
    return answer
  }
  return {
    name,
    read: async (table) => (await request({ table })) as SnapshotTotals,
    count: async (query) => (await request(query)) as ColumnCounts,
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** The line about something that was not found, if there is one; else the last line. */
function causeIn(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return (lines.find((line) => /not found|unresolved/i.test(line)) ?? lines.at(-1) ?? '').trim()
}
