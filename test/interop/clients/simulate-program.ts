import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

// The compiled file is in build/test/interop/clients.
const ROOT = resolve(import.meta.dirname, '../../../..')
const MAIN = resolve(ROOT, 'dist/main.js')

/** A running `optionlake simulate`. */
export interface SimulateProgram {
  readonly port: number
  /** Whether it still runs. */
  lives(): boolean
  stop(): Promise<void>
}

/** Starts `optionlake simulate` on a free port. @throws Error with what it printed when it ends at once. */
export async function startSimulate(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<SimulateProgram> {
  const child = startProgram(['simulate', '--port', '0', '--json', ...args], environment)
  const complaints: string[] = []
  child.stderr?.on('data', (data) => complaints.push(String(data)))
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const ended = once(child, 'exit')
  const first = await Promise.race([once(lines, 'line'), ended.then(() => null)])
  if (first === null) throw new Error(`optionlake simulate ${args.join(' ')} ended: ${complaints.join('')}`)
  const { port } = JSON.parse(first[0] as string) as { port: number }
  return {
    port,
    lives: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Runs a command of the program to its end. @throws Error with its standard error unless it ends with 0. */
export async function runProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = startProgram(args, environment)
  const complaints: string[] = []
  child.stderr?.on('data', (data) => complaints.push(String(data)))
  child.stdout?.resume()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`optionlake ${args.join(' ')}: exit ${code}: ${complaints.join('')}`)
}

function startProgram(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A file of the source tree. */
export function sourceFile(path: string): string {
  return resolve(ROOT, path)
}
