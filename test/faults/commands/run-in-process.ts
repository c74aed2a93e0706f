import { exitAfter } from '../../../src/commands/exit.ts'
import { createProgram } from '../../../src/commands/program.ts'
import { EXIT } from '../../../src/process/failure.ts'
import type { OddArguments } from './odd-arguments.ts'

/** How a command line ended, and what is wrong with that; null for nothing. */
export interface Outcome {
  readonly code: number
  readonly fault: string | null
}

const CODES: ReadonlySet<number> = new Set(Object.values(EXIT))
/** How long a command may take to end once it is asked to, ms. */
const MAX_STOP_MS = 15_000

/** Runs one command line in this process and stops it after a time; its output is swallowed. */
export async function runInProcess(
  { args, environment }: OddArguments,
  stopAfterMs: number,
): Promise<Outcome> {
  const stopping = new AbortController()
  const reason = new Error('stopped by SIGINT')
  const timer = setTimeout(() => stopping.abort(reason), stopAfterMs)
  const output = swallowOutput()
  const restore = setEnvironment(environment)
  let hang: NodeJS.Timeout | undefined
  const hung = new Promise<Outcome>((resolve) => {
    const fault = `did not end within ${MAX_STOP_MS / 1_000} s of being stopped`
    hang = setTimeout(() => resolve({ code: -1, fault }), stopAfterMs + MAX_STOP_MS)
  })
  try {
    return await Promise.race([hung, outcomeOf(args, stopping.signal)])
  } finally {
    clearTimeout(timer)
    clearTimeout(hang)
    restore()
    output.release()
  }

  async function outcomeOf(words: readonly string[], signal: AbortSignal): Promise<Outcome> {
    try {
      const program = await createProgram(words, 'test', signal)
      await program.parseAsync([...words], { from: 'user' })
      return { code: EXIT.ok, fault: faultOf(EXIT.ok, null, output.errors()) }
    } catch (error) {
      const { code, message } = exitAfter(error, signal)
      return { code, fault: faultOf(code, message, output.errors()) }
    }
  }
}

/** What is wrong with an exit code and what was written to standard error. */
export function faultOf(code: number, message: string | null, errors: string): string | null {
  if (code === EXIT.internal) return `${message}`
  if (!CODES.has(code)) return `exit code ${code}`
  if (/\n\s+at .+:\d+/.test(errors)) return `a stack trace: ${errors}`
  if (message === null) return null
  if (message.trim() === '') return 'an error without words'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
  if (/[\u0000-\u001f\u007f-\u009f]/.test(message))
    return `control characters in ${JSON.stringify(message.slice(0, 200))}`
  if (message.length > 2_000) return `${message.length} characters: ${message.slice(0, 100)}`
  return /\[object Object\]/.test(message) ? message : null
}

function setEnvironment(environment: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, environment)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

function swallowOutput() {
  const streams = [process.stdout, process.stderr]
  const own = streams.map(({ write }) => write)
  let errors = ''
  for (const stream of streams) {
    stream.write = ((chunk: unknown, ...rest: unknown[]) => {
      if (stream === process.stderr) errors = (errors + String(chunk)).slice(0, 100_000)
      const done = rest.at(-1)
      if (typeof done === 'function') done()
      return true
    }) as typeof stream.write
  }
  return {
    errors: () => errors,
    release: () => {
      streams.forEach((stream, at) => {
        stream.write = own[at] as typeof stream.write
      })
    },
  }
}
