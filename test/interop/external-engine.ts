import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Engine, ReadColumn, SkippedEngine } from './engine.ts'
import { decode } from './rows.ts'

export interface ExternalProgram {
  readonly name: string
  readonly version: string
  readonly command: string
  readonly args: readonly string[]
  /** Whether it can also change tables. */
  readonly changes: boolean
}

/** How much of an engine's standard error is kept: Spark writes a lot. */
const STDERR_CHARACTERS = 20_000
/** For one request. Spark takes seconds, but minutes on a busy machine. */
const TIMEOUT_MS = 600_000

/** Starts an engine in a process that answers requests (see external_engine.py), and waits until it is ready. */
export async function openExternalEngine(program: ExternalProgram): Promise<Engine | SkippedEngine> {
  const { name, version, command, args, changes } = program
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-STDERR_CHARACTERS)
  })
  child.on('error', (error) => {
    stderr += `\n${error.message}`
  })
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  ended.catch(() => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextAnswer = async (): Promise<Record<string, unknown>> => {
    const timer = setTimeout(() => {
      stderr += `\nno answer within ${TIMEOUT_MS / 1_000} s`
      child.kill('SIGKILL')
    }, TIMEOUT_MS)
    const { value, done } = await lines.next().finally(() => clearTimeout(timer))
    return done ? { error: `the process ended: ${causeIn(stderr)}` } : JSON.parse(value)
  }
  const request = async (query: object): Promise<Record<string, unknown>> => {
    child.stdin.write(`${JSON.stringify(query)}\n`)
    const answer = await nextAnswer()
    if (answer.error !== undefined) throw new Error(String(answer.error))
    return answer
  }
  const ready = await nextAnswer()
  if (ready.error !== undefined) return { name, version, skipped: String(ready.error) }
  return {
    name,
    version,
    read: async (table, columns) => {
      const { rows } = await request({ read: table, columns: columns.map((column) => column.name) })
      return (rows as (string | null)[][]).map((row) => rowOf(row, columns))
    },
    run: changes ? async (code, lake) => String((await request({ run: code, lake })).result) : null,
    close: async () => {
      child.stdin.end()
      await ended.catch(() => {})
    },
  }
}

function rowOf(values: readonly (string | null)[], columns: readonly ReadColumn[]) {
  return Object.fromEntries(columns.map((column, at) => [column.name, decode(values[at] ?? null, column)]))
}

/** The line about something that was not found, if there is one; else the last line. */
function causeIn(stderr: string): string {
  const lines = stderr.trim().split('\n')
  return (lines.find((line) => /not found|unresolved/i.test(line)) ?? lines.at(-1) ?? '').trim()
}
