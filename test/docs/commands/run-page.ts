import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Block } from './page-commands.ts'
import { NOT_RUN_REASONS, type Plan, planOf } from './plan-command.ts'
import type { Reader } from './stand-ins.ts'

/** What became of one command. */
export interface Outcome {
  readonly where: string
  readonly command: string
  readonly plan: Plan['kind'] | 'shortened'
  /** Why it was not run; null if it was. */
  readonly notRun: string | null
  readonly seconds: number
  /** What was wrong; null if it did what the page says. */
  readonly fault: string | null
}

/** The scripts of package.json. */
export interface Scripts {
  /** What is wrong with `npm run SCRIPT -- ARGUMENT`, without running it. */
  fault(script: string, argument: string | null): Promise<string | null>
  /** The command of a script, without the build before it. */
  program(script: string): string
}

/** Longest time of a command, and for a server to answer or to end. */
const LIMIT_MS = 600_000
const ANSWERS = /listening on|https?:\/\/127\.0\.0\.1:\d+/

/** What a page takes for granted, started before the first command that needs it. */
const STAND_INS: readonly { readonly name: string; readonly needed: RegExp; readonly script: string }[] = [
  // A session of the synthetic market, for the gateway that stands in for the reader's.
  ...[4001, 4002].map((port) => ({
    name: port === 4002 ? 'simulate' : 'gateway',
    needed: new RegExp(`--gateway 127\\.0\\.0\\.1:${port}`),
    script: `optionlake simulate --port ${port} --now 2026-11-20T15:01:00Z`,
  })),
  {
    name: 'run',
    needed: /^(optionlake|npx optionlake) top\b|^curl .*:8787\//,
    script: 'optionlake run --lake lake/stand-in',
  },
  {
    name: 'secure exchange',
    needed: /--host 127\.0\.0\.1:8433 --secure/,
    script: 'optionlake exchange --port 8433 --name team --config secure-exchange.json',
  },
]

/** Goes through a page from top to bottom, in the folder of one reader. */
export async function runPage(
  blocks: readonly Block[],
  reader: Reader,
  { scripts, onOutcome }: { readonly scripts: Scripts; onOutcome?(outcome: Outcome): void },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const note = (outcome: Outcome) => {
    outcomes.push(outcome)
    onOutcome?.(outcome)
  }
  for (const block of blocks) {
    if (block.file) {
      const path = join(reader.folder, block.file.name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, block.file.text)
    }
    const servers = new Map<string, Server>()
    try {
      for (const command of block.commands) {
        const started = Date.now()
        const plan = planOf(command)
        const notRun =
          plan.kind === 'not_run'
            ? NOT_RUN_REASONS[plan.reason]
            : plan.kind === 'suite'
              ? NOT_RUN_REASONS.suite
              : null
        const fault =
          (notRun === null ? await standIn(command.text, { reader, servers }) : null) ??
          (await carryOut(plan, { reader, servers, scripts }))
        note({
          where: `${block.page}:${command.line}`,
          ...{ command: command.text, notRun, fault, seconds: (Date.now() - started) / 1_000 },
          plan: plan.kind === 'run' && plan.isShortened ? 'shortened' : plan.kind,
        })
      }
    } finally {
      for (const server of servers.values()) {
        const fault = await server.stop()
        const last = outcomes.at(-1)
        if (last && fault !== null) note({ ...last, fault })
      }
    }
  }
  return outcomes
}

/** Starts what a command needs and nothing of its block has started. What is wrong with it. */
async function standIn(command: string, { reader, servers }: Omit<Scene, 'scripts'>): Promise<string | null> {
  for (const { name, needed, script } of STAND_INS) {
    if (!needed.test(command) || servers.has(name) || (name === 'run' && servers.has('demo'))) continue
    const server = startServer(script, reader)
    servers.set(name, server)
    const fault = await server.answered()
    if (fault !== null) return fault
  }
  return null
}

interface Scene {
  readonly reader: Reader
  readonly servers: Map<string, Server>
  readonly scripts: Scripts
}

async function carryOut(plan: Plan, { reader, servers, scripts }: Scene): Promise<string | null> {
  switch (plan.kind) {
    case 'not_run':
      return null
    case 'suite':
      return scripts.fault(plan.script, plan.argument)
    case 'program': {
      const fault = await scripts.fault(plan.script, null)
      return fault ?? toItsEnd(`cd "${reader.root}" && ${scripts.program(plan.script)} ${plan.given}`, reader)
    }
    case 'serve': {
      // One of a kind: they would take the same port.
      const before = await servers.get(plan.name)?.stop()
      const server = startServer(plan.script, reader)
      servers.set(plan.name, server)
      return before ?? server.answered()
    }
    case 'run':
      return plan.script.startsWith('curl ') ? askByCurl(plan.script, reader) : toItsEnd(plan.script, reader)
  }
}

async function toItsEnd(script: string, reader: Reader): Promise<string | null> {
  const { code, output } = await ended(startShell(script, reader))
  return code === 0 ? null : `exit ${code}: ${lastLines(output)}`
}

/** /health may say with 503 that it is not market time. */
async function askByCurl(script: string, reader: Reader): Promise<string | null> {
  const { code, output } = await ended(
    startShell(`${script} --silent --show-error --output answer --write-out '%{http_code}'`, reader),
  )
  const isFine = code === 0 && (output === '200' || (output === '503' && script.includes('/health')))
  return isFine ? null : `exit ${code}, ${lastLines(output)}`
}

interface Shell {
  readonly child: ChildProcess
  output(): string
  readonly ended: Promise<number | null>
}

function startShell(script: string, reader: Reader): Shell {
  // A time that an option names is a stored one; the stand-in gateway has its own time.
  const clock = script.includes('--gateway') ? { OPTIONLAKE_CLOCK: 'gateway' } : {}
  const isOne = !/[|;&]|^\w+=|^exec /.test(script)
  const child = spawn('bash', ['-c', `${isOne ? 'exec ' : ''}${reader.here(script)}`], {
    cwd: reader.folder,
    env: { ...reader.environment, ...clock },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      output = (output + String(data)).slice(-100_000)
    })
  const end = new Promise<number | null>((done) => {
    child.on('error', () => done(null))
    child.on('close', (code) => done(code))
  })
  return { child, output: () => output, ended: end }
}

async function ended(shell: Shell): Promise<{ code: number | null; output: string }> {
  const timer = globalThis.setTimeout(() => shell.child.kill('SIGKILL'), LIMIT_MS)
  const code = await shell.ended
  clearTimeout(timer)
  return { code, output: shell.output().trim() }
}

interface Server {
  /** What is wrong, once it answers or has ended. */
  answered(): Promise<string | null>
  /** Ctrl+C. What is wrong with its end. */
  stop(): Promise<string | null>
}

function startServer(script: string, reader: Reader): Server {
  const shell = startShell(script, reader)
  return {
    async answered() {
      const until = Date.now() + LIMIT_MS
      while (Date.now() < until) {
        if (ANSWERS.test(shell.output())) return null
        if (shell.child.exitCode !== null) return `ended at once: ${lastLines(shell.output())}`
        await setTimeout(50)
      }
      return `did not say where it listens: ${lastLines(shell.output())}`
    },
    async stop() {
      shell.child.kill('SIGINT')
      const { code, output } = await ended(shell)
      return code === 0 || code === 130 ? null : `stopped with exit ${code}: ${lastLines(output)}`
    },
  }
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-12).join(' / ').slice(-1_500)
}
