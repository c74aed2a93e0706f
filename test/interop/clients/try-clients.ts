import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import type { ComparedRows } from '../../support/replayed-rows.ts'
import { createClientEnvironment, type PythonEnvironment } from '../python-environment.ts'
import { CLIENT_INSTRUMENTS } from './instruments.ts'
import { type ClientMarket, clientMarkets } from './markets.ts'
import { compareReplay, recordLake } from './replayed-lake.ts'
import { sourceFile, startSimulate } from './simulate-program.ts'

/** A client library of somebody else, with the suite that uses it. */
interface ForeignClient {
  readonly name: string
  readonly packages: readonly string[]
  readonly program: string
}

/** PyPI has the official client itself only as 9.81: nautilus-ibapi carries later releases. */
const CLIENTS: readonly ForeignClient[] = [
  { name: 'ib_async', packages: ['ib_async==2.1.0'], program: 'ib_async_client.py' },
  { name: 'official 10.19', packages: ['nautilus-ibapi==10.19.4'], program: 'official_client.py' },
  {
    name: 'official 10.46',
    packages: ['nautilus-ibapi==10.46.1', 'protobuf==5.29.5'],
    program: 'official_client.py',
  },
]
export const CLIENT_NAMES = CLIENTS.map(({ name }) => name)

/** What one suite found on one market. */
interface SuiteResult {
  readonly client: string
  readonly market: string
  readonly checks: readonly { readonly name: string; readonly failure: string | null }[]
  /** What the client could not decode, or left unread. */
  readonly warnings: readonly string[]
}

/** Longer than the slowest suite, whose every check may wait for its patience. */
const SUITE_TIMEOUT_MS = 15 * 60_000

/** Runs every suite on every market, prints what came of it, and returns the goals. */
export async function tryClients(
  folder: string,
  { clients, quick }: { readonly clients: readonly string[]; readonly quick: boolean },
): Promise<Goal[]> {
  const lake = join(folder, 'recorded')
  if (!quick) await recordLake(lake)
  const replayed = quick ? null : await compareReplay(lake, folder)
  const markets = clientMarkets(lake).filter(({ name }) => !quick || name === 'synthetic')
  const chosen = CLIENTS.filter(({ name }) => clients.includes(name))
  const results: SuiteResult[] = []
  const missing = new Map<string, string>()
  for (const client of chosen) {
    const environment = await createClientEnvironment(client.packages)
    if (environment.kind === 'missing') {
      missing.set(client.name, environment.why)
      continue
    }
    for (const market of markets) results.push(await trySuite(client, market, environment))
  }
  print(results, replayed)
  return [
    ...chosen.flatMap(({ name }) => goalsOf(name, results, missing.get(name))),
    {
      name: 'rows that differ when a replay is collected',
      value: replayed?.differences.length ?? null,
      unit: `of ${replayed?.rows ?? 0} rows`,
      atMost: 0,
      why: '--quick leaves it out',
    },
  ]
}

async function trySuite(
  { name, program }: ForeignClient,
  market: ClientMarket,
  { python }: PythonEnvironment & { readonly kind: 'made' },
): Promise<SuiteResult> {
  const simulator = await startSimulate(market.args, market.environment)
  try {
    const args = [sourceFile(`test/interop/clients/${program}`), '127.0.0.1', `${simulator.port}`]
    const child = spawn(python, [...args, JSON.stringify(market.profile)], {
      timeout: SUITE_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    await once(child, 'close')
    const { checks, warnings } = readReport(output)
    const survival = simulator.lives() ? null : 'it ended'
    return {
      client: name,
      market: market.name,
      checks: [...checks, { name: 'the simulator lives', failure: survival }],
      warnings,
    }
  } finally {
    await simulator.stop()
  }
}

function readReport(output: string): Pick<SuiteResult, 'checks' | 'warnings'> {
  const last = output.trim().split('\n').at(-1) ?? ''
  if (last.startsWith('{')) return JSON.parse(last) as Pick<SuiteResult, 'checks' | 'warnings'>
  return { checks: [{ name: 'the suite ends', failure: 'it printed no report' }], warnings: [] }
}

function print(results: readonly SuiteResult[], replayed: ComparedRows | null): void {
  for (const { client, market, checks, warnings } of results) {
    for (const { name, failure } of checks)
      if (failure !== null) console.log(`${client}, ${market}: ${name}: ${failure}`)
    for (const warning of warnings) console.log(`${client}, ${market}: decoding: ${warning}`)
  }
  for (const difference of replayed?.differences.slice(0, 20) ?? []) console.log(`replay: ${difference}`)
  console.log(
    formatTable(results, [
      { title: 'client', value: ({ client }) => client },
      { title: 'market', value: ({ market }) => market },
      {
        title: 'checks passed',
        align: 'right',
        value: ({ checks }) => `${passed(checks)} of ${checks.length}`,
      },
      { title: 'decode warnings', align: 'right', value: ({ warnings }) => `${warnings.length}` },
    ]),
  )
  printInstruments(results)
}

/** Each instrument by client: how many of its checks passed, or the first that failed. */
function printInstruments(results: readonly SuiteResult[]): void {
  const rows = CLIENT_INSTRUMENTS.map(({ name }) => ({ name }))
  const ofMarket = results.filter(({ market }) => market === 'synthetic')
  if (ofMarket.length === 0) return
  console.log(
    formatTable(rows, [
      { title: 'instrument', value: ({ name }) => name },
      ...ofMarket.map(({ client, checks }) => ({
        title: client,
        value: ({ name }: { readonly name: string }) => {
          const own = checks.filter((one) => one.name.startsWith(`${name}: `))
          return `${passed(own)} of ${own.length}`
        },
      })),
    ]),
  )
}

function passed(checks: SuiteResult['checks']): number {
  return checks.filter(({ failure }) => failure === null).length
}

function goalsOf(name: string, results: readonly SuiteResult[], why = 'not chosen'): Goal[] {
  const own = results.filter(({ client }) => client === name)
  const checks = own.flatMap((one) => one.checks)
  const isRun = own.length > 0
  return [
    {
      name: `${name}: checks failed`,
      value: isRun ? checks.length - passed(checks) : null,
      unit: `of ${checks.length} checks`,
      atMost: 0,
      why,
    },
    {
      name: `${name}: decode warnings`,
      value: isRun ? own.reduce((sum, { warnings }) => sum + warnings.length, 0) : null,
      unit: 'messages',
      atMost: 0,
      why,
    },
  ]
}
