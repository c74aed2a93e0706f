import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
/** An empty one, so that none of this machine is found. */
const NO_SETTINGS = resolve(import.meta.dirname, 'no-settings.json')

export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once standard output or error contains the text. */
  printed(text: string | RegExp): Promise<void>
  /** Standard output so far. */
  output(): string
}

export type Environment = Readonly<Record<string, string>>

/** Starts the built program, in an empty folder of its own so that no lake is found by chance, and with no settings. */
export function start(args: readonly string[], environment: Environment = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, OPTIONLAKE_CONFIG: NO_SETTINGS, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let onOutput = () => {}
  child.stdout.on('data', (data) => {
    stdout += data
    onOutput()
  })
  child.stderr.on('data', (data) => {
    stderr += data
    onOutput()
  })
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, stdout, stderr }))
  })
  const printed = (text: string | RegExp) =>
    new Promise<void>((done, fail) => {
      const look = () => {
        if (typeof text === 'string' ? (stdout + stderr).includes(text) : text.test(stdout + stderr)) done()
      }
      onOutput = look
      look()
      void ended.then(() => fail(new Error(`ended without printing ${text}: ${stdout}${stderr}`)))
    })
  return { child, ended, printed, output: () => stdout }
}

/** Runs the built program to its end. */
export function run(args: readonly string[], environment: Environment = {}): Promise<Ended> {
  return start(args, environment).ended
}

/** Runs it with --json and reads the answer; throws with its standard error when it fails. */
export async function answer<T>(
  args: readonly string[],
  environment: Environment = {},
  runProgram: typeof run = run,
): Promise<T> {
  const { code, stdout, stderr } = await runProgram([...args, '--json'], environment)
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'optionlake-'))
}
