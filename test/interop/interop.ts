/**
 * Checks that other engines read the lake as optionlake does, and that they may change it as docs/lake.md says; and that
 * Prometheus raises the alerts that docs/operations.md says. A Python client plays whole runs on the exchange. The report of
 * experiments is opened in a browser.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Goal, printGoals } from '../../scripts/bench/report.ts'
import { FOREIGN_OPERATIONS, type ForeignOperation } from '../../scripts/docs/safe-operations.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { CLIENT_NAMES, tryClients } from './clients/try-clients.ts'
import { type Engine, isOpen, type SkippedEngine } from './engine.ts'
import { ENGINE_NAMES, openEngines } from './engines.ts'
import { tryExchange } from './exchange/try-exchange.ts'
import { tryNautilus } from './nautilus/try-nautilus.ts'
import { tryOpenApi } from './openapi/try-openapi.ts'
import { type TrialResult, tryOperation } from './operations.ts'
import { tryPricing } from './pricing/try-pricing.ts'
import { alertGoals, printTrials, tryAlerts, whyNoPrometheus } from './prometheus/try-alerts.ts'
import { type ReadResult, readDuringWrites, TABLES_READ } from './reading.ts'
import { tryReport } from './report/try-report.ts'
import { writeSampleLake } from './sample-lake.ts'
import { runSnippets, type SnippetResult, snippetGoals } from './snippets.ts'
import { tryUnits } from './systemd/try-units.ts'

interface Choice {
  readonly engines: readonly string[]
  readonly operations: readonly ForeignOperation[]
  readonly reading: boolean
  readonly alerts: boolean
  readonly exchange: boolean
  /** The report of experiments in a browser. */
  readonly report: boolean
  /** Our option models against QuantLib's. */
  readonly pricing: boolean
  /** An exported catalog in nautilus_trader. */
  readonly nautilus: boolean
  /** The units of config/systemd. */
  readonly systemd: boolean
  /** The HTTP API against its OpenAPI document. */
  readonly openapi: boolean
  /** The client libraries whose suites run. */
  readonly clients: readonly string[]
  readonly quick: boolean
}

interface Results {
  readonly engines: readonly (Engine | SkippedEngine)[]
  readonly reads: ReadonlyMap<string, ReadResult>
  readonly trials: readonly TrialResult[]
  /** The examples of docs/lake.md. */
  readonly snippets: readonly SnippetResult[]
}

/** Tries the alerts, prints what came of each, and returns the goals. */
async function alerts(folder: string): Promise<Goal[]> {
  const why = whyNoPrometheus()
  if (why !== null) {
    console.log(`alerts: not run: ${why}`)
    return alertGoals(null, why)
  }
  const trials = await tryAlerts(folder)
  printTrials(trials)
  return alertGoals(trials)
}

async function measure(folder: string, { engines, operations, reading, quick }: Choice): Promise<Results> {
  const all = await openEngines(engines)
  const open = all.filter(isOpen)
  try {
    const reads = reading ? await readDuringWrites(join(folder, 'read'), open, quick ? 5 : 20) : new Map()
    const trials: TrialResult[] = []
    if (operations.length > 0) {
      const path = join(folder, 'sample')
      const sample = { folder: path, ...(await writeSampleLake(path)) }
      for (const [at, operation] of operations.entries()) {
        const engine = open.find(({ name }) => name === operation.engine)
        if (engine === undefined) {
          trials.push({ operation, faults: null, refusal: null, ms: 0 })
          continue
        }
        const readers = quick ? [engine] : open
        const trial = await tryOperation(operation, {
          sample,
          folder: join(folder, `${at}`),
          engine,
          readers,
        })
        const outcome = trial.faults?.length ? trial.faults.join('; ') : 'as docs/lake.md says'
        console.error(`${operation.engine}, ${operation.name}: ${outcome}`)
        trials.push(trial)
      }
    }
    const snippets = reading ? await runSnippets(quick) : []
    return { engines: all, reads, trials, snippets }
  } finally {
    for (const engine of open) await engine.close()
  }
}

function print({ engines, reads, trials, snippets }: Results, others: readonly Goal[]): void {
  for (const [name, { faults }] of reads)
    for (const fault of new Set(faults)) console.log(`${name}: ${fault}`)
  for (const { operation, faults } of trials) {
    for (const fault of faults ?? []) console.log(`${operation.engine}, ${operation.name}: ${fault}`)
  }
  const skipOf = (engine: Engine | SkippedEngine) => (isOpen(engine) ? null : engine.skipped)
  const readOf = ({ name }: Engine | SkippedEngine) => reads.get(name)
  if (engines.length > 0) {
    console.log(
      formatTable(engines, [
        { title: 'engine', value: ({ name }) => name },
        { title: 'version', value: ({ version }) => version },
        { title: 'correct during writes', align: 'right', value: (one) => shareOf(readOf(one)?.during) },
        {
          title: `of ${TABLES_READ} tables, compacted`,
          align: 'right',
          value: (one) => shareOf(readOf(one)?.after),
        },
        { title: '', value: (one) => (isOpen(one) ? '' : `not run: ${skipOf(one)}`) },
      ]),
    )
  }
  if (trials.length > 0) {
    console.log(
      formatTable(trials, [
        { title: 'engine', value: ({ operation }) => operation.engine },
        { title: 'operation', value: ({ operation }) => operation.name },
        { title: 'verdict', value: ({ operation }) => operation.verdict },
        {
          title: 'confirmed',
          value: ({ faults }) => (faults === null ? 'not run' : faults.length === 0 ? 'yes' : 'NO'),
        },
        { title: 's', align: 'right', value: ({ ms }) => (ms / 1_000).toFixed(1) },
        { title: 'refusal', value: ({ refusal }) => refusal ?? '' },
      ]),
    )
  }
  printGoals('interop', [...goalsOf({ engines, reads, trials }), ...snippetGoals(snippets), ...others])
}

function shareOf(part: { readonly right: number; readonly of: number } | undefined): string {
  return part === undefined ? '–' : `${part.right} of ${part.of}`
}

function goalsOf({ engines, reads, trials }: Omit<Results, 'snippets'>): Goal[] {
  const whyOf = (name: string) => {
    const engine = engines.find((one) => one.name === name)
    return engine && !isOpen(engine) ? engine.skipped : 'not chosen'
  }
  const readGoals = engines
    .filter((engine) => !isOpen(engine) || reads.has(engine.name))
    .map(({ name }): Goal => {
      const faults = reads.get(name)?.faults.length ?? null
      return { name: `wrong reads by ${name}`, value: faults, unit: 'reads', atMost: 0, why: whyOf(name) }
    })
  const makers = [...new Set(trials.map(({ operation }) => operation.engine))]
  const trialGoals = makers.map((maker): Goal => {
    const own = trials.filter(({ operation }) => operation.engine === maker)
    const wrong = own.filter(({ faults }) => faults !== null && faults.length > 0).length
    const isRun = own.every(({ faults }) => faults !== null)
    return {
      name: `operations of ${maker} unlike docs/lake.md`,
      value: isRun ? wrong : null,
      unit: `of ${own.length}`,
      atMost: 0,
      why: whyOf(maker),
    }
  })
  return [...readGoals, ...trialGoals]
}

const HELP = `usage: npm run test:interop [-- OPTION...]

Reads a lake with other engines while it is written and after compaction. Then runs operations of delta-rs and Spark on
copies of a lake, goes on with optionlake, and compares every row with what the lake must hold: what docs/lake.md says
about each operation has to be true. Also runs the examples of that page. Then every alert of config/prometheus is tried
in a running Prometheus and with promtool. A Python client that was written from the protocol of docs/exchange.md alone plays
whole runs of normal_market under both sets of rules, and one over TLS. The TWS client libraries of others use every market
of the simulated gateway, each in a suite of its own, and a replayed lake is collected again and compared row by row. Prices,
greeks and volatilities of 2,000 options are compared with QuantLib's. nautilus_trader loads an exported catalog, every value
is compared with the lake, and a backtest runs over all of it. schemathesis asks a running daemon whatever its OpenAPI document
allows and forbids, and checks the answers. The report of all experiments is opened in Chromium, in light, dark and on a small screen, and used by mouse and keyboard.
The units of config/systemd are checked by systemd-analyze.

The first run installs the engines into the system's temporary folder: Python packages, Java libraries by Maven, and a
Rust program by cargo. An engine that cannot run here is not counted, and the reason is printed.

  --quick             fewer reads; after an operation only the engine that did it reads
  --engine NAME       only this engine; may be repeated: ${ENGINE_NAMES.join(', ')}
  --exchange          only the runs of a Python client (requests, websocket-client) on the exchange
  --nautilus          only an exported catalog in nautilus_trader: every value, and a backtest over it
  --openapi           only the HTTP API of a running daemon against its OpenAPI document, by schemathesis
  --report            only the report of experiments, for which Chromium must be installed (Debian: chromium)
  --pricing           only the option models against QuantLib's
  --alerts            only the alerts and the dashboard's queries in Prometheus, for which its packages must be installed (Debian: prometheus)
  --systemd           only the units, by systemd-analyze verify and security
  --clients           only the client libraries and the replay
  --client NAME       only this client library; may be repeated: ${CLIENT_NAMES.join(', ')}
  --operation NAME    only operations with this in their name, and no reads during writes; may be repeated
  --help              this text`

function choiceOf(): Choice | null {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      engine: { type: 'string', multiple: true },
      operation: { type: 'string', multiple: true },
      alerts: { type: 'boolean' },
      clients: { type: 'boolean' },
      client: { type: 'string', multiple: true },
      exchange: { type: 'boolean' },
      report: { type: 'boolean' },
      pricing: { type: 'boolean' },
      nautilus: { type: 'boolean' },
      systemd: { type: 'boolean' },
      openapi: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return null
  const quick = values.quick === true
  const clients = values.client ?? CLIENT_NAMES
  const stranger = clients.find((name) => !CLIENT_NAMES.includes(name))
  if (stranger !== undefined) throw usage(`no client "${stranger}": choose from ${CLIENT_NAMES.join(', ')}`)
  const ofClients = values.clients === true || values.client !== undefined
  const { alerts = false, exchange = false, report = false, pricing = false } = values
  const { nautilus = false, systemd = false, openapi = false } = values
  if (alerts || exchange || report || pricing || nautilus || systemd || openapi || ofClients) {
    const singles = { alerts, exchange, report, pricing, nautilus, systemd, openapi }
    const chosen = { ...singles, clients: ofClients ? clients : [], quick }
    return { engines: [], operations: [], reading: false, ...chosen }
  }
  const engines = values.engine ?? ENGINE_NAMES
  const unknown = engines.find((name) => !ENGINE_NAMES.includes(name))
  if (unknown !== undefined) throw usage(`no engine "${unknown}": choose from ${ENGINE_NAMES.join(', ')}`)
  const isChosen = (name: string) => values.operation?.some((part) => name.includes(part)) ?? true
  const all: readonly ForeignOperation[] = FOREIGN_OPERATIONS
  const operations = all.filter(({ engine, name }) => engines.includes(engine) && isChosen(name))
  if (values.operation !== undefined && operations.length === 0) {
    throw usage(`no operation "${values.operation.join(', ')}": ${all.map(({ name }) => name).join(', ')}`)
  }
  const isWhole = values.operation === undefined
  const isAllEngines = values.engine === undefined
  return {
    ...{ engines, operations, reading: isWhole, alerts: isWhole && isAllEngines },
    ...{
      exchange: isWhole && isAllEngines,
      report: isWhole && isAllEngines,
      pricing: isWhole && isAllEngines,
      nautilus: isWhole && isAllEngines,
      systemd: isWhole && isAllEngines,
      openapi: isWhole && isAllEngines,
    },
    ...{ clients: isWhole && isAllEngines ? clients : [], quick },
  }
}

function usage(message: string): Failure {
  return new Failure(EXIT.usage, message)
}

const choice = choiceOf()
if (choice === null) console.log(HELP)
else {
  await withFolder(async (folder) => {
    const results = await measure(folder, choice)
    const ofClients = choice.clients.length > 0 ? await tryClients(join(folder, 'clients'), choice) : []
    const ofExchange = choice.exchange ? await tryExchange(choice.quick) : []
    const ofReport = choice.report ? await tryReport(join(folder, 'experiments'), choice.quick) : []
    const ofPricing = choice.pricing ? await tryPricing(choice.quick) : []
    const ofNautilus = choice.nautilus ? await tryNautilus(join(folder, 'nautilus'), choice.quick) : []
    const ofSystemd = choice.systemd ? await tryUnits() : []
    const ofOpenApi = choice.openapi ? await tryOpenApi(join(folder, 'openapi'), choice.quick) : []
    const ofAlerts = choice.alerts ? await alerts(join(folder, 'alerts')) : []
    print(results, [
      ...ofClients,
      ...ofExchange,
      ...ofReport,
      ...ofPricing,
      ...ofNautilus,
      ...ofSystemd,
      ...ofOpenApi,
      ...ofAlerts,
    ])
  })
}
