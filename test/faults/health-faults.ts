import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startSimulatorProcess } from '../../scripts/bench/simulator-process.ts'
import type { HealthQuestion } from '../../src/serve/health/health.ts'
import { openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { cannotMeasure } from '../support/cannot-measure.ts'
import { servedSources } from '../support/served-sources.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { readTruthTable, type TruthRow } from '../support/truth-table.ts'
import type { Campaign } from './campaign.ts'

const QUESTIONS: readonly HealthQuestion[] = ['livez', 'readyz', 'health']
/** Between two questions, ms. */
const PAUSE_MS = 20

/** Requests the three endpoints for every row over HTTP; returns what is wrong with the answers. */
export async function askTable(rows: readonly TruthRow[]): Promise<string[]> {
  const sources = servedSources()
  let row = rows[0] as TruthRow
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...sources, health: () => row.snapshot },
    onError: (error) => {
      throw error
    },
  })
  const faults: string[] = []
  for (row of rows) {
    for (const question of QUESTIONS) {
      const answer = await fetch(`${server.url}/${question}`)
      const body = (await answer.json()) as Answer
      faults.push(...faultsInAnswer(row, question, { ...body, code: answer.status }))
    }
  }
  await server.close()
  return faults
}

interface Answer {
  readonly status: string
  readonly checks: readonly { readonly name: string; readonly reason: string }[]
}

function faultsInAnswer(
  row: TruthRow,
  question: HealthQuestion,
  answer: Answer & { code: number },
): string[] {
  const { status, state } = row.expected[question]
  const faults: string[] = []
  if (answer.code !== status || answer.status !== state) {
    faults.push(`${row.name}: /${question} is ${answer.code} ${answer.status}, not ${status} ${state}`)
  }
  const decides = answer.checks.find(({ name }) => name === row.named.check)
  if (question === 'health' && !decides?.reason.includes(row.named.words)) {
    faults.push(`${row.name}: ${row.named.check} says "${decides?.reason}", not "${row.named.words}"`)
  }
  return faults
}

/** Latencies of `/health`, ms, until the daemon's first own slot is in the ledger. */
async function latenciesInCycle(daemon: Daemon, atMostSeconds: number): Promise<number[]> {
  const latenciesMs: number[] = []
  const endMs = performance.now() + atMostSeconds * 1_000
  for (let asked = 0; performance.now() < endMs; asked++) {
    const startedMs = performance.now()
    await (await fetch(`${daemon.url}/health`)).text()
    latenciesMs.push(performance.now() - startedMs)
    if (asked % 50 === 49) {
      const { slots } = (await (await fetch(`${daemon.url}/api/slots`)).json()) as { slots: LedgerRow[] }
      // The slots before the start are in the ledger at once.
      if (slots.some(({ reason }) => reason !== 'not_running')) break
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return latenciesMs
}

interface Daemon {
  readonly url: string
  readonly child: ChildProcess
}

async function startDaemon(programs: string, args: readonly string[]): Promise<Daemon> {
  const main = join(programs, '../../../dist/main.js')
  const child = spawn(process.execPath, [main, 'run', ...args], {
    env: { ...process.env, OPTIONLAKE_HTTP_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /^collecting: .*(http:\/\/\S+)$/.exec(line)?.[1]
    if (url) {
      // The rest of its output is discarded, so that a full pipe does not block it.
      child.stderr.resume()
      return { url, child }
    }
  }
  throw cannotMeasure('the daemon did not start')
}

async function p99(programs: string, args: readonly string[], atMostSeconds: number): Promise<number> {
  const daemon = await startDaemon(programs, args)
  const latencies = await latenciesInCycle(daemon, atMostSeconds)
  const ended = new Promise((resolve) => daemon.child.once('exit', resolve))
  daemon.child.kill('SIGTERM')
  await ended
  latencies.sort((a, b) => a - b)
  console.log(
    `${latencies.length} requests in the middle of a cycle, the slowest ${latencies.at(-1)?.toFixed(1)} ms`,
  )
  return latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY
}

/** Figure 19: the truth table of docs/health.md over HTTP, and the latency of /health in the middle of a cycle. */
export const healthFaults: Campaign = {
  name: 'health-faults',
  summary:
    'the health endpoints under injected faults, and their latency in the middle of a cycle (figure 19)',
  takes: '1 minute',
  run: async ({ programs, quick }) => {
    const rows = readTruthTable(readFileSync(join(programs, '../../../docs/health.md'), 'utf8'))
    const faults = await askTable(rows)
    for (const fault of faults) console.log(fault)
    const wrong = new Set(faults.map((fault) => fault.split(':')[0])).size
    const embeddedMs = await withFolder((folder) => p99(programs, ['--lake', folder], 30))
    const simulator = await startSimulatorProcess({ fast: false })
    const gateway = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway']
    const pacedMs = await withFolder((folder) =>
      p99(programs, [...gateway, '--lake', folder], quick ? 8 : 30),
    )
    await simulator.stop()
    return [
      {
        name: `right answers to ${rows.length} faults`,
        value: ((rows.length - wrong) / rows.length) * 100,
        unit: '%',
        atLeast: 100,
      },
      { name: "p99 of /health in a cycle under IB's limits", value: pacedMs, unit: 'ms', atMost: 50 },
      {
        name: 'p99 of /health in a cycle at full speed, simulator in the same process',
        value: embeddedMs,
        unit: 'ms',
        atMost: 50,
      },
    ]
  },
}
