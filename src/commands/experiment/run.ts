import type { Command } from 'commander'
import { PASSWORD_VARIABLE } from '../../config/config.ts'
import { DEFAULT_PASSWORD } from '../../exchange/server/credentials.ts'
import { parseExchangeAddress } from '../../experiments/client/address.ts'
import type { ExchangeAccess } from '../../experiments/client/start-run.ts'
import { readCertificateTrust } from '../../experiments/client/trust.ts'
import { RAW_FOLDER } from '../../experiments/files/run-files.ts'
import type { RunRules } from '../../experiments/run/outcome.ts'
import { BUILT_IN_EXPERIMENTS } from '../../experiments/strategies/experiment.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { amount } from '../terminal/format.ts'
import { openRunProgress } from '../terminal/run-progress.ts'
import { listExperiments, listScenarios } from './list.ts'
import { type PlannedRun, planRuns, type RunResult } from './planned-runs.ts'
import { describeRun, type FinishedRun, failureOf, hasFailed, runsAsJson, tableOfRuns } from './results.ts'
import type { RunSetup } from './run-order.ts'
import { chooseExperiments, chooseForeignScenarios, chooseScenarios } from './selection.ts'

interface RunOptions {
  readonly scenario?: readonly string[]
  readonly allScenarios?: true
  readonly experiment?: readonly string[]
  readonly allExperiments?: true
  readonly listExperiments?: true
  readonly listScenarios?: true
  readonly seed?: string
  readonly seeds: string
  readonly steps?: string
  readonly rules: string
  readonly parallel?: string
  readonly dir: string
  readonly host?: string
  readonly name: string
  readonly password?: string
  readonly secure?: true
  readonly trustCertificate?: string
}

export function registerRun(command: Command, signal: AbortSignal, version: string): void {
  command
    .option('--scenario <name...>', 'scenarios by name, or by the path of a .json file')
    .option('--all-scenarios', 'the five that come with the program')
    .option(
      '--experiment <name...>',
      "experiments by name; a strategy of one's own by its .ts, .js or .mjs file",
    )
    .option('--all-experiments', 'the fifteen that come with the program')
    .option('--list-experiments', 'show the experiments, those of --experiment included, and end')
    .option('--list-scenarios', 'show the scenarios, those of --scenario included, and end')
    .option('--seed <number>', 'the first seed (default: that of the scenario)')
    .option('--seeds <number>', 'runs of each experiment, with as many seeds in a row', '1')
    .option(
      '--steps <number>',
      'steps of each run, 100 ms of market time each (default: those of the scenario)',
    )
    .option(
      '--rules <set>',
      'research: new orders replace older ones, and none is sent that could pass ±5,000 shares, so that a run lasts; original: everything is sent',
      'research',
    )
    .option('--parallel <number>', 'runs at once (default: one a core; 1 with --host)')
    .option('--dir <folder>', 'where the files go', RAW_FOLDER)
    .option('--host <host:port>', 'another exchange that speaks the protocol (default: the embedded one)')
    .option('--name <name>', 'name at that exchange', 'guest')
    .option('--password <password>', `password at that exchange (default: ${PASSWORD_VARIABLE})`)
    .option('--secure', 'reach it by https and wss')
    .option(
      '--trust-certificate <certificate>',
      'trust this certificate of the exchange: its SHA-256 fingerprint, or a PEM file',
    )
    .addHelpText(
      'after',
      `
Each run has a file of step records and a manifest in --dir; a run that ends
early says why. The whole workflow, with real output: docs/experiments.md.

Examples:
  optionlake experiment run --scenario normal_market --experiment passive
  optionlake experiment run --scenario normal_market --experiment price_bid price_mid price_ask
  optionlake experiment run --all-scenarios --all-experiments
  optionlake experiment run --scenario flash_crash --experiment ./my-strategy.ts --seeds 10
  optionlake experiment run --scenario normal_market --experiment passive \\
    --host 127.0.0.1:8433 --secure --name team --password secret`,
    )
    .action((options: RunOptions, own: Command) =>
      withContext(own, signal, (context) => runExperiments(context, options, version)),
    )
}

async function runExperiments(context: CommandContext, options: RunOptions, version: string): Promise<void> {
  if (options.listExperiments || options.listScenarios) return printLists(context, options)
  const experiments = await chooseExperiments(options.experiment ?? [], options.allExperiments === true)
  const runs = planRuns({
    scenarios: scenariosOf(options),
    experiments: experiments.map(({ name, mode, file }) => ({ experiment: name, mode, strategyFile: file })),
    ...seedsOf(options),
    steps: optionalNumber('--steps', options.steps, { min: 1, max: 10_000_000 }),
    rules: rulesOf(options.rules),
  })
  const finished = await makePlannedRuns(context, options, { runs, version })
  const failure = failureOf(finished)
  if (context.json) context.print(runsAsJson(finished))
  else if (finished.some(({ result }) => result.file !== null)) context.print(tableOfRuns(finished))
  if (failure !== null) throw failure
}

async function printLists({ json, print }: CommandContext, options: RunOptions): Promise<void> {
  if (options.listExperiments) {
    const own = options.experiment ?? []
    print(listExperiments(own.length > 0 ? await chooseExperiments(own, true) : BUILT_IN_EXPERIMENTS, json))
  }
  if (options.listScenarios) print(listScenarios(chooseScenarios(options.scenario ?? [], true), json))
}

function scenariosOf({ scenario = [], allScenarios, host }: RunOptions) {
  const all = allScenarios === true
  return host === undefined
    ? chooseScenarios(scenario, all).map(({ id, nameOrPath, seed }) => ({
        scenarioId: id,
        scenario: nameOrPath,
        seed,
      }))
    : chooseForeignScenarios(scenario, all).map((id) => ({ scenarioId: id, scenario: id, seed: null }))
}

function seedsOf({ seed, seeds, host }: RunOptions): { firstSeed: number | null; seeds: number } {
  const firstSeed = optionalNumber('--seed', seed, { min: 0, max: 2_147_483_647 })
  const number = parseWholeNumber('--seeds', seeds, { max: 10_000 })
  if (number > 1 && firstSeed === null && host !== undefined) {
    throw new Failure(
      EXIT.usage,
      `--seeds ${seeds}: only the exchange knows the seeds of its scenarios: give the first one with --seed`,
    )
  }
  return { firstSeed, seeds: number }
}

function rulesOf(text: string): RunRules {
  if (text === 'research' || text === 'original') return text
  throw new Failure(EXIT.usage, `--rules ${text} is unknown: write original or research`)
}

function accessOf(host: string, { name, password, secure, trustCertificate }: RunOptions): ExchangeAccess {
  return {
    address: parseExchangeAddress(host, secure === true),
    trust: readCertificateTrust(trustCertificate ?? null),
    name,
    password: password ?? process.env[PASSWORD_VARIABLE] ?? DEFAULT_PASSWORD,
  }
}

async function makePlannedRuns(
  context: CommandContext,
  options: RunOptions,
  { runs, version }: { readonly runs: readonly PlannedRun[]; readonly version: string },
): Promise<FinishedRun[]> {
  const { interactive, printStatus } = context
  const { dir, host } = options
  const venue: RunSetup['venue'] =
    host === undefined ? { kind: 'embedded' } : { kind: 'exchange', access: accessOf(host, options) }
  const parallel = parallelOf(options)
  // The threads and the exchange in them take time to load; a list or a mistyped name needs none of it.
  const { makeRuns } = await import('./run-pool.ts')
  if (runs.length > 1) printStatus(`${amount(runs.length, 'run')} into ${dir}`)
  const labels = runs.map(({ scenarioId, experiment, seed }) =>
    [scenarioId, experiment, seed ?? ''].join(' '),
  )
  const view = openRunProgress(labels, interactive, printStatus)
  const startedAtMs = new Map<number, number>()
  const finished: FinishedRun[] = []
  const hopeless = new AbortController()

  function ended(at: number, result: RunResult): void {
    const nowMs = performance.now()
    const seconds = (nowMs - (startedAtMs.get(at) ?? nowMs)) / 1_000
    const one = { run: runs[at] as PlannedRun, result, seconds }
    finished[at] = one
    // The failure of a single run is the last line of the command.
    view.ended(at, runs.length === 1 && hasFailed(one) ? null : describeRun(one))
    const begun = finished.filter((each) => each && each.result.file !== null).length
    const others = { started: startedAtMs.size, underWay: startedAtMs.size - begun }
    if (isHopeless(result, others)) hopeless.abort(new Error('the exchange did not take the run before it'))
  }

  const started = (at: number) => {
    startedAtMs.set(at, performance.now())
    view.started(at)
  }
  const signal = AbortSignal.any([context.signal, hopeless.signal])
  const events = { started, advanced: view.advanced, ended }
  try {
    await makeRuns(runs, { folder: dir, venue, version }, { parallel, signal, events })
    return finished
  } finally {
    view.close()
  }
}

function parallelOf({ parallel, host }: RunOptions): number | null {
  if (parallel !== undefined) return parseWholeNumber('--parallel', parallel, { max: 256 })
  return host === undefined ? null : 1
}

/** Nothing answers at the exchange, or it has refused the first run: those after it would end in the same way. */
function isHopeless(
  result: RunResult,
  { started, underWay }: { readonly started: number; readonly underWay: number },
): boolean {
  if (result.kind === 'ended' || result.file !== null || !(result.error instanceof Failure)) return false
  const { exitCode } = result.error
  return (exitCode === EXIT.unreachable && underWay === 0) || (exitCode === EXIT.refused && started === 0)
}

function optionalNumber(
  option: string,
  text: string | undefined,
  range: { readonly min: number; readonly max: number },
): number | null {
  return text === undefined ? null : parseWholeNumber(option, text, range)
}
