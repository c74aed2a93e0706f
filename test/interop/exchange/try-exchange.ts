import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import {
  type ExchangeProcess,
  startExchangeProcess,
} from '../../../scripts/bench/exchange/exchange-process.ts'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { createExchangeClientEnvironment } from '../python-environment.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const CLIENT = join(REPOSITORY, 'test/interop/exchange/exchange_client.py')
const TLS = join(REPOSITORY, 'test/fixtures/tls')
const TIMEOUT_MS = 20 * 60_000
const QUICK_STEPS = 2_000

/** One way to use the exchange. */
interface Variant {
  readonly name: string
  readonly rules: 'original' | 'research'
  readonly secure: boolean
  readonly threads: boolean
}

const VARIANTS: readonly Variant[] = [
  { name: 'rules original, synchronous', rules: 'original', secure: false, threads: false },
  { name: 'rules research, synchronous', rules: 'research', secure: false, threads: false },
  { name: 'rules original, one thread a socket', rules: 'original', secure: false, threads: true },
  { name: 'rules research, https and wss', rules: 'research', secure: true, threads: false },
]

/** What the client prints. */
const clientReport = z.object({
  hello: z.array(z.string()),
  duration_sec: z.number(),
  steps: z.number(),
  snapshots: z.number(),
  skipped: z.number(),
  fills: z.number(),
  errors: z.array(z.string()),
  inventory: z.number(),
  max_inventory: z.number(),
  pnl: z.number(),
  same_run: z.boolean(),
  stored: z.object({
    end: z.string(),
    final_pnl: z.number(),
    final_inventory: z.number(),
    max_inventory: z.number(),
    trade_count: z.number(),
  }),
})

type ClientReport = z.output<typeof clientReport>

interface Result {
  readonly variant: Variant
  readonly report: ClientReport | null
  readonly faults: readonly string[]
}

/**
 * Plays whole runs of normal_market with a Python client that was written from the protocol alone, prints a table and
 * returns the goals.
 */
export async function tryExchange(quick: boolean): Promise<Goal[]> {
  const environment = await createExchangeClientEnvironment()
  const results: Result[] = []
  if (environment.kind === 'missing') console.log(`the exchange's client: not run: ${environment.why}`)
  else for (const variant of VARIANTS) results.push(await tryVariant(environment.python, variant, quick))
  print(results)
  return VARIANTS.map(({ name }): Goal => {
    const faults = results.find(({ variant }) => variant.name === name)?.faults.length ?? null
    const why = environment.kind === 'missing' ? environment.why : ''
    return { name: `faults of a run, ${name}`, value: faults, unit: 'faults', atMost: 0, why }
  })
}

async function tryVariant(python: string, variant: Variant, quick: boolean): Promise<Result> {
  const { rules, secure, threads } = variant
  const args = [
    '--scenario',
    'normal_market',
    '--rules',
    rules,
    ...(quick ? ['--steps', `${QUICK_STEPS}`] : []),
  ]
  const certificate = join(TLS, 'localhost.pem')
  const exchange = await startExchangeProcess(args, {
    OPTIONLAKE_EXCHANGE_PARTICIPANTS: '{"alice":"a password"}',
    ...(secure && {
      OPTIONLAKE_EXCHANGE_CERTIFICATE_FILE: certificate,
      OPTIONLAKE_EXCHANGE_KEY_FILE: join(TLS, 'localhost.key'),
    }),
  })
  try {
    const report = await playRun(python, exchange, { secure, threads, certificate })
    return { variant, report, faults: faultsOf(report) }
  } catch (error) {
    return { variant, report: null, faults: [String((error as { stderr?: string }).stderr ?? error).trim()] }
  } finally {
    await exchange.stop()
  }
}

async function playRun(
  python: string,
  { url }: ExchangeProcess,
  { secure, threads, certificate }: { secure: boolean; threads: boolean; certificate: string },
): Promise<ClientReport> {
  const host = `localhost:${new URL(url).port}`
  const args = [CLIENT, '--name', 'alice', '--password', 'a password', '--host', host]
  const flags = [...(secure ? ['--secure'] : []), ...(threads ? ['--threads'] : [])]
  const env = { ...process.env, REQUESTS_CA_BUNDLE: certificate }
  const { stdout } = await promisify(execFile)(python, [...args, ...flags], { env, timeout: TIMEOUT_MS })
  return clientReport.parse(JSON.parse(stdout))
}

/** Where the client's own account differs from the exchange's, and what else went wrong. */
function faultsOf(report: ClientReport): string[] {
  const { stored } = report
  const steps = report.duration_sec * 10
  // The client answers the last snapshot too, as it cannot know that it was the last.
  const errors = report.errors.filter((message) => message !== 'the run has ended')
  const expected: readonly (readonly [string, unknown, unknown])[] = [
    ['first messages', report.hello.join(), 'AUTHENTICATED,CONNECTED'],
    ['steps', report.steps, steps],
    ['snapshots', report.snapshots, steps + 1],
    ['skipped steps', report.skipped, 0],
    ['errors', errors.join('; '), ''],
    ['run in my-runs', report.same_run, true],
    ['end', stored.end, 'complete'],
    ['inventory', stored.final_inventory, report.inventory],
    ['largest inventory', stored.max_inventory, report.max_inventory],
    ['fills', stored.trade_count, report.fills],
    ['P&L', stored.final_pnl, report.pnl],
  ]
  const faults = expected
    .filter(([, value, wanted]) => value !== wanted)
    .map(([what, value, wanted]) => `${what}: ${value} instead of ${wanted}`)
  return report.fills > 0 ? faults : [...faults, 'no order was filled']
}

function print(results: readonly Result[]): void {
  for (const { variant, faults } of results) {
    for (const fault of faults) console.log(`exchange, ${variant.name}: ${fault}`)
  }
  console.log(
    formatTable(results, [
      { title: 'client of the exchange', value: ({ variant }) => variant.name },
      { title: 'steps', align: 'right', value: ({ report }) => String(report?.steps ?? '–') },
      { title: 'fills', align: 'right', value: ({ report }) => String(report?.fills ?? '–') },
      { title: 'P&L', align: 'right', value: ({ report }) => report?.pnl.toFixed(2) ?? '–' },
      { title: 'faults', align: 'right', value: ({ faults }) => String(faults.length) },
    ]),
  )
}
