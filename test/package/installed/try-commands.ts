import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { InstalledProgram } from './programs.ts'

/** One command line and what came of it. */
export interface CommandTrial {
  readonly command: string
  readonly ms: number
  /** What is wrong; null if nothing is. */
  readonly fault: string | null
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const COMMAND_TIMEOUT_MS = 5 * 60_000
const START_MS = 60_000
const STOP_MS = 20_000

/** Runs the command from an empty folder and with an empty home. */
function start(program: InstalledProgram, args: readonly string[], folder: string): ChildProcess {
  return spawn('optionlake', args, {
    cwd: folder,
    env: { PATH: program.path, HOME: folder, OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ended(child: ChildProcess, timeoutMs: number): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (data) => {
    stdout += data
  })
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  return { code, stdout, stderr }
}

export async function runInstalled(
  program: InstalledProgram,
  args: readonly string[],
  folder: string,
): Promise<Ended> {
  await mkdir(folder, { recursive: true })
  return ended(start(program, args, folder), COMMAND_TIMEOUT_MS)
}

/** A day in the life of an installed program, with the embedded simulator. `oldLake` was written by an earlier version. */
export async function tryCommands(
  program: InstalledProgram,
  { folder, version, oldLake }: { folder: string; version: string; oldLake: string },
): Promise<CommandTrial[]> {
  const trials: CommandTrial[] = []
  const attempt = async (args: readonly string[], faultOf: (ended: Ended) => string | null) => {
    const startMs = performance.now()
    const done = await runInstalled(program, args, folder)
    const wrong = done.code === 0 ? faultOf(done) : `exit ${done.code}: ${done.stderr.trim().slice(0, 300)}`
    trials.push({ command: args.join(' '), ms: performance.now() - startMs, fault: wrong })
    return done
  }
  const shows = (pattern: RegExp) => (done: Ended) =>
    pattern.test(done.stdout) ? null : `does not print ${pattern}`
  await attempt(['--version'], shows(new RegExp(`^${version.replaceAll('.', '\\.')}\n$`)))
  const help = await attempt(['--help'], shows(/collect-once/))
  for (const name of commandsIn(help.stdout)) await attempt([name, '--help'], shows(/^Usage: optionlake/))
  await attempt(['--symbols', 'SPY', 'collect-once'], () => null)
  await attempt(['chain', 'SPY', '--atm'], shows(/SPY/))
  await attempt(['market', 'SPY'], shows(/iv30/i))
  await attempt(['sql', 'SELECT count(*) AS n FROM option_snapshots', '--json'], shows(/[1-9]\d\d/))
  await attempt(
    ['export', '--symbol', 'SPY', '--from', '2026-01-01', '--to', '2027-12-31', '--out', 'rows.parquet'],
    () => null,
  )
  await attempt(['verify'], shows(/no findings/))
  await attempt(['verify', '--lake', oldLake], shows(/no findings/))
  trials.push(await tryDaemon(program, folder))
  const created = (await readdir(folder)).sort().join(', ')
  if (created !== 'lake, rows.parquet')
    trials.push({ command: '(all)', ms: 0, fault: `left ${created} in the current folder` })
  return trials
}

/** The names in the list of commands. */
function commandsIn(help: string): string[] {
  const [, list = ''] = /\nCommands:\n([\s\S]*?)\n\n/.exec(help) ?? []
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].flatMap(([, name]) =>
    name === undefined || name === 'help' ? [] : [name],
  )
}

/** `run` until it answers, and its end by SIGTERM. */
async function tryDaemon(program: InstalledProgram, folder: string): Promise<CommandTrial> {
  const startMs = performance.now()
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn('optionlake', ['run', '--symbols', 'SPY'], {
    cwd: folder,
    env: { PATH: program.path, HOME: folder, OPTIONLAKE_HTTP_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const done = ended(child, START_MS + STOP_MS)
  const answer = await untilAnswered(`http://127.0.0.1:${port}`, child)
  child.kill('SIGTERM')
  const { code, stderr } = await done
  const wrong = code === 0 ? answer : `exit ${code} after SIGTERM: ${stderr.trim().slice(-300)}`
  return { command: 'run, /livez, /health, /, SIGTERM', ms: performance.now() - startMs, fault: wrong }
}

/** What is wrong with the answers; null if nothing is. */
async function untilAnswered(address: string, child: ChildProcess): Promise<string | null> {
  const endMs = performance.now() + START_MS
  while (performance.now() < endMs && child.exitCode === null) {
    const live = await fetch(`${address}/livez`).catch(() => null)
    if (live?.ok) {
      const health = (await (await fetch(`${address}/health`)).json()) as { status?: string }
      if (health.status === undefined) return '/health has no status'
      const page = await (await fetch(`${address}/`)).text()
      return /<html/i.test(page) ? null : '/ is not the page'
    }
    await wait(200)
  }
  return `did not answer within ${START_MS / 1_000} s`
}
