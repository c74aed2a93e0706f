import { type ChildProcess, spawn } from 'node:child_process'
import { DELIVERED, failed, type Outcome } from './delivery.ts'
import { inputOf, variablesOf } from './formats.ts'
import type { AlertMessage } from './message.ts'
import type { Environment } from './secrets.ts'

/** The program to run, and what it gets. */
export interface CommandTarget {
  readonly run: readonly [string, ...string[]]
  readonly input: 'text' | 'json' | 'mail'
  readonly from: string | null
  readonly to: string | null
  /** Variables besides those of the message. */
  readonly variables: Readonly<Record<string, string>>
  readonly timeoutMs: number
  mask(text: string): string
}

/** What any program may need; everything else of our environment may be a secret of another. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME', 'TMPDIR'] as const

/** The variables that a command gets: those that any program may need, and the named ones. */
export function passedOn(names: readonly string[], environment: Environment): Record<string, string> {
  return Object.fromEntries(
    [...PASSED_ON, ...names].flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** How long a program has to end after SIGTERM, ms. */
const KILL_AFTER_MS = 2_000
/** How long its last words may take after its end, ms. */
const LAST_WORDS_MS = 200
const MAX_STDERR = 4_000
const MAX_SHOWN = 200
/** EX_TEMPFAIL of sysexits.h, which mail programs end with when the server asks to try later. */
const TEMPORARY = 75

/** Runs the program once, without a shell. Never rejects; ends within the time-out and two seconds. */
export function runCommand(
  target: CommandTarget,
  message: AlertMessage,
  { unixSeconds, signal }: { readonly unixSeconds: number; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { timeoutMs, input, from, to } = target
  return new Promise((resolve) => {
    let child: ChildProcess
    try {
      child = start(target, message)
    } catch (error) {
      return resolve(cannotRun(error))
    }
    const stderr = tailOf(child)
    let why: 'stopped' | 'time-out' | null = null
    let killer: NodeJS.Timeout | undefined
    const end = (reason: 'stopped' | 'time-out') => {
      why ??= reason
      kill(child, 'SIGTERM')
      killer ??= setTimeout(() => kill(child, 'SIGKILL'), KILL_AFTER_MS)
    }
    const stop = () => end('stopped')
    const timer = setTimeout(() => end('time-out'), timeoutMs)
    signal.addEventListener('abort', stop, { once: true })
    const settle = (outcome: Outcome) => {
      clearTimeout(timer)
      clearTimeout(killer)
      signal.removeEventListener('abort', stop)
      // A process that it left behind may hold the pipes open.
      child.stderr?.destroy()
      child.stdin?.destroy()
      resolve(outcome)
    }
    child.once('error', (error) => settle(cannotRun(error)))
    child.once('exit', (code, killedBy) => {
      if (why !== null) kill(child, 'SIGKILL')
      const outcome = () =>
        why === null ? outcomeOf(code, killedBy, shown(stderr.text(), stderr.isCut(), target.mask)) : cut(why)
      // Its last words may still be under way.
      const rest = setTimeout(() => settle(outcome()), LAST_WORDS_MS)
      child.once('close', () => {
        clearTimeout(rest)
        settle(outcome())
      })
    })
    const cut = (reason: 'stopped' | 'time-out') =>
      reason === 'stopped'
        ? failed('the daemon was stopped', { isTransient: true, mayHaveArrived: true })
        : failed(`not finished within ${timeoutMs / 1_000} s`, { isTransient: true, mayHaveArrived: true })
    child.stdin?.end(inputOf(message, { input, from, to, unixSeconds }))
    if (signal.aborted) stop()
  })
}

function start({ run: [program, ...args], variables }: CommandTarget, message: AlertMessage): ChildProcess {
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...variables, ...variablesOf(message) },
    // A process group of its own, so that what it starts ends with it.
    detached: true,
  })
  // A program need not read its input.
  child.stdin?.on('error', () => {})
  return child
}

/** The end of what it writes to standard error. */
function tailOf(child: ChildProcess) {
  let text = ''
  let isCut = false
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    isCut ||= text.length + chunk.length > MAX_STDERR
    text = (text + chunk).slice(-MAX_STDERR)
  })
  return { text: () => text, isCut: () => isCut }
}

function outcomeOf(code: number | null, killedBy: NodeJS.Signals | null, said: string): Outcome {
  if (code === 0) return DELIVERED
  const words = code === null ? `ended by ${killedBy}` : `exit code ${code}`
  const isTransient = code === TEMPORARY || code === null
  return failed(words, { isTransient, detail: said === '' ? null : said })
}

function kill(child: ChildProcess, by: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, by)
  } catch {
    // It has ended.
  }
}

function cannotRun(error: unknown): Outcome {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
  return failed(`cannot be run: ${code}`, { isTransient: code === 'EAGAIN' })
}

/** The last line that the program wrote, without secrets. */
function shown(stderr: string, isCut: boolean, mask: CommandTarget['mask']): string {
  const text = stderr.trimEnd()
  // Half of a secret at the cut could not be recognised.
  if (isCut && !text.includes('\n')) return ''
  const line = mask(text.slice(text.lastIndexOf('\n') + 1)).replace(/\p{Cc}+/gu, ' ')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line
}
