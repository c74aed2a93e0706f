import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Environment } from './python.ts'

/** What an engine found in a table. */
export interface Reading {
  readonly rows: number
  readonly sum: number
  /** Different keys among the rows. */
  readonly keys: number
}

/** A table that is small, and the columns to look at. */
export interface SmallQuestion {
  readonly table: string
  readonly columns: readonly string[]
  /** Those among them that are doubles. */
  readonly doubles: readonly string[]
}

/** What an engine found in a small table. */
export interface Counted {
  readonly rows: number
  /** How many values are not null, in the order of the columns asked. */
  readonly known: readonly number[]
  /** Of all doubles that are not null. */
  readonly sum: number
}

/** An engine that is not ours, and can read our tables. */
export interface Engine {
  readonly name: string
  /** @throws Error with what the engine said. */
  read(table: string): Promise<Reading>
  /** @throws Error with what the engine said. */
  count(question: SmallQuestion): Promise<Counted>
  close(): Promise<void>
}

/** An engine that this machine has not got, and why. */
export interface Skipped {
  readonly name: string
  readonly skipped: string
}

const PROGRAM = 'test/interop/read.py'
/** What is kept of an engine's standard error: Spark says much. */
const STDERR_CHARACTERS = 20_000

/** Starts an engine that lives in Python, and waits until it is ready. */
export async function startPython(
  name: string,
  environment: Environment,
  args: readonly string[] = [],
): Promise<Engine | Skipped> {
  if (environment.kind === 'missing') return { name, skipped: environment.why }
  // Runs from build/test/interop.
  const program = join(resolve(import.meta.dirname, '../../..'), PROGRAM)
  const child = spawn(environment.python, [program, name, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-STDERR_CHARACTERS)
  })
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    return done ? { error: `it ended: ${reasonIn(stderr)}` } : JSON.parse(value)
  }
  const ready = await next()
  if (ready.error !== undefined) return { name, skipped: String(ready.error) }
  const ask = async (question: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const answer = await next()
    if (answer.error !== undefined) throw new Error(String(answer.error))
    return answer
  }
  return {
    name,
    read: async (table) => (await ask({ table })) as Reading,
    count: async (question) => (await ask(question)) as Counted,
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}

/** The line that tells most: what could not be found, or the last. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return (lines.find((line) => /not found|unresolved/i.test(line)) ?? lines.at(-1) ?? '').trim()
}
